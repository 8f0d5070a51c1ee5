"""The handle on the process that grades submissions; only that process imports torch."""

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
# -P: the current folder may be a folder of submissions, and nothing in it may be imported.
PROGRAM = ["-P", "-m", "grader.classroom.class_server"]
# With a fixed hash seed, code that iterates over a set does the same in every run.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Job:
    """What to grade: a folder that holds stage files and nothing else."""

    folder: Path
    stages: tuple[int, ...]
    seed: int


@dataclass(frozen=True)
class JobResult:
    """The result of a job, and how its code was sandboxed.

    `obstacle` is what prevented grading it; a later run may not have it.
    """

    job: Job
    verdicts: tuple[StageVerdict, ...]
    level: str
    obstacle: str | None = None


def sandbox_here(trusted: bool, alone: bool = False) -> str:
    """Return this machine's sandbox level in words.

    Args:
        trusted: accept any level.
        alone: this machine will only ever grade one submission, so a lower level is enough.

    Raises:
        UsageError: if the level is too low for code that isn't trusted.
    """
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
    """Anything that grades jobs: a process on this machine, or a cluster."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The sandbox levels of its machines; more than one if they differ."""

    def grade(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        """Take jobs one by one, grade them, and yield each result as soon as it is done.

        Raises:
            ServerLost: if the grading process on this machine has ended unexpectedly.
        """


@dataclass
class LocalGrader:
    """A process that grades up to `at_once` submissions at the same time; use it in a `with`."""

    kata: Kata
    at_once: int
    trusted: bool = False  # this and `alone`: see `sandbox_here`
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
        """The process, started for the first job, because importing torch takes a second or two."""
        environment = {**os.environ, **ENVIRONMENT}
        environment.pop("LLAMA3_DIR", None)  # a class is not graded on the real 8B
        if self.scratch is not None:
            environment["TMPDIR"] = str(self.scratch)
        command = [sys.executable, *PROGRAM, str(self.kata.folder), str(self.at_once)]
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
            if len(under_way) > self.at_once:  # one more is queued, so that no judge waits
                yield self._next(under_way)
        while under_way:
            yield self._next(under_way)

    def _next(self, under_way: dict[int, tuple[Job, list[StageVerdict]]]) -> JobResult:
        """Receive verdicts until one of the jobs is done."""
        while (answer := self._server.receive()).verdict is not None:
            under_way[answer.number][1].append(answer.verdict)
        job, verdicts = under_way.pop(answer.number)
        if answer.kind == "trouble":
            return JobResult(job, (), self.level, f"could not be graded: {answer.words}")
        verdicts.sort(key=lambda verdict: job.stages.index(verdict.number))
        return JobResult(job, tuple(verdicts), self.level)
