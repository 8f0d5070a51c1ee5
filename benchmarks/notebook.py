"""Time `%%stage` in a notebook against `grader watch`'s grading: `python -m benchmarks.notebook`.

Both grade the same files with the same seeds, in turns. The notebook is a real Jupyter kernel, from
sending the cell until the verdict arrives at the front end. The other side is the client of the
process that `grader watch` grades in, from the request until the verdict. The first round isn't
counted.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

from benchmarks.slips import SLIPS, with_slip
from grader.stage import Stage
from grader.stage_names import parse_stages
from grader.stages import STAGES
from grader.tests.clone import Clone, clone_into
from grader.verdict import StageVerdict
from grader.watch.watch_client import WatchClient

PAUSE = 0.7  # seconds between two gradings, as when somebody types
PATIENCE = 120.0


class Notebook:
    """A kernel with the kata's magics."""

    def __init__(self, folder: Path) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(cwd=str(folder))
        self._client: Any = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)
        self.run("%load_ext grader")

    def run(self, cell: str) -> tuple[float, str]:
        """Run a cell; return the milliseconds until something is displayed, and its text."""
        start = time.perf_counter()
        request = self._client.execute(cell)
        taken, shown = 0.0, ""
        while True:
            message = self._client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "display_data":
                taken = 1000 * (time.perf_counter() - start)
                shown = content["data"]["text/plain"]
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                return taken, shown

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


class Watch:
    """The client of the process that `grader watch` grades in."""

    def __init__(self, clone: Clone) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = WatchClient(clone.kata)
        self._loop.run_until_complete(self._client.ready())

    def grade(self, stage: Stage, seed: int) -> tuple[float, StageVerdict]:
        return self._loop.run_until_complete(self._graded(stage, seed))

    async def _graded(self, stage: Stage, seed: int) -> tuple[float, StageVerdict]:
        start = time.perf_counter()
        verdicts = self._client.grade([stage.number], seed)
        verdict = await anext(verdicts)
        taken = 1000 * (time.perf_counter() - start)
        async for _ in verdicts:
            pass
        return taken, verdict

    def close(self) -> None:
        self._loop.run_until_complete(self._client.close())


def times_of(
    clone: Clone, notebook: Notebook, watch: Watch, stage: Stage, text: str, rounds: int
) -> tuple[float, float]:
    """Return the median milliseconds of `%%stage` and of watch's grading."""
    cells, gradings = [], []
    for seed in range(rounds + 1):
        time.sleep(PAUSE)
        taken, shown = notebook.run(f"%%stage {stage.number} --seed {seed}\n{text}")
        cells.append(taken)
        time.sleep(PAUSE)
        taken, verdict = watch.grade(stage, seed)
        gradings.append(taken)
        status = verdict.status.replace("_", " ")
        assert status in shown.split("\n")[0], (status, shown)
    return statistics.median(cells[1:]), statistics.median(gradings[1:])


def print_times(clone: Clone, stages: Sequence[Stage], rounds: int) -> None:
    """Print a line for each stage and version, and the ratios of all."""
    notebook, watch = Notebook(clone.root), Watch(clone)
    ratios = []
    print(f"{'milliseconds to the verdict':<42}{'%%stage':>9}{'watch':>9}{'ratio':>8}")
    for stage in stages:
        right = clone.kata.solution(stage).read_text(encoding="utf-8")
        versions = {"passes": right.replace("from solutions.", "from exercises.")}
        if stage.number in SLIPS:
            versions["fails, named"] = with_slip(stage.number, right)
        for name, text in versions.items():
            cell, grading = times_of(clone, notebook, watch, stage, text, rounds)
            ratios.append(cell / grading)
            label = f"{stage.name} {name}"
            print(f"{label:<42}{cell:>9.0f}{grading:>9.0f}{ratios[-1]:>8.2f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.2f}, largest {max(ratios):.2f}")
    notebook.close()
    watch.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", default="3,9,14,18", help="such as 1-19")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ.pop("LLAMA3_DIR", None)
    stages = [one for one in parse_stages(options.stages) if one in STAGES and one.has_code]
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        print_times(clone_into(Path(folder)), stages, options.rounds)


if __name__ == "__main__":
    main()
