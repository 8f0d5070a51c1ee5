"""`--scheduler`: grade a class on the machines of a dask.distributed cluster.

Jobs travel as data, so the machines don't need a shared disk, and results return as soon as they
are done. If a machine dies, dask gives its jobs to another one.
"""

import asyncio
import logging
import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import TypeAlias

from distributed import Client, Future, KilledWorker, Security, wait
from distributed.comm.core import connect

from grader.classroom import dask_node as node
from grader.classroom.local_grader import Job, JobResult
from grader.errors import UsageError
from grader.verdict import StageVerdict

_Verdicts: TypeAlias = "Future[tuple[str, tuple[StageVerdict, ...], str | None]]"

CONNECT_SECONDS = 9
LOOK_SECONDS = 5  # how often to check that some node is still working
PATIENCE = 12  # checks in a row that find no nodes, because they may be restarting
WAITING = 2  # jobs in the queue, so that no node has to wait for one
RETRIES = 2  # of a job whose local grader failed; the scheduler limits how often nodes may die


class Cluster:
    """The nodes of a scheduler; use it in a `with`."""

    def __init__(self, address: str, suites: str, stages: tuple[int, ...], trusted: bool) -> None:
        """Describe the cluster, and what its nodes are asked to do (see `Terms`)."""
        self._address = address
        self._terms = node.Terms(secrets.token_hex(), suites, stages, trusted)
        self._under_way: dict[_Verdicts, Job] = {}
        self.nodes: dict[str, str] = {}  # each node's sandbox level, by its name

    def __enter__(self) -> "Cluster":
        """Connect, and wait until every node is ready; a node that can't take part ends the run."""
        self._client = _client_of(self._address)
        try:
            self.nodes = self._get_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what is under way, close the local graders, and disconnect."""
        with suppress(OSError):
            self._client.cancel(list(self._under_way))
            self._client.run(node.leave, self._terms.run, on_error="ignore")
        self._client.close()

    @property
    def levels(self) -> tuple[str, ...]:
        """The sandbox levels of the nodes, without repeats."""
        return tuple(dict.fromkeys(self.nodes.values()))

    def grade(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        """Grade jobs as `Grader` says.

        Raises:
            UsageError: if the cluster has gone, or if a node that can't take part has joined it.
        """
        for job in jobs:
            files = {path.name: path.read_bytes() for path in sorted(job.folder.iterdir())}
            asked = self._terms, files, job.seed
            with self._reached():
                future = self._client.submit(node.grade, *asked, pure=False, retries=RETRIES)
            self._under_way[future] = job
            while len(self._under_way) >= self._count_nodes() + WAITING:
                yield from self._next()
        while self._under_way:
            yield from self._next()

    def _get_ready(self) -> dict[str, str]:
        try:
            self._client.run_on_scheduler(node.is_here)
        except ImportError as error:
            raise UsageError(
                f"--scheduler {self._address}: the kata is not installed there: {error}"
            ) from None
        with self._reached():
            answers = self._client.run(node.get_ready, self._terms, on_error="return")
        if not answers:
            raise UsageError(
                f"--scheduler {self._address}: no node has joined it yet: start some with "
                f"`dask worker {self._address} --nworkers 1 --nthreads 1`"
            )
        for address, answer in answers.items():
            if isinstance(answer, UsageError):
                raise answer
            if isinstance(answer, BaseException):
                raise UsageError(f"node {address} cannot grade: {answer}")
        return dict(answers.values())

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Raise UsageError if the scheduler has gone."""
        try:
            yield
        except (OSError, CancelledError):
            raise UsageError(
                f"--scheduler {self._address}: it has gone: "
                "start one, and run the same command again to continue"
            ) from None

    def _count_nodes(self) -> int:
        with self._reached():
            return len(self._client.nthreads())

    def _next(self) -> Iterator[JobResult]:
        """Wait until at least one job is done, and yield the results."""
        looks_in_vain = 0
        while not (finished := self._finished()):
            looks_in_vain = 0 if self._count_nodes() else looks_in_vain + 1
            if looks_in_vain >= PATIENCE:
                raise UsageError(
                    f"--scheduler {self._address}: no node is left: "
                    "start new ones, and run the same command again to continue"
                )
        for future in finished:
            with self._reached():
                error = future.exception()
                result = None if error else future.result()
                future.release()  # else its `__del__` does, and there Ctrl-C would be lost
            if isinstance(error, UsageError):
                raise error
            why = f"could not be graded: {_in_words(error)}" if error else None
            level, verdicts, obstacle = result or (self.levels[0], (), why)
            yield JobResult(self._under_way.pop(future), verdicts, level, obstacle)

    def _finished(self) -> list[_Verdicts]:
        """Return the jobs that are done, or an empty list if none is done after LOOK_SECONDS."""
        with self._reached():
            try:
                return list(wait(list(self._under_way), LOOK_SECONDS, "FIRST_COMPLETED").done)
            except TimeoutError:
                return []


def _in_words(error: BaseException) -> str:
    if isinstance(error, KilledWorker):
        return "the nodes that were grading it died, one after another"
    return str(error) or type(error).__name__


def _client_of(address: str) -> Client:
    try:
        asyncio.run(_greet(address))
    except Exception:  # something else may be listening there, and may have sent anything
        raise UsageError(
            f"--scheduler {address}: no dask scheduler answers there: "
            "its address looks like tcp://host:8786"
        ) from None
    # Errors are reported here; and on Ctrl-C in the middle of a request, dask logs a NameError
    # through tornado.
    for name in ("distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ImportError) as error:
        raise UsageError(f"--scheduler {address}: {error}") from None


async def _greet(address: str) -> None:
    """Exchange greetings with a scheduler; a client would wait for its greeting forever."""
    arguments = Security().get_connection_args("client")
    greeted = connect(address, timeout=CONNECT_SECONDS, **arguments)
    await (await asyncio.wait_for(greeted, CONNECT_SECONDS)).close()
