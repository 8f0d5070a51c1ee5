"""The process that grades for `grader watch`: `python -m grader.watch.watch_server ROOT`.

It speaks the protocol of `grader.serving.messages` and grades the learner's own code, one request
at a time; whatever arrives during a request supersedes it. A judge is forked before the request
that it will serve, so that a save need not wait for the fork.
"""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import BinaryIO

from grader.calls.channel import Superseded
from grader.editions import open_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.serving.messages import Request, Response, read_request, say, take_output
from grader.stages import stage_of
from grader.workers.fork import fork
from grader.workers.pool import CAN_FORK, WorkerPool, start_pool
from grader.write_files import state_of

_LOADED = ("tests", "mistakes", "solutions")  # folders whose code is loaded ahead of time


def main() -> None:
    """Serve one learner; the kata's root is the only argument."""
    kata = open_kata(Path(sys.argv[1]))
    can_wait = sys.platform != "win32"  # a pipe can be waited for together with a worker
    pool = start_pool(interrupted_by=0 if can_wait else None)
    requests = os.fdopen(0, "rb", buffering=0)  # so that waiting for more of it works
    answers = take_output()
    try:
        from grader.suite.preload import load_ahead  # after the pool, so that no worker has it

        load_ahead(kata)
        serve_one = partial(_serve_one, kata, pool, _stamp(kata), requests, answers)
        say(answers, Response("ready"))
        while _in_a_fork(serve_one) if CAN_FORK else serve_one():
            pass
    finally:
        pool.close()


def _in_a_fork(serve_one: Callable[[], bool]) -> bool:
    """Fork a judge ahead of the request that it will serve; return whether to go on after it."""

    def judge() -> None:
        if not serve_one():
            os._exit(1)  # there are no more requests

    _, status = os.waitpid(fork(judge), 0)
    return status == 0


def _serve_one(
    kata: Kata, pool: WorkerPool, stamp: int, requests: BinaryIO, answers: BinaryIO
) -> bool:
    """Wait for a request and answer it; False when there will be no more."""
    pool.prepare()
    while (line := requests.readline()).isspace():
        pass  # an empty line ends a request in progress
    if not line:
        return False
    if _stamp(kata) != stamp:
        say(answers, Response("stale"))
        return False
    _grade(kata, pool, read_request(line), answers)
    return True


def _stamp(kata: Kata) -> int:
    """Return a number that changes when code that is loaded ahead has changed on disk."""
    folders = [Path(__file__).parent.parent, *(kata.root / name for name in _LOADED)]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    return hash(tuple((path.name, state_of(path)) for path in files))


def _grade(kata: Kata, pool: WorkerPool, request: Request, answers: BinaryIO) -> None:
    """Grade the stages of a request; send an answer for each, and one at the end."""
    from grader.suite.grade_stage import code_under_test, grade_code

    try:
        for number in request.stages:
            code = code_under_test(kata, stage_of(number), Path(request.folder), pool.worker)
            with closing(code):  # after the answer: ending a process takes a while
                verdict = grade_code(kata, code, request.seed)
                say(answers, Response("verdict", verdict=verdict))
        say(answers, Response("done"))
    except Superseded:
        say(answers, Response("superseded"))
    except UsageError as error:
        say(answers, Response("error", words=str(error)))
    except Exception:
        say(answers, Response("error", words=traceback.format_exc()))


if __name__ == "__main__":
    main()
