"""Time `grader watch` from the save to the verdict on screen: `python -m benchmarks.watch`.

For every stage, in a copy of the kata, each round saves up to three versions in turn: a right one,
one with a known slip, and one that no known mistake explains, so that it is located. The same round
times a cold pytest of the same file. After that come the memory with one run under way, compared
with importing torch, and the processor time while nothing happens. Linux only.
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
from collections.abc import Sequence
from pathlib import Path

from benchmarks.processes import processor_seconds, pss_mb
from benchmarks.slips import LOCATED, SLIPS, with_slip
from grader.learn.progress import Progress
from grader.stage import Stage
from grader.stage_names import parse_stages
from grader.stages import STAGES, stage_of
from grader.tests.clone import Clone, clone_into
from grader.tests.strangers_code import cases_of
from grader.watch.saves import saved_files
from grader.watch.watch_client import WatchClient

END = b"[q]uit"
PASSES, NAMED, IS_LOCATED, PYTEST = "passed", "failed named", "failed located", "pytest"
COLUMNS = {PASSES: "passes", NAMED: "named", IS_LOCATED: "located", PYTEST: "pytest"}
IDLE_SECONDS = 20
SLEEPY = "import time\n\n\ndef rms_norm(x, weight, eps):\n    time.sleep(4)\n    return x\n"


class Watched:
    """`grader watch` in a terminal of its own."""

    def __init__(self, clone: Clone, stage: Stage) -> None:
        self._clone, self._stage = clone, stage
        self._screen, terminal = pty.openpty()
        command = [sys.executable, "-m", "grader", "watch", str(stage.number)]
        self.process = subprocess.Popen(
            command, cwd=clone.root, stdin=terminal, stdout=terminal, stderr=terminal
        )
        os.close(terminal)
        self.wait()

    def wait(self, seconds: float = 60.0) -> bytes:
        """Wait for the line of keys, and return what has been shown up to it."""
        shown = b""
        while END not in shown:
            if not select.select([self._screen], [], [], seconds)[0]:
                raise TimeoutError(shown.decode())
            shown += os.read(self._screen, 65536)
        return shown

    def save(self, path: Path, text: str) -> tuple[float, str]:
        """Save as an editor does; return the milliseconds to the verdict, and its status."""
        draft = path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        time.sleep(0.7)  # the pause before a typist saves
        with contextlib.suppress(TimeoutError):
            self.wait(0)  # for output that the draft has caused, which should be none
        start = time.perf_counter()
        draft.replace(path)
        shown = self.wait().decode()
        milliseconds = 1000 * (time.perf_counter() - start)
        found = re.search(r"(passed|failed|error|not started|in progress)\b.*of", shown)
        named = " named" if "This is a known mistake" in shown else self._located()
        return milliseconds, (found[1] if found else "?") + named

    def _located(self) -> str:
        """Return " located" if the newest saved verdict is; it is saved just after it is shown."""
        for _ in range(50):
            if verdict := Progress(self._clone.kata).current(self._stage):
                return " located" if any(test.located for test in verdict.tests) else ""
            time.sleep(0.02)
        return ""

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
    """Return the medians of one stage, after one round that isn't counted."""
    path = clone.kata.exercise(stage)
    right = clone.kata.solution(stage).read_text(encoding="utf-8") if stage.has_code else ""
    versions = {PASSES: right.replace("from solutions.", "from exercises.")}
    if stage.number in SLIPS:
        versions[NAMED] = with_slip(stage.number, right)
    if stage.number in LOCATED:
        versions[IS_LOCATED] = strangers_text(clone, stage)
    pytest = [sys.executable, "-m", "pytest", "-q", f"tests/test_{stage.name}.py"]
    times: dict[str, list[float]] = {name: [] for name in (*versions, PYTEST)}
    watched = Watched(clone, stage)
    for _ in range(rounds + 1):
        for wanted, text in reversed(versions.items()):
            if stage.own_stages:  # any of its files will do
                path = clone.kata.exercise(STAGES[8])
                text = path.read_text(encoding="utf-8")
            taken, status = watched.save(path, text)
            assert status == wanted, (stage.name, wanted, status)
            times[wanted].append(taken)
        times[PYTEST].append(milliseconds_of(pytest, clone.root))
    watched.close()
    return {name: statistics.median(found[1:]) for name, found in times.items()}


def strangers_text(clone: Clone, stage: Stage) -> str:
    """Return the text of a stage's case that is located."""
    (case,) = (one for one in cases_of(stage) if one.name == LOCATED[stage.number])
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        case.write(clone.kata, Path(folder))
        return Path(folder, f"{stage.name}.py").read_text(encoding="utf-8")


async def parts(clone: Clone, rounds: int) -> dict[str, float]:
    """Return the median times of the file event and of the grading in stage 9."""
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


def print_times(clone: Clone, rounds: int, numbers: Sequence[int]) -> None:
    """Print one line per stage, and the medians over the stages."""
    heads = "".join(f"{head:>9}" for head in COLUMNS.values())
    print(f"{'from the save to the verdict, ms':<34}{heads}  ratio")
    every: dict[str, list[float]] = {}
    for stage in map(stage_of, numbers):
        times = stage_times(clone, stage, rounds)
        for name, value in times.items():
            every.setdefault(name, []).append(value)
        slowest = max(value for name, value in times.items() if name != PYTEST)
        print(f"{_row(stage.name, times)}  1/{times[PYTEST] / slowest:.1f}", flush=True)
    print(_row("median", {name: statistics.median(values) for name, values in every.items()}))


def _row(name: str, times: dict[str, float]) -> str:
    cells = (f"{times[column]:9.0f}" if column in times else f"{'-':>9}" for column in COLUMNS)
    return f"{name:<34}{''.join(cells)}"


def print_memory_and_idling(clone: Clone) -> None:
    """Print the memory with one run under way, and the processor time while nothing happens."""
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
    time.sleep(2)  # until the processes of the first grading have ended
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
    """Measure and print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="(default: 3)")
    parser.add_argument("--stages", help="such as 8-12: time only these, and nothing else")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        clone = clone_into(Path(folder))
        clone.solve()
        chosen = parse_stages(options.stages) if options.stages else STAGES
        print_times(clone, options.rounds, [stage.number for stage in chosen])
        if options.stages:
            return
        for name, value in asyncio.run(parts(clone, options.rounds)).items():
            print(f"of which, in stage 9: {name} {value:.0f} ms")
        print_memory_and_idling(clone)


if __name__ == "__main__":
    main()
