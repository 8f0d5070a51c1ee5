"""The warm process behind `grader watch`: torch, suites and reference are loaded once, and every
verdict is worked out in a fork of it.

It reads requests, a line of JSON each, from standard input and writes answers to standard output. A
request that arrives while another is under way ends that one. When its input is closed, or when
files that it has loaded have changed, it ends.
"""

import json
import os
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from grader.home import Kata
from grader.stages import STAGES, stage_of
from grader.student.pool import CAN_FORK, Pool, start_pool
from grader.student.superseded import Superseded

LOADED = ("grader", "tests", "mistakes", "solutions")  # folders whose code is loaded ahead of time


def main() -> None:
    """Serve one watcher; the kata's root is the only argument."""
    kata = Kata(Path(sys.argv[1]))
    can_wait = sys.platform != "win32"  # a pipe can be waited for together with a worker
    pool = start_pool(interrupted_by=0 if can_wait else None)
    answers = os.fdopen(os.dup(1), "wb")  # after the pool, so that no worker has it
    os.dup2(2, 1)  # whatever is printed by accident is no answer
    try:
        _load_ahead(kata)
        stamp = _stamp(kata)
        _say(answers, {"ready": True})
        requests = open(0, "rb", buffering=0)  # so that waiting for more of it works
        while line := requests.readline():
            if not line.strip():
                continue
            if _stamp(kata) != stamp:
                _say(answers, {"stale": True})
                return
            _answer(kata, pool, json.loads(line), answers)
    finally:
        pool.close()


def _load_ahead(kata: Kata) -> None:
    """Load what grading needs, so that every fork has it."""
    from grader.diagnosis.catalogue import mistakes_of
    from grader.student.space import reference_space
    from grader.student.warm import freeze_garbage
    from grader.suite.collect import collect

    reference = reference_space(kata.solutions)
    for stage in STAGES:
        collect(kata.suite(stage))
        mistakes_of(kata, stage)
        if stage.has_code:
            reference.module(stage.number)
    freeze_garbage()


def _stamp(kata: Kata) -> int:
    """Give a number that changes when code that is loaded ahead has changed on disk."""
    files = [path for name in LOADED for path in (kata.root / name).rglob("*.py")]
    return hash(tuple((path.name, path.stat().st_mtime_ns) for path in files))


def _say(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def _answer(kata: Kata, pool: Pool, request: dict[str, Any], answers: BinaryIO) -> None:
    if not CAN_FORK:
        _grade(kata, pool, request, answers)
        return
    judge = os.fork()
    if judge == 0:
        try:
            _grade(kata, pool, request, answers)
        finally:
            os._exit(0)
    _, status = os.waitpid(judge, 0)
    if status:
        _say(answers, {"error": "the process that grades has ended unexpectedly"})


def _grade(kata: Kata, pool: Pool, request: dict[str, Any], answers: BinaryIO) -> None:
    """Grade the stages of a request one by one; an answer for each, and one at the end."""
    from grader.suite.run import grade_stage

    try:
        for number in request["stages"]:
            start = time.perf_counter()
            verdict = grade_stage(
                kata, stage_of(number), kata.exercises, request["seed"], pool.worker
            )
            seconds = time.perf_counter() - start
            _say(answers, {"verdict": asdict(verdict), "seconds": seconds})
        _say(answers, {"done": True})
    except Superseded:
        _say(answers, {"superseded": True})
    except Exception:
        _say(answers, {"error": traceback.format_exc()})


if __name__ == "__main__":
    main()
