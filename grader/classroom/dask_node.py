"""The code of each dask worker process in a cluster: a local grader, which grades submissions one
by one.

dask sends functions and data between the teacher's own machines as pickles, so those machines trust
one another. Nothing that untrusted code has answered travels that way: the local grader is a
separate process, which sandboxes its workers and decodes their answers strictly; only its verdicts
leave the machine.
"""

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from distributed import Worker, get_worker

from grader.classroom.local_grader import Job, LocalGrader
from grader.editions import find_kata
from grader.errors import UsageError
from grader.stages import stage_of
from grader.verdict import StageVerdict
from grader.verdict_key import CLASS_JUDGE, verdict_key


@dataclass(frozen=True)
class Terms:
    """The requirements of a run, the same for all machines."""

    run: str  # a name that no other run has
    suites: str  # the hash of what verdicts depend on, which must be the same on each node
    stages: tuple[int, ...]
    trusted: bool  # whether to grade code that a node can't sandbox


async def get_ready(terms: Terms, dask_worker: Worker) -> tuple[str, str]:
    """Open the local grader of this process, and return this node's name and sandbox level.

    Raises:
        UsageError: if this node can't grade on these terms.
    """

    def level() -> str:
        with _NODE.serving(terms, dask_worker) as local_grader:
            return local_grader.level

    return name_of(dask_worker), await asyncio.to_thread(level)


def grade(
    terms: Terms, files: dict[str, bytes], seed: int
) -> tuple[str, tuple[StageVerdict, ...], str | None]:
    """Grade one submission.

    Args:
        terms: what the run requires.
        files: the contents of the stage files, by name.
        seed: the seed of the submission's random inputs.

    Returns:
        the sandbox level, the verdicts, and what on this node prevented grading, if anything.
    """
    worker = get_worker()
    with (
        _NODE.serving(terms, worker) as local_grader,
        tempfile.TemporaryDirectory(dir=worker.local_directory) as name,
    ):
        for file, text in files.items():
            (Path(name) / file).write_bytes(text)
        (done,) = local_grader.grade([Job(Path(name), terms.stages, seed)])
    return done.level, done.verdicts, done.obstacle


async def leave(run: str) -> None:
    """Close the local grader, even if it is grading something for this run."""
    await asyncio.to_thread(_NODE.leave, run)


def is_here() -> bool:
    """Return True where the kata is installed; a scheduler decodes jobs, so it needs it too."""
    return True


def name_of(worker: Worker) -> str:
    """Return a name that tells a person which machine and process this is."""
    return f"{socket.gethostname()} ({worker.address})"


class _Node:
    """Holds the local grader, and serves requests in the order in which they arrive."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._open = ExitStack()
        self._grader: LocalGrader | None = None
        self._terms: tuple[str, bool] | None = None  # of the local grader
        self._serving: str | None = None  # the run that the local grader works for
        self._left: set[str] = set()

    @contextmanager
    def serving(self, terms: Terms, worker: Worker) -> Iterator[LocalGrader]:
        """Wait for a turn, and yield the local grader; if it fails, close it, so that the next
        request gets a new one."""
        with self._turn:
            self._serving = terms.run
            try:
                yield self._grader_for(terms, worker)
            except UsageError as error:
                raise UsageError(f"node {name_of(worker)}: {error}") from None
            except Exception:
                self._close()
                raise
            finally:
                self._serving = None
                if terms.run in self._left:  # it left before the local grader was open
                    self._close()

    def leave(self, run: str) -> None:
        self._left.add(run)
        if self._serving in (None, run):
            self._close()

    def _grader_for(self, terms: Terms, worker: Worker) -> LocalGrader:
        if terms.run in self._left:
            raise UsageError("this run has been ended")
        asked = terms.suites, terms.trusted
        if self._grader is not None and self._terms == asked:
            return self._grader
        self._close()
        kata = find_kata()
        stages = [stage_of(number) for number in terms.stages]
        if verdict_key(kata, stages, CLASS_JUDGE) != terms.suites:
            raise UsageError(
                f"the kata in {kata.root} is not the same as here: its suites, its grader, "
                "Python or a library, such as torch, differ"
            )
        # dask removes this folder, even after a worker was killed.
        scratch = Path(worker.local_directory)
        scratch.chmod(0o711)  # else a worker that becomes another user can't reach its own folder
        self._grader = self._open.enter_context(LocalGrader(kata, 1, terms.trusted, scratch))
        self._terms = asked
        return self._grader

    def _close(self) -> None:
        self._grader = None
        self._open.close()


_NODE = _Node()
