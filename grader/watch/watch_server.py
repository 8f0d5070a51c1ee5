"""The process that grades for `grader watch`: `python -m grader.watch.watch_server ROOT`.

It grades the learner's own code, one request at a time, and talks the protocol in
`grader.serving.messages`. Anything that arrives during a request supersedes it. The judge for the
next request is forked in advance, so that a save doesn't have to wait for the fork. Where processes
can't be forked, this process judges, and only the worker is made ready in advance.
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import BinaryIO

from grader.can_fork import CAN_FORK
from grader.editions import open_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.serving.messages import Request, Response, read_request, say, take_output
from grader.stages import stage_of
from grader.watch.incoming import incoming_lines
from grader.workers.fork import fork
from grader.workers.pool import WorkerPool, start_pool
from grader.write_files import state_of

_LOADED = ("tests", "mistakes", "solutions")  # folders whose code is loaded in advance
_NEVER_LOADED = ("__pycache__", "author", "locale", "tests")  # folders of the grader


def main() -> None:
    """Serve one learner; the only argument is the kata's root."""
    kata = open_kata(Path(sys.argv[1]))
    something_came, next_line = incoming_lines()
    pool = start_pool(interrupted_by=something_came)
    answers = take_output()
    try:
        from grader.suite.preload import load_ahead  # after the pool, so that no worker has it

        load_ahead(kata)
        serve_one = partial(_serve_one, kata, pool, _stamp(kata), next_line, answers)
        say(answers, Response("ready"))
        while _in_a_fork(serve_one) if CAN_FORK else serve_one():
            pass
    finally:
        pool.close()


def _in_a_fork(serve_one: Callable[[], bool]) -> bool:
    """Fork a judge that will serve the next request; return whether to continue after it."""

    def judge() -> None:
        if not serve_one():
            os._exit(1)  # tells the parent to stop

    _, status = os.waitpid(fork(judge), 0)
    return status == 0


def _serve_one(
    kata: Kata, pool: WorkerPool, stamp: int, next_line: Callable[[], bytes], answers: BinaryIO
) -> bool:
    """Wait for a request and answer it; return False if there will be no more."""
    pool.prepare()
    while (line := next_line()).isspace():
        pass  # an empty line stops the request before it, which has ended already
    if not line:
        return False
    if _stamp(kata) != stamp:
        say(answers, Response("stale"))
        return False
    _grade(kata, pool, read_request(line), answers)
    return True


def _stamp(kata: Kata) -> int:
    """Return a number that changes when code loaded in advance has changed on disk."""
    folders = [Path(__file__).parent.parent, *(kata.root / name for name in _LOADED)]
    return hash(tuple(state for folder in folders if folder.is_dir() for state in _states(folder)))


def _states(folder: str | Path) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """Yield the path and the state of every Python file that may be loaded from a folder.

    Every save waits for this, and `Path.rglob` takes three times as long.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield entry.path, state_of(entry)
            elif entry.is_dir(follow_symlinks=False) and entry.name not in _NEVER_LOADED:
                yield from _states(entry.path)


def _grade(kata: Kata, pool: WorkerPool, request: Request, answers: BinaryIO) -> None:
    """Grade the stages of a request one by one; send a reply for each, and one at the end."""
    from grader.calls.channel import Superseded
    from grader.suite.grade_stage import code_under_test, grade_code

    try:
        for number in request.stages:
            code = code_under_test(kata, stage_of(number), Path(request.folder), pool.worker)
            with closing(code):  # after replying, because ending a process takes a while
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
