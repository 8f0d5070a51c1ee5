"""Time `grader watch` from the save to the verdict on screen: `python -m benchmarks.watch`.

For every stage, in a copy of the kata: a right solution and one with a known slip are saved in
turn, and a cold pytest of the same file runs in the same round. Then the memory with one run under
way, beside importing torch, and the processor time while nothing happens. Linux.
"""

import argparse
import asyncio
import contextlib
import os
import pty
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.processes import processor_seconds, pss_mb
from benchmarks.slips import SLIPS, with_slip
from grader.stage import Stage
from grader.stages import STAGES
from grader.tests.clone import Clone, clone_into
from grader.watch.saves import saved_files
from grader.watch.watch_client import WatchClient

END = b"[q]uit"
IDLE_SECONDS = 20
SLEEPY = "import time\n\n\ndef rms_norm(x, weight, eps):\n    time.sleep(4)\n    return x\n"


class Watched:
    """`grader watch` in a terminal of its own."""

    def __init__(self, clone: Clone, stage: Stage) -> None:
        self._screen, terminal = pty.openpty()
        command = [sys.executable, "-m", "grader", "watch", str(stage.number)]
        self.process = subprocess.Popen(
            command, cwd=clone.root, stdin=terminal, stdout=terminal, stderr=terminal
        )
        os.close(terminal)
        self.wait()

    def wait(self, seconds: float = 60.0) -> bytes:
        """Give what appears on screen up to the line of keys."""
        shown = b""
        while END not in shown:
            if not select.select([self._screen], [], [], seconds)[0]:
                raise TimeoutError(shown.decode())
            shown += os.read(self._screen, 65536)
        return shown

    def save(self, path: Path, text: str) -> tuple[float, str]:
        """Save a file as an editor does; give the milliseconds to the verdict, and its status."""
        draft = path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        time.sleep(0.7)  # as somebody who types
        with contextlib.suppress(TimeoutError):
            self.wait(0)  # what the draft has caused, which should be nothing
        start = time.perf_counter()
        draft.replace(path)
        shown = self.wait().decode()
        milliseconds = 1000 * (time.perf_counter() - start)
        found = re.search(r"(passed|failed|error|not started|in progress)\b.*of", shown)
        named = " named" if "This is a known mistake" in shown else ""
        return milliseconds, (found[1] if found else "?") + named

    def press(self, key: str) -> None:
        os.write(self._screen, key.encode())
        self.wait()

    def close(self) -> None:
        os.write(self._screen, b"q")
        self.process.wait()


def milliseconds_of(command: list[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    return 1000 * (time.perf_counter() - start)


def stage_times(clone: Clone, stage: Stage, rounds: int) -> dict[str, float]:
    """Give the medians of one stage, after one round that is not counted."""
    path = clone.kata.exercise(stage)
    right = clone.kata.solution(stage).read_text(encoding="utf-8") if stage.has_code else ""
    versions = {"passed": right.replace("from solutions.", "from exercises.")}
    if stage.number in SLIPS:
        versions["failed named"] = with_slip(stage.number, right)
    pytest = [sys.executable, "-m", "pytest", "-q", f"tests/test_{stage.name}.py"]
    times: dict[str, list[float]] = {name: [] for name in (*versions, "pytest")}
    watched = Watched(clone, stage)
    for _ in range(rounds + 1):
        for wanted, text in reversed(versions.items()):
            if stage.own_stages:  # any of its files will do
                path = clone.kata.exercise(STAGES[8])
                text = path.read_text(encoding="utf-8")
            taken, status = watched.save(path, text)
            assert status == wanted, (stage.name, wanted, status)
            times[wanted].append(taken)
        times["pytest"].append(milliseconds_of(pytest, clone.root))
    watched.close()
    return {name: statistics.median(found[1:]) for name, found in times.items()}


async def parts(clone: Clone, rounds: int) -> dict[str, float]:
    """Give the medians of two parts of the way for stage 9: the file event, and the grading."""
    stage = STAGES[8]
    path = clone.kata.exercise(stage)
    text = path.read_text(encoding="utf-8")
    events, gradings = [], []
    judge = WatchClient(clone.kata)
    await judge.ready()
    saves = saved_files(clone.kata.exercises)
    coming = asyncio.ensure_future(anext(saves))
    for seed in range(rounds + 1):
        await asyncio.sleep(0.7)
        start = time.perf_counter()
        path.write_text(text, encoding="utf-8")
        await coming
        events.append(1000 * (time.perf_counter() - start))
        coming = asyncio.ensure_future(anext(saves))
        start = time.perf_counter()
        async for _ in judge.grade([stage.number], seed):
            gradings.append(1000 * (time.perf_counter() - start))
    coming.cancel()
    await judge.close()
    return {
        "file event": statistics.median(events[1:]),
        "grading in the warm process": statistics.median(gradings[1:]),
    }


def print_times(clone: Clone, rounds: int) -> None:
    """Print a line a stage, and the medians over the stages."""
    print(f"{'from the save to the verdict, ms':<34}{'passes':>8}{'fails':>8}{'pytest':>8}  ratio")
    every: dict[str, list[float]] = {}
    for stage in STAGES:
        times = stage_times(clone, stage, rounds)
        for name, value in times.items():
            every.setdefault(name, []).append(value)
        slowest = max(value for name, value in times.items() if name != "pytest")
        fails = f"{times['failed named']:8.0f}" if "failed named" in times else f"{'-':>8}"
        print(
            f"{stage.name:<34}{times['passed']:8.0f}{fails}{times['pytest']:8.0f}"
            f"  1/{times['pytest'] / slowest:.1f}",
            flush=True,
        )
    medians = {name: statistics.median(values) for name, values in every.items()}
    print(
        f"{'median':<34}{medians['passed']:8.0f}{medians['failed named']:8.0f}"
        f"{medians['pytest']:8.0f}"
    )


def print_memory_and_idling(clone: Clone) -> None:
    """Print what watch uses with one run under way, and while nothing happens."""
    with subprocess.Popen(
        [sys.executable, "-c", "import torch; print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as torch:
        assert torch.stdout is not None
        torch.stdout.readline()
        alone = pss_mb(torch.pid)
        torch.communicate(b"\n")
    stage = STAGES[8]
    watched = Watched(clone, stage)
    time.sleep(2)  # until what graded the file as it was has ended
    before = processor_seconds(watched.process.pid)
    time.sleep(IDLE_SECONDS)
    used = processor_seconds(watched.process.pid) - before
    clone.kata.exercise(stage).write_text(SLEEPY, encoding="utf-8")
    time.sleep(1.5)
    running = pss_mb(watched.process.pid)
    watched.close()
    print(
        f"memory with one run under way: {running:.0f} MB, {running / alone:.2f} times importing "
        f"torch ({alone:.0f} MB)"
    )
    print(f"idle: {used:.2f} s of processor time in {IDLE_SECONDS} s")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        clone = clone_into(Path(folder))
        clone.solve()
        print_times(clone, options.rounds)
        for name, value in asyncio.run(parts(clone, options.rounds)).items():
            print(f"of which, in stage 9: {name} {value:.0f} ms")
        print_memory_and_idling(clone)


if __name__ == "__main__":
    main()
