"""The process that grades submissions, several at once.

It is started as `python -m grader.classroom.class_server ROOT AT_ONCE` and speaks the protocol of
`grader.serving.messages`. Each submission has its own judge, a fork that holds the expected values,
and its own zygote, whose workers hold the submission's code.
"""

import errno
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import BinaryIO, Literal

from grader.can_fork import CAN_FORK
from grader.editions import open_kata
from grader.kata import Kata
from grader.seeds import derived_seed
from grader.serving.messages import (
    Request,
    Response,
    as_line,
    read_request,
    read_response,
    say,
    take_output,
)
from grader.stages import stage_of
from grader.untrusted.judges_memory import limit_memory
from grader.workers.cheap_forks import make_forks_cheap
from grader.workers.fork import fork
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import WorkerPool, start_pool

# A judge that has been silent this long is stuck. The longest legitimate silence is a stage that
# uses up its time.
SILENCE_SECONDS = 240.0


def main() -> None:
    """Serve until there are no more requests."""
    kata, at_once = open_kata(Path(sys.argv[1])), int(sys.argv[2])
    if CAN_FORK:
        make_forks_cheap()
    pool = start_pool()
    answers = take_output()
    with closing(pool):
        # After the pool, so that no worker has what this loads; each judge would load it otherwise.
        from grader.classroom import judge_stage  # noqa: F401
        from grader.suite.preload import load_ahead

        load_ahead(kata)
        say(answers, Response("ready"))
        if isinstance(pool, ForkPool):
            Dispatcher(kata, pool, at_once, answers).serve()
        else:
            _serve_here(kata, pool, answers)


def _serve_here(kata: Kata, pool: WorkerPool, answers: BinaryIO) -> None:
    """Judge in this process, one submission after another, where processes can't be forked."""
    for request in map(read_request, sys.stdin.buffer):
        last = Response("done", request.number)
        for stage in request.stages:
            said = _judged(kata, request, stage, pool)
            if said.verdict is None:
                last = Response("trouble", request.number, said.words)
                break
            say(answers, Response("verdict", request.number, verdict=said.verdict))
        say(answers, last)


def _judged(kata: Kata, request: Request, stage: int, pool: WorkerPool) -> Response:
    """Return a verdict, or a doubt (with or without a verdict) if this machine may be at fault."""
    from grader.classroom.judge_stage import judge_stage

    try:
        judged = judge_stage(kata, stage_of(stage), Path(request.folder), request.seed, pool)
    except OSError as error:
        return Response("doubt", request.number, trouble_of(error))
    kind: Literal["doubt", "verdict"] = "doubt" if judged.in_doubt else "verdict"
    return Response(kind, request.number, verdict=judged.verdict)


def trouble_of(error: OSError) -> str:
    """Return the system's message for an error, without paths, because students see it."""
    return os.strerror(error.errno or errno.EIO)


@dataclass
class _Job:
    """A request, and what is still uncertain about it."""

    request: Request
    doubts: dict[int, Response] = field(default_factory=dict)  # by stage, in the judge's order
    trouble: str = ""  # what on this machine has prevented grading, twice


class _Judge:
    """This process's handle on a fork that grades some stages of a submission."""

    def __init__(
        self, kata: Kata, job: _Job, stages: Sequence[int], pool: ForkPool, alone: bool
    ) -> None:
        """Start the fork.

        Raises:
            OSError: if this machine can't start another process.
        """
        self.job, self.stages_left, self.alone = job, list(stages), alone
        self._pool = pool.another()
        try:
            self.said, saying = Pipe(duplex=False)
            with saying:
                self._pid = fork(partial(self._live, kata, saying))
        except OSError:
            self._pool.close()
            raise
        self.last_said = time.monotonic()

    def _live(self, kata: Kata, saying: Connection) -> None:
        """Run the judge, in the forked child."""
        os.close(0)
        limit_memory()
        request = self.job.request
        if self.alone:  # other inputs, so that anything noted about the first ones is useless
            request = replace(request, seed=derived_seed(request.seed, "again"))
        for stage in self.stages_left:
            saying.send_bytes(as_line(_judged(kata, request, stage, self._pool)))

    def hear(self) -> Response | None:
        """Return the judge's response for its next stage; None if there are no more."""
        try:
            said = read_response(self.said.recv_bytes())
        except (EOFError, OSError):
            return None
        self.last_said = time.monotonic()
        return said

    def end(self) -> None:
        """End the judge, if it is still running, and every process of its submission."""
        os.kill(self._pid, signal.SIGKILL)  # has no effect if it has already ended
        os.waitpid(self._pid, 0)
        self.said.close()
        self._pool.close()


class Dispatcher:
    """Passes requests to judges, a limited number at once, and forwards their responses.

    A stage in doubt is graded once more while nothing else is running, and that verdict is final.
    If a submission runs out of time even then, none of its other stages is graded again: otherwise
    it could occupy the machine for a long time.
    """

    def __init__(self, kata: Kata, pool: ForkPool, at_once: int, answers: BinaryIO) -> None:
        self._kata, self._pool, self._at_once, self._answers = kata, pool, at_once, answers
        self._waiting: deque[_Job] = deque()
        self._doubtful: deque[_Job] = deque()
        self._judges: list[_Judge] = []
        self._input = b""

    def serve(self) -> None:
        """Work until the input ends, then drop what is still under way: nobody needs it."""
        try:
            while True:
                self._begin_what_can_be()
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
        """Read new requests; return False at the end of the input."""
        data = os.read(0, 65_536)
        *lines, self._input = (self._input + data).split(b"\n")
        self._waiting.extend(_Job(read_request(line)) for line in lines)
        return bool(data)

    def _begin_what_can_be(self) -> None:
        while self._waiting and len(self._judges) < self._at_once:
            job = self._waiting.popleft()
            self._begin(job, job.request.stages)
        while self._doubtful and not self._judges:
            job = self._doubtful.popleft()
            self._begin(job, list(job.doubts)[:1], alone=True)

    def _begin(self, job: _Job, stages: Sequence[int], alone: bool = False) -> None:
        try:
            self._judges.append(_Judge(self._kata, job, stages, self._pool, alone))
        except OSError as error:
            doubt = Response("doubt", job.request.number, trouble_of(error))
            for stage in stages:
                self._take(job, stage, doubt, alone)
            self._go_on(job, [])

    def _attend(self, judge: _Judge) -> None:
        if (said := judge.hear()) is not None:
            self._take(judge.job, judge.stages_left.pop(0), said, judge.alone)
        elif judge.stages_left:
            self._give_up_a_stage(judge, "the process that judged it has ended")
        else:
            self._end(judge)
            self._go_on(judge.job, [])

    def _take(self, job: _Job, stage: int, said: Response, alone: bool) -> None:
        """Forward a final verdict, or keep a doubt."""
        if said.kind == "doubt" and not alone:
            job.doubts[stage] = said
            return
        job.doubts.pop(stage, None)
        if said.verdict is None:
            job.trouble = said.words
            return
        self._say_verdict(said)
        if said.kind == "doubt":
            for number, doubt in list(job.doubts.items()):
                if doubt.verdict is not None:
                    self._say_verdict(job.doubts.pop(number))

    def _go_on(self, job: _Job, stages: Sequence[int]) -> None:
        """Judge the remaining stages, then those in doubt; when none are left, report it done."""
        if job.trouble:
            say(self._answers, Response("trouble", job.request.number, job.trouble))
        elif stages:
            self._begin(job, stages)
        elif job.doubts:
            self._doubtful.append(job)
        else:
            say(self._answers, Response("done", job.request.number))

    def _give_up_a_stage(self, judge: _Judge, reason: str) -> None:
        """Skip the stage that a judge is working on, and continue with another judge."""
        from grader.suite.grade_stage import untested_stage

        self._end(judge)
        stage, *left = judge.stages_left
        message = f"this stage could not be judged ({reason})"
        verdict = untested_stage(self._kata, stage_of(stage), "error", message)
        said = Response("doubt", judge.job.request.number, verdict=verdict)
        self._take(judge.job, stage, said, judge.alone)
        self._go_on(judge.job, left)

    def _say_verdict(self, said: Response) -> None:
        say(self._answers, Response("verdict", said.number, verdict=said.verdict))

    def _end(self, judge: _Judge) -> None:
        self._judges.remove(judge)
        judge.end()


if __name__ == "__main__":
    main()
