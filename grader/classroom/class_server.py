"""The process that grades submissions, several at once.

It is started as `python -m grader.classroom.class_server ROOT AT_ONCE` and speaks as
`grader.serving.messages` says. Each submission has a judge of its own, a fork that holds the
expected values, and a zygote of its own, whose workers hold its code.
"""

import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import BinaryIO

from grader.editions import open_kata
from grader.kata import Kata
from grader.serving.messages import Request, Response, as_line, read_request, say, take_output
from grader.stages import stage_of
from grader.workers.cheap_forks import make_forks_cheap
from grader.workers.fork import fork
from grader.workers.pool import CAN_FORK, ForkPool, WorkerPool, start_pool

# A judge that is silent this long is stuck. The longest legitimate silence is a stage that uses up
# its time.
SILENCE_SECONDS = 180.0


def main() -> None:
    """Serve until nobody asks any more."""
    kata, at_once = open_kata(Path(sys.argv[1])), int(sys.argv[2])
    if CAN_FORK:
        make_forks_cheap()
    pool = start_pool()
    answers = take_output()
    with closing(pool):
        from grader.suite.preload import load_ahead  # after the pool: no worker has what it loads

        load_ahead(kata)
        say(answers, Response("ready"))
        if isinstance(pool, ForkPool):
            Dispatcher(kata, pool, at_once, answers).serve()
        else:
            _serve_here(kata, pool, answers)


def _serve_here(kata: Kata, pool: WorkerPool, answers: BinaryIO) -> None:
    """Judge in this process, one submission after another, where processes are not forked."""
    for request in map(read_request, sys.stdin.buffer):
        for stage in request.stages:
            say(answers, _judged(kata, request, stage, pool))
        say(answers, Response("done", request.number))


def _judged(kata: Kata, request: Request, stage: int, pool: WorkerPool) -> Response:
    from grader.classroom.judge_stage import judge_stage

    verdict = judge_stage(kata, stage_of(stage), Path(request.folder), request.seed, pool)
    return Response("verdict", request.number, verdict=verdict)


class _Judge:
    """A fork that grades what is left to grade of one submission, as this process sees it."""

    def __init__(self, kata: Kata, request: Request, stages: Sequence[int], pool: ForkPool) -> None:
        self.request, self.stages_left = request, stages
        self._pool = pool.another()
        self.said, saying = Pipe(duplex=False)
        with saying:
            self._pid = fork(partial(self._live, kata, saying))
        self.last_said = time.monotonic()

    def _live(self, kata: Kata, saying: Connection) -> None:
        """The judge's whole life, in the forked child."""
        os.close(0)
        for stage in self.stages_left:
            saying.send_bytes(as_line(_judged(kata, self.request, stage, self._pool)))

    def hear(self) -> bytes | None:
        """Return the line that the judge says about its next stage; None when it says no more."""
        try:
            line = self.said.recv_bytes()
        except (EOFError, OSError):
            return None
        self.stages_left = self.stages_left[1:]
        self.last_said = time.monotonic()
        return line

    def end(self) -> None:
        """End the judge, if it has not ended, and every process of its submission."""
        os.kill(self._pid, 9)  # does nothing to one that has ended by itself
        os.waitpid(self._pid, 0)
        self.said.close()
        self._pool.close()


class Dispatcher:
    """Hands requests to judges, so many at once, and passes on what they say."""

    def __init__(self, kata: Kata, pool: ForkPool, at_once: int, answers: BinaryIO) -> None:
        self._kata, self._pool, self._at_once, self._answers = kata, pool, at_once, answers
        self._waiting: deque[Request] = deque()
        self._judges: list[_Judge] = []
        self._input = b""

    def serve(self) -> None:
        """Work until there is no more input; what is under way then is of no use to anybody."""
        try:
            while True:
                while self._waiting and len(self._judges) < self._at_once:
                    request = self._waiting.popleft()
                    self._begin(request, request.stages)
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
        self._waiting.extend(map(read_request, lines))
        return bool(data)

    def _begin(self, request: Request, stages: Sequence[int]) -> None:
        self._judges.append(_Judge(self._kata, request, stages, self._pool))

    def _attend(self, judge: _Judge) -> None:
        if (line := judge.hear()) is not None:
            self._answers.write(line)
            self._answers.flush()
        elif judge.stages_left:
            self._give_up_a_stage(judge, "the process that judged it has ended")
        else:
            self._end(judge)
            say(self._answers, Response("done", judge.request.number))

    def _give_up_a_stage(self, judge: _Judge, reason: str) -> None:
        """Go on after the stage that a judge is at, with another judge."""
        from grader.suite.grade_stage import untested_stage

        self._end(judge)
        stage, *left = judge.stages_left
        message = f"this stage could not be judged ({reason})"
        verdict = untested_stage(self._kata, stage_of(stage), "error", message)
        say(self._answers, Response("verdict", judge.request.number, verdict=verdict))
        self._begin(judge.request, left)  # with none left, it only says so

    def _end(self, judge: _Judge) -> None:
        self._judges.remove(judge)
        judge.end()


if __name__ == "__main__":
    main()
