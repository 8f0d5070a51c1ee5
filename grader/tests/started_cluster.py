"""A dask cluster on this machine: a scheduler and worker processes, bound to loopback."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from distributed import Client

from grader.tests.processes import descendants, wait_until
from grader.tests.programs import fork_server, warm_environment

Process: TypeAlias = "subprocess.Popen[bytes]"

_MARK = "LLAMA3_KATA_TEST_CLUSTER"
_LOCAL = "--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"


class DaskCluster:
    """Starts and ends the cluster, and recognizes everything that its processes start."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._mark = secrets.token_hex()
        self._folder, self._file = folder, folder / "scheduler.json"
        self._environment = {**os.environ, **environment, _MARK: self._mark}
        self._log = (folder / "log").open("wb")
        self._processes: list[Process] = []
        self._start("scheduler", "--port", "0")
        wait_until(self._has_address)

    def _has_address(self) -> bool:
        return self._file.exists() and b"address" in self._file.read_bytes()

    @property
    def address(self) -> str:
        return str(json.loads(self._file.read_text())["address"])

    def add_worker(
        self,
        folder: Path | None = None,
        at_start: Callable[[], None] | None = None,
        warm: bool = True,
    ) -> Process:
        """Start a worker process and wait until it has joined.

        Args:
            folder: the current folder of the worker.
            at_start: code that the process runs first.
            warm: whether its local grader is forked from a process that has imported torch; else it
                is a descendant of the worker, as in a real cluster.
        """
        options = "--nworkers", "1", "--nthreads", "1", "--no-nanny"
        scratch = "--local-directory", str(self._folder)
        with Client(self.address, set_as_default=False) as client:
            before = set(client.nthreads())
            added = warm_environment() if warm else {}
            worker = self._start(
                "worker", *options, *scratch, folder=folder, at_start=at_start, **added
            )
            wait_until(lambda: bool(set(client.nthreads()) - before))
        return worker

    def _start(
        self,
        what: str,
        *options: str,
        folder: Path | None = None,
        at_start: Callable[[], None] | None = None,
        **environment: str,
    ) -> Process:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *_LOCAL, *options]
        process = subprocess.Popen(
            [*command, "--scheduler-file", str(self._file)],
            cwd=folder or self._folder,
            env={**self._environment, **environment},
            preexec_fn=at_start,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._processes.append(process)
        return process

    def grading(self) -> list[int]:
        """Return the processes here that are neither the scheduler nor a worker."""
        known = {process.pid for process in self._processes}
        own = [pid for pid in self._running() if pid not in known]
        return own + descendants(fork_server().pid)

    def _running(self) -> list[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self._mark.encode() in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:  # it has just ended, or belongs to another user
                continue
        return found

    def stop(self, process: Process) -> None:
        """Ask a process to exit, and make sure that it does."""
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_workers(self) -> None:
        """End all workers, whatever state they are in."""
        scheduler, *workers = self._processes
        for process in reversed(workers):
            self.stop(process)
        left = self.grading()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left, "processes have outlived the workers that started them"
        self._processes = [scheduler]
        with Client(self.address, set_as_default=False) as client:
            wait_until(lambda: not client.nthreads())

    def close(self) -> None:
        """End every process of the cluster."""
        try:
            self.stop_workers()
        finally:
            self.stop(self._processes[0])
            self._log.close()
