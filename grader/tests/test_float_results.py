"""Results that are plain floats, or dicts of tensors: they may be rounded differently, and what a
verdict says about wrong ones is true."""

from pathlib import Path

import pytest

from grader.calls.channel import LocalChannel
from grader.calls.outcome import Returned
from grader.diagnosis.same_outcome import same_outcome
from grader.kata import Kata
from grader.stages import stage_of
from grader.suite.difference import Tolerance, value_difference
from grader.suite.grade_stage import grade_stage
from grader.verdict import StageVerdict

STAGE = stage_of(30)
SCHEDULE = "def learning_rate(step, warmup, total, peak, floor):\n"
INSIDE = "    if step > warmup or step == 0:\n        return {}\n    return peak * step / warmup\n"


def graded(kata: Kata, folder: Path, code: str) -> StageVerdict:
    """Grade the reference with the functions in `code` instead."""
    text = kata.solution(STAGE).read_text(encoding="utf-8")
    (folder / f"{STAGE.name}.py").write_text(f"{text}\n\n{code}", encoding="utf-8")
    return grade_stage(kata, STAGE, folder, 0, LocalChannel)


def explanation(verdict: StageVerdict) -> str:
    """Return what the first failed test says."""
    test = next(test for test in verdict.tests if test.outcome == "failed")
    return f"{test.message}\n{test.explanation}"


def test_floats_are_equal_up_to_the_tolerance_given() -> None:
    near, tolerance = 0.3 * (1 + 1e-7), Tolerance(1e-6, 0.0)
    assert value_difference(near, 0.3) is not None
    assert value_difference(near, 0.3, tolerance) is None
    assert value_difference([0.1, near], [0.1, 0.3], tolerance) is None
    assert value_difference(0.3001, 0.3, tolerance) == "expected 0.3, got 0.3001"
    assert value_difference(float("nan"), 0.3, tolerance) == "expected 0.3, got nan"
    assert value_difference(float("inf"), 0.3, tolerance) == "expected 0.3, got inf"
    assert value_difference("0.3", 0.3, tolerance) is not None


def returned(value: object) -> Returned:
    return Returned(value, ())


def test_outcomes_with_floats_are_the_same_up_to_rounding() -> None:
    assert same_outcome(returned(0.3 * (1 + 1e-7)), returned(0.3))
    assert same_outcome(returned([float("nan"), 1.0]), returned([float("nan"), 1.0]))
    assert not same_outcome(returned(0.3001), returned(0.3))
    assert not same_outcome(returned(1.0), returned(1))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "    return floor - 1e-3 * step\n",
            "The first wrong rate is that of step 1, of a warm-up",
        ),
        (INSIDE.format("peak * 0.3"), "step 9, 1 step after the warm-up"),
        (INSIDE.format("peak * 0.3"), "up to step 8"),
        (INSIDE.format("warmup"), "You return warmup where another rate belongs"),
        ("    return 3 * right(step, warmup, total, peak, floor)\n", "the expected rate times 3"),
        (
            "    return right(step, warmup, total, peak, floor) + peak\n",
            "the expected rate plus the peak",
        ),
        ("    return right(step + 2, warmup, total, peak, floor)\n", "the rate of 2 steps later"),
        ("    return right(step, warmup, total, peak, floor) * (1 + step)\n", "wrong rate"),
        ("    return float('nan')\n", "got nan"),
        ("    return None\n", "got None"),
    ],
)
def test_what_a_verdict_says_of_wrong_rates(
    kata: Kata, tmp_path: Path, body: str, words: str
) -> None:
    verdict = graded(kata, tmp_path, f"right = learning_rate\n\n\n{SCHEDULE}{body}")
    assert words in " ".join(explanation(verdict).split())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("3 * one", "You return the expected values times 3"),
        ("one + 3", "You return the expected values plus 3"),
        ("one.double()", "expected the dtype float32, got float64"),
        ("one.flatten()", "expected shape"),
    ],
)
def test_what_a_verdict_says_of_a_wrong_dict(
    kata: Kata, tmp_path: Path, change: str, words: str
) -> None:
    code = (
        "right = clip_gradients\n\n\n"
        "def clip_gradients(gradients, max_norm):\n"
        f"    return {{n: {change} for n, one in right(gradients, max_norm).items()}}\n"
    )
    assert words in " ".join(explanation(graded(kata, tmp_path, code)).split())
