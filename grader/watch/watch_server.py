"""The warm process behind `grader watch`: torch, suites and reference are loaded once, and every
verdict is worked out in a fork of it.

It reads requests, a line of JSON each, from standard input and writes answers to standard output.
Whatever arrives while a request is under way ends that one. When its input is closed, or when
files that it has loaded have changed, it ends.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from grader.calls.channel import Superseded
from grader.errors import UsageError
from grader.kata import Kata
from grader.stages import stage_of
from grader.workers.pool import CAN_FORK, WorkerPool, start_pool

_LOADED = ("tests", "mistakes", "solutions")  # folders whose code is loaded ahead of time
_GO_ON, _END, _FAILED = range(3)  # exit codes of a judge


def main() -> None:
    """Serve one watcher; the kata's root is the only argument."""
    kata = Kata(Path(sys.argv[1]))
    can_wait = sys.platform != "win32"  # a pipe can be waited for together with a worker
    pool = start_pool(interrupted_by=0 if can_wait else None)
    requests = os.fdopen(0, "rb", buffering=0)  # so that waiting for more of it works
    answers = os.fdopen(os.dup(1), "wb")  # after the pool, so that no worker has it
    os.dup2(2, 1)  # whatever is printed by accident is no answer
    try:
        from grader.suite.preload import load_ahead  # after the pool: no worker has it

        load_ahead(kata)
        serve_one = partial(_serve_one, kata, pool, _stamp(kata), requests, answers)
        _say(answers, {"ready": True})
        while _in_a_fork(serve_one) if CAN_FORK else serve_one():
            pass
    finally:
        pool.close()


def _in_a_fork(serve_one: Callable[[], bool]) -> bool:
    """Fork a judge ahead of the request that it will serve; tell whether to go on after it."""
    judge = os.fork()
    if judge == 0:
        status = _FAILED
        try:
            status = _GO_ON if serve_one() else _END
        finally:
            os._exit(status)
    _, status = os.waitpid(judge, 0)
    return os.waitstatus_to_exitcode(status) == _GO_ON


def _serve_one(
    kata: Kata, pool: WorkerPool, stamp: int, requests: BinaryIO, answers: BinaryIO
) -> bool:
    """Wait for a request and answer it; False when there will be no more."""
    pool.prepare()
    while (line := requests.readline()).isspace():
        pass  # an empty line ended what was under way
    if not line:
        return False
    if _stamp(kata) != stamp:
        _say(answers, {"stale": True})
        return False
    _grade(kata, pool, json.loads(line), answers)
    return True


def _stamp(kata: Kata) -> int:
    """Give a number that changes when code that is loaded ahead has changed on disk."""
    folders = [Path(__file__).parent.parent, *(kata.root / name for name in _LOADED)]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    return hash(tuple((path.name, path.stat().st_mtime_ns) for path in files))


def _say(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def _grade(kata: Kata, pool: WorkerPool, request: dict[str, Any], answers: BinaryIO) -> None:
    """Grade the stages of a request one by one; an answer for each, and one at the end."""
    from grader.suite.grade_stage import code_under_test, grade_code

    try:
        for number in request["stages"]:
            student = code_under_test(kata, stage_of(number), kata.exercises, pool.worker)
            with closing(student):  # after the answer: ending a process takes a while
                verdict = grade_code(kata, student, request["seed"])
                _say(answers, {"verdict": asdict(verdict)})
        _say(answers, {"done": True})
    except Superseded:
        _say(answers, {"superseded": True})
    except UsageError as error:
        _say(answers, {"error": str(error)})
    except Exception:
        _say(answers, {"error": traceback.format_exc()})


if __name__ == "__main__":
    main()
