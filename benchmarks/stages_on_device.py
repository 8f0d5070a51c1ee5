"""Run every stage's suite with the reference's code on a device, and its answers from the CPU:

    python -m benchmarks.stages_on_device --device cuda

The suites promise that code which makes its tensors on torch's default device, `meta` in a test,
runs on a GPU. Here the arguments of every call go to the device, which is the default device while
the call runs, and results come back to be compared with the reference's on the CPU. A tensor that a
stage from 8 on returns on another device counts as a failure.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from grader.answer.devices import why_unusable
from grader.calls.channel import LocalChannel
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.outcome import CallOutcome
from grader.calls.plain_values import drained, map_tensors, tensors_in
from grader.calls.recipe import BUILDERS
from grader.editions import find_kata
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES
from grader.suite.grade_stage import grade_code
from grader.verdict import StageVerdict

_FIRST = 8  # the first stage that computes with tensors; stage 7 reads them from a file
_SEED = 1


class DeviceChannel(LocalChannel):
    """Calls code in this process with tensors on a device, unless a test names another one."""

    def __init__(self, device: str, elsewhere: list[str]) -> None:
        """Start without code.

        Args:
            elsewhere: gets a line for each call that returns a tensor on another device.
        """
        super().__init__()
        self._device, self._elsewhere = device, elsewhere
        self._is_following = False

    def _call(
        self, callee: Sequence[Any], arguments: Sequence[Any], too_large: int | None = None
    ) -> CallOutcome:
        with ExitStack() as during:
            if torch.get_default_device().type != "meta":
                during.enter_context(torch.device(self._device))
            self._name = str(callee[0])
            return super()._call(callee, arguments, too_large)

    def _follow(self, recipe: Any, maker: str, needs: Sequence[Any]) -> None:
        """Make what a recipe describes; data stays on the CPU until it is an argument."""
        self._is_following = maker in BUILDERS
        device = "cpu" if maker == "random" else self._device  # the numbers come from a generator
        with torch.device(device):
            super()._follow(recipe, maker, needs)
        self._is_following = False

    def _value(self, argument: Any) -> Any:
        value = super()._value(argument)
        return value if self._is_following else map_tensors(self._there, value)

    def _there(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor if tensor.is_meta else tensor.to(self._device)

    def _has_changed(self, value: Any, argument: Any) -> bool:
        return super()._has_changed(map_tensors(_here, value), argument)

    def _leaving(self, result: Any) -> bytes:
        wanted = torch.device(self._device).type
        for tensor in tensors_in(drained(result)):
            if tensor.device.type not in (wanted, "meta"):
                self._elsewhere.append(f"{self._name} returned a tensor on {tensor.device}")
                break
        return super()._leaving(map_tensors(_here, result))


def _here(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if tensor.is_meta else tensor.cpu()


def graded_on(kata: Kata, stage: Stage, device: str) -> tuple[StageVerdict, list[str]]:
    """Grade the solution on a device; also return which calls gave tensors on another one."""
    elsewhere: list[str] = []
    files = kata.stage_files(stage, kata.solutions)
    code = CodeUnderTest(stage, files, lambda: DeviceChannel(device, elsewhere))
    verdict = grade_code(kata, code, _SEED)
    return verdict, elsewhere if stage.number >= _FIRST else []


def main() -> None:
    """Print one line per stage; exit with 1 if a test fails."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--figures", type=Path, help="a file to write the results to, as JSON")
    options = parser.parse_args()
    if reason := why_unusable(options.device):
        sys.exit(f"{options.device} can't be used here: {reason}")
    torch.set_num_threads(1)  # the suites' tensors are small
    kata, found = find_kata(), dict[str, bool]()
    for stage in STAGES:
        if not stage.has_code or not kata.solution(stage).is_file():
            continue
        begun = time.perf_counter()
        verdict, elsewhere = graded_on(kata, stage, options.device)
        outcomes = [test.outcome for test in verdict.tests]
        right = all(one in ("passed", "skipped") for one in outcomes) and not elsewhere
        counts = f"{outcomes.count('passed')} of {len(outcomes)} tests pass"
        print(f"{stage.name:<28}{counts:<24}{time.perf_counter() - begun:6.1f} s", flush=True)
        for test in verdict.tests:
            if test.outcome not in ("passed", "skipped"):
                print(f"    {test.name}: {test.message}")
        for line in dict.fromkeys(elsewhere):
            print(f"    {line}")
        found[stage.name] = right
    wrong = [name for name, right in found.items() if not right]
    print(f"{len(found) - len(wrong)} of {len(found)} stages are right on {options.device}")
    if options.figures:
        figures = {"stages": len(found), "right": len(found) - len(wrong), "wrong": wrong}
        options.figures.write_text(json.dumps(figures) + "\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
