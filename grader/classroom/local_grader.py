"""The handle on the process that grades submissions; torch is there and never here."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from grader.errors import UsageError
from grader.kata import Kata
from grader.sandbox import probe
from grader.serving.messages import Request
from grader.serving.server_handle import ServerHandle
from grader.verdict import StageVerdict

TRUSTED = "--trust-submissions"
# -P: a folder of submissions may be the current one, and nothing in it is to be imported.
PROGRAM = ["-P", "-m", "grader.classroom.class_server"]
# A fixed hash seed lets code that goes through a set do the same in every run.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Job:
    """What is to be graded: a folder that holds stage files and nothing else."""

    folder: Path
    stages: tuple[int, ...]
    seed: int


@dataclass(frozen=True)
class JobResult:
    """What came of a job, and how well its code was sandboxed; `obstacle` is what has kept it from
    being graded, and is gone with a later run."""

    job: Job
    verdicts: tuple[StageVerdict, ...]
    level: str
    obstacle: str | None = None


def sandbox_here(trusted: bool, alone: bool = False) -> str:
    """Return this machine's sandbox level in words, and refuse one that is too low for code that
    isn't `trusted`; `alone` is for a machine that will only ever grade one submission."""
    level = probe()
    if trusted:
        return f"{level}, graded with {TRUSTED}"
    if level.is_enough or (alone and level.is_enough_alone):
        return str(level)
    raise UsageError(
        "submissions are untrusted code, and this machine can't sandbox it "
        f"({level}): use Linux 5.13 or newer, or {TRUSTED}"
    )


class Grader(Protocol):
    """Whatever grades jobs: a process here, or many elsewhere."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The sandbox levels there; more than one where machines differ."""

    def grade(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        """Grade jobs, asking for them one by one, and yield the result of each as it is done.

        Raises:
            ServerLost: when a process that grades here has ended by itself.
        """


@dataclass
class LocalGrader:
    """A process that grades, so many submissions at once; use it in a `with`."""

    kata: Kata
    at_once: int
    trusted: bool = False  # this and `alone` as for `sandbox_here`
    scratch: Path | None = None  # where its temporary folders go
    alone: bool = False

    def __enter__(self) -> "LocalGrader":
        self.level = sandbox_here(self.trusted, self.alone)
        self.levels = (self.level,)
        self._open = ExitStack()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def _server(self) -> ServerHandle:
        """The process, started for the first job: torch takes a second or two."""
        environment = {**os.environ, **ENVIRONMENT}
        environment.pop("LLAMA3_DIR", None)  # the real 8B is not for a class
        if self.scratch is not None:
            environment["TMPDIR"] = str(self.scratch)
        command = [sys.executable, *PROGRAM, str(self.kata.root), str(self.at_once)]
        server = ServerHandle(command, environment, keeps_errors=False)
        self._open.callback(server.close)
        server.receive()  # that it is ready
        return server

    def grade(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        """Grade jobs as `Grader` says."""
        under_way: dict[int, tuple[Job, list[StageVerdict]]] = {}
        for number, job in enumerate(jobs):
            under_way[number] = job, []
            self._server.send(Request(number, str(job.folder), job.stages, job.seed))
            if len(under_way) > self.at_once:  # one waits, so that nobody there does
                yield self._next(under_way)
        while under_way:
            yield self._next(under_way)

    def _next(self, under_way: dict[int, tuple[Job, list[StageVerdict]]]) -> JobResult:
        """Take in verdicts until one of the jobs is done."""
        while (answer := self._server.receive()).verdict is not None:
            under_way[answer.number][1].append(answer.verdict)
        job, verdicts = under_way.pop(answer.number)
        if answer.kind == "trouble":
            return JobResult(job, (), self.level, f"could not be graded: {answer.words}")
        verdicts.sort(key=lambda verdict: job.stages.index(verdict.number))
        return JobResult(job, tuple(verdicts), self.level)
