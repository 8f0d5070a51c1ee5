"""Grade variants of the reference in this process, and code that does nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from grader.calls.channel import LocalChannel
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.plain_values import drained
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.evidence import TestRun
from grader.diagnosis.known_mistakes import Named
from grader.diagnosis.variant import code_with
from grader.kata import Kata
from grader.stage import Stage
from grader.suite.grade_stage import TestContext, grade_code, run_tests
from grader.suite.graded_tests import collect, visible_tests
from grader.suite.oracle import LiveOracle, Oracle
from grader.verdict import StageVerdict


def grade_solutions(kata: Kata, stage: Stage, seed: int) -> StageVerdict:
    """Return the verdict on the solutions, newly loaded."""
    files = kata.stage_files(stage, kata.solutions)
    return grade_code(kata, CodeUnderTest(stage, files, LocalChannel), seed)


def grade_variant(kata: Kata, stage: Stage, replaces: Mapping[str, Any], seed: int) -> StageVerdict:
    """Return the verdict on the reference with some of its functions replaced."""
    variant = code_with(reference_modules(kata.solutions, stage), stage, replaces)
    return grade_code(kata, variant, seed)


def points_of_idle_code(kata: Kata, stage: Stage, seed: int) -> dict[str, dict[str, int]]:
    """Return the points that code which does nothing earns, by kind of code and by test."""
    context = TestContext(kata, _NamesNothing(kata, stage, seed))
    points = {}
    for kind, replaces in idle_variants(kata, stage).items():
        variant = code_with(reference_modules(kata.solutions, stage), stage, replaces)
        verdicts = run_tests(context, variant, collect(kata.suite(stage)))
        points[kind] = {verdict.name: verdict.points for verdict in verdicts}
    return points


class _NamesNothing(LiveOracle):
    """Judges in the same way, but skips the search for mistakes, which is slow if none matches."""

    def name_mistakes(self, runs: Sequence[TestRun]) -> Mapping[str, Named]:
        return {}


def told(
    kata: Kata, stage: Stage, replaces: Mapping[str, Any], oracle: Oracle
) -> dict[str, tuple[str, str | None]]:
    """Grade a variant with the visible tests and any oracle, live or recorded.

    Tests and benchmarks use this to compare the two oracles.

    Returns:
        The outcome and the mistake of each test, by the test's name.
    """
    variant = code_with(reference_modules(kata.solutions, stage), stage, replaces)
    context = TestContext(kata, oracle)
    verdicts = run_tests(context, variant, visible_tests(kata.suite(stage)))
    return {one.name: (one.outcome, one.mistake) for one in verdicts}


def named(verdict: StageVerdict) -> set[str | None]:
    """Return the mistakes named by a verdict's failed tests; None if a test names none."""
    return {test.mistake for test in verdict.tests if test.outcome == "failed"}


def idle_variants(kata: Kata, stage: Stage) -> dict[str, dict[str, Any]]:
    """Return code that does nothing: it returns its input, zeros, or noise of the right shape, and
    its constants are empty."""
    module = reference_modules(kata.solutions, stage).module(stage.number)
    variants: dict[str, dict[str, Any]] = {"input": {}, "zeros": {}, "noise": {}}
    for function in stage.functions:
        name = function.name
        right = (lambda *args: None) if function.returns_object else getattr(module, name)
        variants["input"][name] = lambda *args: args[0]
        variants["zeros"][name] = lambda *args, f=right: _with_leaves(_zero, drained(f(*args)))
        variants["noise"][name] = lambda *args, f=right: _with_leaves(_noise, drained(f(*args)))
    for constant in stage.constants:
        for replaces in variants.values():
            replaces[constant.name] = type(getattr(module, constant.name))()
    return variants


def _with_leaves(leaf: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_with_leaves(leaf, item) for item in value)
    if isinstance(value, dict):
        return {key: _with_leaves(leaf, item) for key, item in value.items()}
    return leaf(value)


def _zero(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return torch.zeros_like(value)
    return type(value)() if isinstance(value, (int, str, bytes, float)) else value


def _noise(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return torch.randn(value.shape).to(value.dtype)
    if isinstance(value, (int, float)):
        return value + 1
    return value[::-1] + value[:1] if isinstance(value, str) else value
