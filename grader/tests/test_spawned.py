"""A worker in a fresh interpreter serves several stages, and none of them notices the others."""

import asyncio
import builtins
import contextlib
import math
import os
import random
import signal
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import torch
import torch.nn.functional as F

from grader.calls.code_under_test import CodeUnderTest
from grader.calls.outcome import Lost
from grader.calls.stage_modules import PACKAGES
from grader.can_fork import CAN_FORK
from grader.kata import Kata
from grader.stages import stage_of
from grader.suite.grade_stage import grade_stage
from grader.tests.clone import Clone, clone_into
from grader.tests.processes import wait_until
from grader.verdict import StageVerdict
from grader.watch.watch_client import WatchClient
from grader.workers import spawn_pool
from grader.workers.fork_pool import ForkPool
from grader.workers.interpreter_state import InterpreterState
from grader.workers.pool import WorkerPool
from grader.workers.spawn_pool import START_SECONDS, SpawnPool
from grader.workers.spawned_process import SpawnedProcess

STAGE = stage_of(9)
NOT_ON_WINDOWS = pytest.mark.skipif(
    sys.platform == "win32", reason="without process groups, orphans can't be found"
)
ENDLESS = "def rms_norm(x, weight, eps):\n    while True:\n        pass\n"


def _thread_that_stays() -> Callable[[], None]:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join()

    return end


def _handler_of_a_signal() -> Callable[[], object]:
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    return lambda: signal.signal(signal.SIGTERM, before)


def _line_width() -> Callable[[], None]:
    torch.set_printoptions(linewidth=200)
    return lambda: torch.set_printoptions(profile="default")


def _grad_mode() -> Callable[[], object]:
    torch._C._set_grad_enabled(False)
    return lambda: torch._C._set_grad_enabled(True)


def _default_type() -> Callable[[], None]:
    torch.set_default_dtype(torch.float64)
    return lambda: torch.set_default_dtype(torch.float32)


def _default_device() -> Callable[[], None]:
    torch.set_default_device("meta")
    return lambda: torch.set_default_device(None)


Patch = pytest.MonkeyPatch
Spoil = Callable[[Patch], Callable[[], object] | None]  # returns how to undo what `Patch` can't
SPOILED: dict[str, Spoil] = {
    "a constant": lambda patch: patch.setattr(math, "pi", 3),
    "a function": lambda patch: patch.setattr(F, "silu", F.relu),
    "a method": lambda patch: patch.setattr(torch.Tensor, "sum", torch.Tensor.mean),
    "a new method": lambda patch: patch.setattr(torch.Tensor, "mine", 1, raising=False),
    "a builtin": lambda patch: patch.setattr(builtins, "helper", 1, raising=False),
    "a module": lambda patch: patch.setitem(sys.modules, "helper", types.ModuleType("helper")),
    "a module less": lambda patch: patch.delitem(sys.modules, "math"),
    "the environment": lambda patch: patch.setenv("HELPER", "1"),
    "where modules are found": lambda patch: patch.syspath_prepend("/nowhere"),
    "the folder": lambda patch: patch.chdir("/"),
    "which warnings are shown": lambda patch: patch.setattr(warnings, "filters", []),
    "a signal": lambda _: _handler_of_a_signal(),
    "a thread": lambda _: _thread_that_stays(),
    "how tensors are printed": lambda _: _line_width(),
    "gradients": lambda _: _grad_mode(),
    "the default dtype": lambda _: _default_type(),
    "the default device": lambda _: _default_device(),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_what_code_changes_is_noticed(
    spoil: Callable[[Patch], Callable[[], object] | None],
) -> None:
    state = InterpreterState()
    assert state.is_unchanged()
    with pytest.MonkeyPatch.context() as patch:
        undo = spoil(patch) or (lambda: None)
        changed = not state.is_unchanged()
        undo()
    assert changed


def test_what_can_be_restored_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
        monkeypatch.delitem(sys.modules, name)  # other tests have loaded it
    monkeypatch.setitem(sys.modules, "grader_helper", types.ModuleType("grader_helper"))
    state = InterpreterState()
    first = random.random(), torch.rand(2).tolist()
    sys.modules["exercises.s09_rms_norm"] = types.ModuleType("exercises.s09_rms_norm")
    sys.modules["grader_helper"].__dict__["__warningregistry__"] = {"said": True}
    state.restore()
    assert state.is_unchanged()
    assert (random.random(), torch.rand(2).tolist()) == first


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[SpawnedProcess]:
    """The processes that pools start during the test."""
    processes: list[SpawnedProcess] = []

    def start() -> SpawnedProcess:
        processes.append(SpawnedProcess())
        return processes[-1]

    monkeypatch.setattr(spawn_pool, "SpawnedProcess", start)
    return processes


@contextlib.contextmanager
def graded_in(
    pool: WorkerPool, kata: Kata, folder: Path
) -> Iterator[Callable[[str], StageVerdict]]:
    def grade(text: str) -> StageVerdict:
        (folder / f"{STAGE.name}.py").write_text(text, encoding="utf-8")
        return grade_stage(kata, STAGE, folder, 1, pool.worker)

    with closing(pool):
        yield grade


def versions(right: str) -> list[tuple[str, int]]:
    """Return texts of stage 9, one graded after the other, and how many processes this takes."""
    prints = right.replace("    return", "    print(random.random(), torch.rand(1))\n    return", 1)
    warns = f"{right}\nimport warnings\nwarnings.warn('look')\n"
    return [
        (right, 1),
        (f"import random\n{prints}", 1),
        (f"import random\n{prints}", 1),
        (f"import torch.nn.functional as F\nF.relu = F.silu\nmine = 1\n{right}", 1),
        (right, 2),
        (warns, 2),
        (warns, 3),
        ("rms_norm = 1/0\n", 4),
        ("def rms_norm(x, weight, eps):\n    return x.nothing\n", 4),
        ("def rms_norm(x, weight, eps):\n    return x\n", 4),
    ]


@pytest.mark.skipif(not CAN_FORK, reason="compares with workers that are forked")
def test_the_verdicts_are_those_of_forked_workers(
    kata: Kata, tmp_path: Path, started: list[SpawnedProcess]
) -> None:
    right = kata.solution(STAGE).read_text(encoding="utf-8")
    printed: dict[str, set[str]] = {}
    with (
        graded_in(ForkPool(), kata, tmp_path) as forked,
        graded_in(SpawnPool(), kata, tmp_path) as spawned,
    ):
        for text, processes in versions(right):
            there, here = forked(text), spawned(text)
            assert len(started) == processes, text
            assert here.tests == there.tests
            assert bool(here.printed) == ("print(" in text or "warn(" in text)
            printed.setdefault(text, set()).add(here.printed)
    assert all(len(found) == 1 for found in printed.values()), "it prints something else each time"


def test_an_endless_import_takes_as_long_as_an_endless_call(kata: Kata, tmp_path: Path) -> None:
    path = tmp_path / f"{STAGE.name}.py"
    path.write_text("while True: pass\n", encoding="utf-8")
    with closing(SpawnPool()) as pool:
        code = CodeUnderTest(STAGE, kata.stage_files(STAGE, tmp_path), pool.worker, 1.0)
        begun = time.monotonic()
        assert not code.load()
        assert (
            isinstance(code.load_error, Lost) and code.load_error.reason == "no answer within 1 s"
        )
    assert time.monotonic() - begun < START_SECONDS / 2


def test_when_a_worker_is_lost_the_next_ones_start(started: list[SpawnedProcess]) -> None:
    with closing(SpawnPool()) as pool:
        pool.worker()._end()
        assert len(started) == 3
        pool.worker()
        assert len(started) == 3


STARTS = """import os, subprocess, sys
def start():
    asleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    with open(__file__ + ".started", "a") as file:
        print(subprocess.Popen(asleep).pid, file=file)
"""
STARTS_WHEN_CALLED = f"{STARTS}def rms_norm(x, weight, eps):\n    start()\n    return x\n"


def started_in(folder: Path) -> list[str]:
    """Return the ids of the processes that a stage has started."""
    return (folder / f"{STAGE.name}.py.started").read_text(encoding="utf-8").split()


@NOT_ON_WINDOWS
def test_what_a_stage_has_started_ends_when_its_worker_is_lost(kata: Kata, tmp_path: Path) -> None:
    with graded_in(SpawnPool(), kata, tmp_path) as grade:
        assert grade(f"{STARTS}start()\nos._exit(1)\n").points == 0
    pids = started_in(tmp_path)
    assert pids
    wait_until(lambda: not any(map(is_running, pids)))


def test_a_worker_with_processes_of_its_own_serves_no_other_stage_and_ends_with_them(
    kata: Kata, tmp_path: Path, started: list[SpawnedProcess]
) -> None:
    with graded_in(SpawnPool(), kata, tmp_path) as grade:
        grade(STARTS_WHEN_CALLED)
        pids = started_in(tmp_path)
        assert pids and all(map(is_running, pids))
        grade("rms_norm = 1/0\n")
        assert len(started) == 2
        wait_until(lambda: not any(map(is_running, pids)))


def is_running(pid: str) -> bool:
    try:
        return bool(psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_grading_on_save_can_be_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KATA_NO_FORK", "1")
    clone = clone_into(tmp_path)
    clone.solve(STAGE.name)
    assert asyncio.run(_interrupted(clone)) == ["passed", "passed"]


async def _interrupted(clone: Clone) -> list[str]:
    """Return the verdicts of three saves; the second one is interrupted by the third."""
    client = WatchClient(clone.kata)
    found: list[str] = []
    await client.ready()

    async def grade() -> None:
        async for verdict in client.grade([STAGE.number], 1):
            found.append(verdict.status)

    await grade()
    right = clone.kata.exercise(STAGE).read_text(encoding="utf-8")
    clone.write(STAGE.name, ENDLESS)
    grading = asyncio.create_task(grade())
    await asyncio.sleep(1.0)
    begun = time.monotonic()
    client.supersede()
    await grading
    assert time.monotonic() - begun < 5, "it waited for the endless loop"
    clone.write(STAGE.name, right)
    await grade()
    await client.close()
    return found


def test_one_stage_is_graded_without_forking(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.solve(STAGE.name)
    done = clone.run("check", "9", KATA_NO_FORK="1")
    assert done.returncode == 0 and "6 of 6 points" in done.stdout, done.stdout + done.stderr
    assert os.listdir(tmp_path / ".grader")
