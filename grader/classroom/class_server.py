"""The process that grades submissions, several at once.

It reads jobs, a line of JSON each, from standard input and writes answers to standard output. It
loads torch, suites and reference once. Each submission has a judge of its own, a fork that holds
the expected values, and a zygote of its own, whose workers hold its code. When its input is closed,
it ends, and all that it has started ends with it.
"""

import json
import os
import sys
import time
from collections import deque
from contextlib import closing
from dataclasses import asdict
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any, BinaryIO

from grader.kata import Kata
from grader.sandbox import probe
from grader.stages import stage_of
from grader.verdict import StageVerdict
from grader.workers.cheap_forks import make_forks_cheap
from grader.workers.pool import CAN_FORK, ForkPool, WorkerPool, start_pool

# A judge that says nothing for so long has met values that it cannot judge. The longest that it
# honestly waits is for code that uses up the time of its stage.
SILENCE_SECONDS = 180.0


def main() -> None:
    """Serve until nobody asks any more."""
    kata, at_once, given = Kata(Path(sys.argv[1])), int(sys.argv[2]), sys.argv[3:]
    level = probe()
    is_enough = level.is_enough_alone if "alone" in given else level.is_enough
    if CAN_FORK:
        make_forks_cheap()
    pool = start_pool()
    answers = os.fdopen(os.dup(1), "wb")  # after the pool, so that no worker has it
    os.dup2(2, 1)  # whatever is printed by accident is no answer
    with closing(pool):
        from grader.suite.preload import load_ahead  # after the pool: no worker has what it loads

        if not is_enough and "trusted" not in given:
            _say(answers, {"refused": str(level)})
            return
        load_ahead(kata)
        _say(answers, {"level": str(level)})
        if isinstance(pool, ForkPool):
            _Desk(kata, pool, at_once, answers).serve()
        else:
            _serve_here(kata, pool, answers)


def _serve_here(kata: Kata, pool: WorkerPool, answers: BinaryIO) -> None:
    """Judge in this process, one submission after another, where processes are not forked."""
    for line in sys.stdin.buffer:
        job = json.loads(line)
        verdicts = [_judged(kata, job, number, pool) for number in job["stages"]]
        _say(answers, {"number": job["number"], "verdicts": verdicts})


def _judged(kata: Kata, job: dict[str, Any], number: int, pool: WorkerPool) -> dict[str, Any]:
    from grader.classroom.judge_stage import judge_stage

    verdict = judge_stage(kata, stage_of(number), Path(job["folder"]), job["seed"], pool)
    return asdict(verdict)


def _say(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


class _Judge:
    """A fork that grades what is left to grade of one submission, as this process sees it."""

    def __init__(self, kata: Kata, job: dict[str, Any], done: list[Any], parent: ForkPool) -> None:
        self.job, self.done = job, done
        self._pool = parent.another()
        self.said, saying = Pipe(duplex=False)
        self._pid = os.fork()
        if self._pid == 0:
            self._work(kata, saying)
        saying.close()
        self.last_said = time.monotonic()

    def _work(self, kata: Kata, saying: Connection) -> None:
        """The judge's whole life, in the forked child; never returns."""
        from grader.workers.zygote import die_with_parent

        status = 1
        try:
            die_with_parent()
            os.close(0)
            for number in self.stages_left:
                saying.send_bytes(json.dumps(_judged(kata, self.job, number, self._pool)).encode())
            status = 0
        finally:
            os._exit(status)

    @property
    def stages_left(self) -> list[int]:
        return list(self.job["stages"][len(self.done) :])

    def hear(self) -> bool:
        """Take what the judge says; False when it says no more."""
        try:
            self.done.append(json.loads(self.said.recv_bytes()))
        except (EOFError, OSError):
            return False
        self.last_said = time.monotonic()
        return True

    def end(self) -> None:
        """End the judge, if it has not ended, and every process of its submission."""
        self.said.close()
        os.kill(self._pid, 9)  # does nothing to one that has ended by itself
        os.waitpid(self._pid, 0)
        self._pool.close()


class _Desk:
    """Hands jobs to judges, so many at once, and answers with what they say."""

    def __init__(self, kata: Kata, pool: ForkPool, at_once: int, answers: BinaryIO) -> None:
        self._kata, self._pool, self._at_once, self._answers = kata, pool, at_once, answers
        self._waiting: deque[dict[str, Any]] = deque()
        self._judges: list[_Judge] = []
        self._input = b""

    def serve(self) -> None:
        """Work until there is no more input; what is under way then is of no use to anybody."""
        try:
            while True:
                while self._waiting and len(self._judges) < self._at_once:
                    self._begin(self._waiting.popleft(), [])
                ready = wait([0, *(judge.said for judge in self._judges)], 1.0)
                for judge in list(self._judges):
                    if judge.said in ready:
                        self._attend(judge)
                    elif time.monotonic() - judge.last_said > SILENCE_SECONDS:
                        self._give_up_a_stage(judge, "it took too long")
                if 0 in ready and not self._read():
                    return
        finally:
            for judge in self._judges:
                judge.end()

    def _read(self) -> bool:
        """Take in what has come; False at the end of the input."""
        data = os.read(0, 65_536)
        *lines, self._input = (self._input + data).split(b"\n")
        self._waiting.extend(json.loads(line) for line in lines)
        return bool(data)

    def _begin(self, job: dict[str, Any], done: list[Any]) -> None:
        self._judges.append(_Judge(self._kata, job, done, self._pool))

    def _attend(self, judge: _Judge) -> None:
        if judge.hear():
            return
        if judge.stages_left:
            self._give_up_a_stage(judge, "the process that judged it has ended")
        else:
            self._finish(judge)

    def _give_up_a_stage(self, judge: _Judge, reason: str) -> None:
        """Go on after the stage that a judge is at, with another judge."""
        from grader.classroom.judge_stage import untested_stage

        stage = stage_of(judge.stages_left[0])
        message = f"this stage could not be judged ({reason})"
        verdict: StageVerdict = untested_stage(self._kata, stage, "error", message)
        judge.done.append(asdict(verdict))
        if judge.stages_left:
            self._judges.remove(judge)
            judge.end()
            self._begin(judge.job, judge.done)
        else:
            self._finish(judge)

    def _finish(self, judge: _Judge) -> None:
        self._judges.remove(judge)
        judge.end()
        _say(self._answers, {"number": judge.job["number"], "verdicts": judge.done})


if __name__ == "__main__":
    main()
