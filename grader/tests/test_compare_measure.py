"""Measure a stage and the reference: with the same inputs, in turns, at two sizes."""

from pathlib import Path
from typing import Any

import pytest
import torch

from grader.calls.channel import LocalChannel
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.outcome import Raised, Returned
from grader.calls.recipe import shared
from grader.calls.request_writer import Callee
from grader.compare import measure as measuring
from grader.compare.cases import cases_of
from grader.compare.measure import Side, measure
from grader.compare.sample_text import EIGHT_B, TINY
from grader.compare.values_and_times import compare_values
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES, stage_of

CODED = [stage for stage in STAGES if stage.has_code]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure each time only once, for tests that don't depend on it."""
    monkeypatch.setattr(measuring, "ROUNDS", 1)
    monkeypatch.setattr(measuring, "MOST_RUNS", 1)


def reference_student(kata: Kata, stage: Stage) -> CodeUnderTest:
    """The reference as code under test in this process."""
    files = kata.stage_files(stage, kata.solutions)
    return CodeUnderTest(stage, files, LocalChannel)


def compare_with_itself(kata: Kata, stage: Stage, size: str, folder: Path) -> dict[str, str]:
    """Return how the reference differs from itself, for each name of a stage."""
    said = {}
    codes = [reference_student(kata, stage) for _ in range(2)]
    for case in cases_of(kata, stage, size, 1, folder):
        yours, reference = measure(case, codes)
        assert isinstance(yours.outcome, Returned) and isinstance(reference.outcome, Returned)
        assert yours.seconds and reference.seconds
        said[case.name] = compare_values(yours.outcome.value, reference.outcome.value)
    return said


@pytest.mark.parametrize("stage", CODED, ids=lambda stage: stage.name)
def test_the_solutions_are_identical_to_themselves(
    kata: Kata, stage: Stage, tmp_path: Path, quick: None
) -> None:
    said = compare_with_itself(kata, stage, TINY, tmp_path)
    assert tuple(said) == stage.names
    assert {text.split()[0].rstrip(":") for text in said.values()} == {"identical"}, said


def test_the_8b_is_compared_at_its_own_sizes(kata: Kata, tmp_path: Path, quick: None) -> None:
    said = compare_with_itself(kata, stage_of(9), EIGHT_B, tmp_path)
    assert said == {"rms_norm": "identical: float32 [17, 4096]"}


def test_the_inputs_of_the_8b_fit_into_memory_and_say_what_was_cut(
    kata: Kata, tmp_path: Path
) -> None:
    cases = [case for stage in CODED for case in cases_of(kata, stage, EIGHT_B, 1, tmp_path)]
    assert [case.name for case in cases] == [name for stage in CODED for name in stage.names]
    assert {case.name: case.bytes for case in cases if case.bytes > 1.1e9} == {}
    by_name = {case.name: case for case in cases}
    assert by_name["transformer_block"].bytes > 4 * 218_112_000  # a whole layer of float32
    cut = ("transformer", "predict_next_token", "complete", "load_checkpoint")
    for name in cut:
        assert "1 layer of 32" in by_name[name].inputs.sizes
    for name in (*cut, "embed", "next_token_logits"):
        assert "of 128,256" in by_name[name].inputs.sizes


def test_a_difference_is_measured() -> None:
    expected = torch.tensor([1.0, 2.0, -3.0, 4.0, -torch.inf])
    got = expected + torch.tensor([0.0, 0.5, 0.0, -0.25, 0.0])
    said = compare_values(got, expected).splitlines()
    assert said[0] == "DIFFERENT: float32 [5]"
    assert said[1] == "they differ by 0.5 at most, 0 typically; typical value 2"
    near = compare_values(expected * (1 + 1e-6), expected)
    assert near.startswith("equal within tolerance: float32 [5]\nthey differ by 3.8e-06 at most")
    assert compare_values(expected.double(), expected).startswith(
        "DIFFERENT: float64 instead of float32 [5]"
    )
    assert "they differ by inf at most" in compare_values(expected.nan_to_num(), expected)
    assert compare_values(expected[:4], expected) == "DIFFERENT: expected shape [5], got [4]"
    assert compare_values([1, 2], [1, 3]).startswith("DIFFERENT: first wrong at [1]")
    assert compare_values(0.3 * (1 + 1e-7), 0.3) == "equal within tolerance"
    assert compare_values((expected, 0.3), (expected, 0.3 * (1 + 1e-7))) == "equal within tolerance"
    assert compare_values({"a": 0.3001}, {"a": 0.3}).startswith("DIFFERENT: at 'a': expected 0.3")
    assert compare_values("42", "42") == "identical: '42'"


def test_a_call_is_timed_where_the_code_runs(kata: Kata) -> None:
    code = reference_student(kata, stage_of(9))
    args = (shared(torch.ones(3, 4)), torch.ones(4), 1e-5)
    times = code.time(Callee("rms_norm"), args, 5, 10.0)
    assert isinstance(times, list) and len(times) == 5 and min(times) > 0
    assert len(code.time(Callee("rms_norm"), args, 5, 0.0)) == 1  # type: ignore[arg-type]
    assert isinstance(code.time(Callee("rms_norm"), args[:1], 5, 1.0), Raised)


class Recorder:
    """Code under test that records what it is asked for."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self._name, self._notes = name, notes

    def run(self, *_: Any, **__: Any) -> list[Any]:
        self._notes.append(f"{self._name} run")
        return [Returned(1)]

    def time(self, *_: Any) -> list[float]:
        self._notes.append(f"{self._name} time")
        return [1e-3]

    def close(self) -> None:
        self._notes.append(f"{self._name} close")


@pytest.mark.parametrize("free", [10**10, 13 * 10**8])
def test_the_sides_take_turns_if_there_is_enough_memory(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    monkeypatch.setattr(measuring, "free_memory", lambda: free)
    (case,) = cases_of(kata, stage_of(17), EIGHT_B, 1, tmp_path)
    notes: list[str] = []
    sides = measure(case, [Recorder("a", notes), Recorder("b", notes)])  # type: ignore[list-item]
    assert [side.seconds for side in sides] == [1e-3, 1e-3]
    turns = "".join(note[0] for note in notes if note.endswith("time"))
    if free == 10**10:
        assert turns == "ab" * measuring.ROUNDS
    else:  # the first side has released its memory before the second starts
        assert turns == "a" * measuring.ROUNDS + "b" * measuring.ROUNDS
        assert notes.index("b run") > len(notes) - 1 - notes[::-1].index("a close")


def test_the_fastest_round_counts() -> None:
    assert Side(rounds=[[3.0, 1.0, 2.0], [1.5, 9.0, 1.0], [8.0]]).seconds == 1.5
    assert Side().seconds is None


def test_a_case_knows_its_bytes(kata: Kata, tmp_path: Path) -> None:
    cases = {case.name: case for case in cases_of(kata, stage_of(12), EIGHT_B, 1, tmp_path)}
    assert cases["split_heads"].bytes == 4 * 1024 * 4096
    assert cases["project"].bytes == 4 * (128 * 4096 + 17 * 4096)
