"""Two known mistakes at once are named as a pair, and nothing else is."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from grader.author.grade_variants import grade_variant
from grader.calls.channel import LocalChannel
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.request_writer import Callee
from grader.calls.stage_modules import reference_modules
from grader.diagnosis import mistake, pairs, worked_out
from grader.diagnosis.composition import Composer, open_to_others
from grader.diagnosis.evidence import TestRun, name_mistakes
from grader.diagnosis.known_mistakes import Mistake, Named, mistakes_of
from grader.diagnosis.live_witness import LiveWitness
from grader.diagnosis.variant import code_with
from grader.editions import find_kata
from grader.stages import stage_of
from grader.suite import Rng
from grader.suite.grade_stage import grade_code
from grader.tests.strangers_code import cases_of
from grader.verdict import StageVerdict

KATA = find_kata(Path(__file__).parent)
COMPOSED = [
    (9, "layer_norm", "one_plus_weight"),
    (10, "positions_from_one", "whole_turns"),
    (11, "halves_in", "positions_reversed"),
    (13, "half_the_width", "roles_swapped"),
    (14, "mask_after_softmax", "keys_mixed"),
    (15, "no_scale", "heads_reversed"),
    (16, "gate_and_up_swapped", "tanh"),
    (22, "values_rotated", "no_mask"),
    (22, "positions_from_zero", "last_pair_returned"),
]
STRANGERS = [
    (9, "two_sum_noeps", ("no_eps", "sum_of_squares")),
    (11, "two_half_nocast", ("halves_in_and_out", "left_in_float32")),
    (13, "two_swapped_noscale", ("no_scale", "roles_swapped")),
    (15, "two_mod_nowo", ("modulo_kv_heads", "no_wo")),
    (16, "two_swap_relu", ("gate_and_up_swapped", "relu")),
    (18, "two_skiplast_nonorm", ("last_layer_skipped", "no_final_norm")),
]


def told(verdict: StageVerdict, function: str) -> set[tuple[str | None, tuple[str, ...]]]:
    """Return the mistakes named for the failed tests of a function that give points."""
    tests = [test for test in verdict.tests if test.function == function and test.max_points]
    return {(test.mistake, test.mistakes) for test in tests if test.outcome == "failed"}


@pytest.mark.parametrize(("number", "one", "other"), COMPOSED)
def test_two_mistakes_of_the_catalog_are_named_as_two(number: int, one: str, other: str) -> None:
    stage = stage_of(number)
    known = {each.name: each for each in mistakes_of(KATA, stage)}
    composer = Composer(reference_modules(KATA.solutions, stage), stage)
    composer.make(known[one].replaces, known[other].replaces)
    code = CodeUnderTest.loaded(stage, LocalChannel(composer.modules))
    verdict = grade_code(KATA, code, seed=0)
    assert told(verdict, stage.functions[-1].name) == {(one, (one, other))}
    text = next(test.explanation for test in verdict.tests if test.mistakes)
    assert text.startswith("Two known mistakes together explain this.\n")
    for each in (known[one], known[other]):
        assert f"{each.title}. {each.explanation}" in text


@pytest.mark.parametrize(("number", "name", "both"), STRANGERS)
def test_two_mistakes_in_strangers_code(
    number: int, name: str, both: tuple[str, str], tmp_path: Path
) -> None:
    stage = stage_of(number)
    next(case for case in cases_of(stage) if case.name == name).write(KATA, tmp_path)
    code = CodeUnderTest(stage, KATA.stage_files(stage, tmp_path), LocalChannel)
    verdict = grade_code(KATA, code, seed=0)
    assert told(verdict, stage.functions[-1].name) == {(both[0], both)}


@pytest.mark.parametrize("number", [13, 16])
def test_a_single_mistake_is_never_named_as_two(number: int) -> None:
    stage = stage_of(number)
    for one in mistakes_of(KATA, stage):
        verdict = grade_variant(KATA, stage, one.replaces, seed=0)
        assert [test.name for test in verdict.tests if test.mistakes] == [], one.name


STAGE = stage_of(13)
REFERENCE = reference_modules(KATA.solutions)
RNG = Rng(1, "test_pairs")
Q, K = RNG.normal(5, 6), RNG.normal(7, 6)
Scores = Callable[..., torch.Tensor]
right = open_to_others("attention_scores", REFERENCE.find("attention_scores"))


@worked_out("attention_scores")
def scores_with(
    q: torch.Tensor,
    k: torch.Tensor,
    *,
    match: Scores = lambda q, k: q @ k.T,
    scale: Scores = lambda scores, width: scores / width**0.5,
) -> torch.Tensor:
    return scale(match(q, k), q.shape[-1])


@mistake("attention_scores", "not scaled")
def not_scaled(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """No scale. None at all."""
    return scores_with(q, k, scale=lambda scores, width: scores)


@mistake("attention_scores", "scaled twice")
def scaled_twice(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """It changes the same step as the one above. So the two can't be made together."""
    return scores_with(q, k, scale=lambda scores, width: scores / width)


@mistake("attention_scores", "signs lost")
def signs_lost(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """The products have no sign. That is another step."""
    return scores_with(q, k, match=lambda q, k: q.abs() @ k.T.abs())


@mistake("attention_scores", "one added")
def one_added(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """One is added. To every score."""
    return right(q, k) + 1


@mistake("attention_scores", "one added in another way")
def one_added_otherwise(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """One is added too. It is unlike the other."""
    return 1 + right(q, k)


@mistake("attention_scores", "one added again", like="one_added")
def one_added_again(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """One is added. It says that it is like the first."""
    return right(q, k) - (-1)


def run(scores: Scores, failed: bool = True, name: str = "test") -> TestRun:
    """Return a test in which a learner's `attention_scores` has been called once."""
    code = code_with(REFERENCE, STAGE, {"attention_scores": scores})
    code.run(Callee("attention_scores"), [(Q.clone(), K.clone())])
    return TestRun(name, "attention_scores", failed, 1, tuple(code.calls), None)


def find(known: list[Mistake], *runs: TestRun) -> dict[str, Named]:
    return dict(name_mistakes(runs, LiveWitness(known, REFERENCE, STAGE)))


def names(known: list[Mistake], *runs: TestRun) -> set[tuple[str, ...]]:
    return {one.names for one in find(known, *runs).values()}


def unscaled_plus_one(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    return torch.einsum("td,sd->ts", q, k) + 1


def test_steps_and_results_of_two_mistakes_are_combined_in_either_order() -> None:
    pair = ("not_scaled", "one_added")
    assert names([not_scaled, scaled_twice, one_added], run(unscaled_plus_one)) == {pair}
    assert names([one_added, scaled_twice, not_scaled], run(unscaled_plus_one)) == {pair[::-1]}
    no_signs = run(lambda q, k: q.abs() @ k.T.abs())
    assert names([not_scaled, signs_lost, one_added], no_signs) == {("not_scaled", "signs_lost")}


def test_a_mistake_that_takes_a_result_apart_is_not_only_steps() -> None:
    apart = {"attention_scores": lambda q, k: (right(q, k)[0], k)}
    assert Composer(REFERENCE, STAGE).steps_of(apart) is None


def test_two_different_pairs_name_nothing() -> None:
    assert names([not_scaled, one_added, one_added_otherwise], run(unscaled_plus_one)) == set()
    alike = [not_scaled, one_added, one_added_again]
    assert names(alike, run(unscaled_plus_one)) == {("not_scaled", "one_added")}


def test_a_pair_must_explain_all_failing_tests_and_contradict_none_that_passes() -> None:
    known = [not_scaled, one_added]
    one, passed = run(unscaled_plus_one), REFERENCE.find("attention_scores")
    assert names(known, one, run(lambda q, k: q @ k.T + 2, name="other")) == set()
    assert names(known, one, run(passed, failed=False, name="other")) == set()
    assert names(known, one, run(passed, name="failed by no value")) == set()


def test_two_changes_of_one_step_are_no_pair() -> None:
    twice = run(lambda q, k: q @ k.T / 6)
    assert names([not_scaled, scaled_twice], twice) == {()}  # one explains it
    assert names([not_scaled, scaled_twice], run(lambda q, k: q @ k.T / 36)) == set()


def test_no_pair_is_tried_where_one_mistake_explains_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(pairs.PairSearch, "explaining")
    assert names([not_scaled, one_added], run(lambda q, k: q @ k.T)) == {()}
    with pytest.raises(AttributeError):
        find([not_scaled, one_added], run(unscaled_plus_one))


def test_nothing_is_named_where_there_are_too_many_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    one = run(unscaled_plus_one)
    assert names([not_scaled, one_added], one) == {("not_scaled", "one_added")}
    monkeypatch.setattr(pairs, "MOST_CALLS", 3)
    assert names([not_scaled, one_added], one) == set()
