"""Prove a suite: `python -m grader.author.prove rms_norm --seeds 3`.

Every known mistake must fail and be named, every right way must pass, code that does nothing must
earn no points, and the suite's own computing must stay short. Prints what it finds.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch

from grader.author.right_ways import right_ways_of
from grader.diagnosis.catalogue import mistakes_of
from grader.diagnosis.diagnose import variant_of
from grader.home import Kata, find_kata
from grader.stages import STAGES, Stage, find_stage
from grader.student.space import reference_space
from grader.student.warm import warm_torch
from grader.suite.run import grade_student
from grader.verdict import StageVerdict


def grade_variant(kata: Kata, stage: Stage, replaces: Mapping[str, Any], seed: int) -> StageVerdict:
    """Grade the reference with some of its functions replaced, in this process."""
    variant = variant_of(reference_space(kata.solutions), stage, replaces)
    return grade_student(kata, variant, seed)


def named(verdict: StageVerdict) -> set[str | None]:
    """Give the mistakes that a verdict's failed tests name; None stands for no name."""
    return {test.mistake for test in verdict.tests if test.outcome == "failed"}


def idle_variants(kata: Kata, stage: Stage) -> dict[str, dict[str, Any]]:
    """Give submissions that do nothing: the input returned, zeros, noise of the right shape."""
    module = reference_space(kata.solutions).module(stage.number)
    kinds: dict[str, Callable[[Any], Any]] = {"zeros": _zeros, "noise": _noise}
    variants: dict[str, dict[str, Any]] = {"input": {}, "zeros": {}, "noise": {}}
    for function in stage.functions:
        right = getattr(module, function.name)
        variants["input"][function.name] = lambda *args: args[0]
        if function.returns_object:
            variants["zeros"][function.name] = variants["noise"][function.name] = lambda *args: None
            continue
        for name, like in kinds.items():
            variants[name][function.name] = lambda *args, f=right, like=like: like(f(*args))
    return variants


def _zeros(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return torch.zeros_like(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_zeros(item) for item in value)
    if isinstance(value, dict):
        return {key: _zeros(item) for key, item in value.items()}
    return type(value)() if isinstance(value, (int, str, bytes, float)) else value


def _noise(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return torch.randn(value.shape).to(value.dtype)
    if isinstance(value, (list, tuple)):
        return type(value)(_noise(item) for item in value)
    if isinstance(value, dict):
        return {key: _noise(item) for key, item in value.items()}
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[::-1] + value[:1]
    return value


def prove(kata: Kata, stage: Stage, seeds: int) -> None:
    """Print what a suite makes of its mistakes, its right ways and of idle code."""
    print(f"{stage.name}: {_milliseconds(kata, stage):.0f} ms for the suite on the reference")
    if grade_variant(kata, stage, {}, 1).points != stage.points:
        print(f"  POINTS do not add up to {stage.points}")
    for mistake in mistakes_of(kata, stage):
        for seed in range(seeds):
            verdict = grade_variant(kata, stage, mistake.replaces, seed)
            names = named(verdict)
            if verdict.status != "failed":
                print(f"  PASSES  {mistake.name} (seed {seed}): {verdict.status}")
            elif names not in ({mistake.name}, {mistake.like or mistake.name}):
                wrong = sorted(str(name) for name in names - {mistake.name})
                tests = [t.name for t in verdict.tests if t.outcome == "failed"]
                print(f"  names {wrong} for {mistake.name} (seed {seed}), failing {tests}")
    for way in right_ways_of(kata, stage):
        for seed in range(seeds):
            for test in grade_variant(kata, stage, way.replaces, seed).tests:
                if test.outcome != "passed":
                    print(f"  REFUSES {way.name} (seed {seed}), {test.name}: {test.message}")
    for kind, replaces in idle_variants(kata, stage).items():
        for test in grade_variant(kata, stage, replaces, 1).tests:
            if test.points:
                print(f"  PAYS {test.points} for {kind}: {test.name}")
    counts = len(mistakes_of(kata, stage)), len(right_ways_of(kata, stage))
    print(f"  {counts[0]} mistakes, {counts[1]} right ways, {seeds} seeds")


def _milliseconds(kata: Kata, stage: Stage) -> float:
    times = []
    for seed in range(4):
        start = time.perf_counter()
        grade_variant(kata, stage, {}, seed)
        times.append(time.perf_counter() - start)
    return 1000 * sorted(times)[1]


def main() -> None:
    """Prove the suites named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stages", nargs="*", help="numbers or names; default: all")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    warm_torch()
    kata = find_kata()
    wanted = [find_stage(name) for name in options.stages] or [s for s in STAGES if s.has_code]
    for stage in wanted:
        prove(kata, stage, options.seeds)


if __name__ == "__main__":
    main()
