"""What runs on the machines of a cluster, in each dask worker process: a local grader, which grades
one submission after another.

dask carries functions and data between the teacher's own machines as pickles, so those machines
trust one another. Nothing that untrusted code has answered travels as such: the local grader is a
process of its own, which sandboxes its workers and decodes strictly what they answer; only its
verdicts leave the machine.
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
    """What a run asks of all machines."""

    run: str  # no other run is called so
    suites: str  # the hash of what verdicts depend on, which must be that of each node
    stages: tuple[int, ...]
    trusted: bool  # whether to grade code that a node can't sandbox


async def get_ready(terms: Terms, dask_worker: Worker) -> tuple[str, str]:
    """Open the local grader of this process, unless it cannot grade on these terms; return this
    node's name and sandbox level."""

    def level() -> str:
        with _NODE.serving(terms, dask_worker) as local_grader:
            return local_grader.level

    return name_of(dask_worker), await asyncio.to_thread(level)


def grade(
    terms: Terms, files: dict[str, bytes], seed: int
) -> tuple[str, tuple[StageVerdict, ...], str | None]:
    """Grade a submission, its stage files by their names; return how well it was sandboxed, the
    verdicts, and what on this node has kept it from being graded, if anything."""
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
    """Close the local grader, whatever is under way in it for this run."""
    await asyncio.to_thread(_NODE.leave, run)


def is_here() -> bool:
    """Return that the kata is installed; a scheduler reads jobs, so it needs that too."""
    return True


def name_of(worker: Worker) -> str:
    """Return a name by which a person finds the machine and the process on it."""
    return f"{socket.gethostname()} ({worker.address})"


class _Node:
    """Holds the local grader; whoever comes first is served first."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._open = ExitStack()
        self._grader: LocalGrader | None = None
        self._terms: tuple[str, bool] | None = None  # of the local grader
        self._serving: str | None = None  # the run that the local grader works for
        self._left: set[str] = set()

    @contextmanager
    def serving(self, terms: Terms, worker: Worker) -> Iterator[LocalGrader]:
        """Wait for one's turn, and close a grader that has failed: the next one is a new one."""
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
                if terms.run in self._left:  # meanwhile, and the local grader was not open yet
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
                f"the kata in {kata.root} is another one than here: its suites, its grader, "
                "Python or a library, such as torch, differ"
            )
        # dask clears this folder away, also after a worker that was killed.
        scratch = Path(worker.local_directory)
        scratch.chmod(0o711)  # or no worker that becomes another user gets to its own folder
        self._grader = self._open.enter_context(LocalGrader(kata, 1, terms.trusted, scratch))
        self._terms = asked
        return self._grader

    def _close(self) -> None:
        self._grader = None
        self._open.close()


_NODE = _Node()
