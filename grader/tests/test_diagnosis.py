"""A mistake is named if it is the only explanation of all that is known, and never otherwise."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from grader.calls.code_under_test import Call, CodeUnderTest
from grader.calls.outcome import Lost
from grader.calls.request_writer import Callee
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.evidence import TestRun, name_mistakes
from grader.diagnosis.known_mistakes import Mistake, mistake
from grader.diagnosis.live_witness import LiveWitness
from grader.diagnosis.variant import code_with
from grader.editions import find_kata
from grader.stages import stage_of
from grader.suite import Rng

KATA = find_kata(Path(__file__).parent)
REFERENCE = reference_modules(KATA.solutions)
STAGE = stage_of(13)
RNG = Rng(1, "test_diagnosis")
Q, K = RNG.normal(5, 6), RNG.normal(7, 6)


@mistake("attention_scores", "not scaled")
def not_scaled(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """No scale. None at all."""
    return q @ k.T


@mistake("attention_scores", "not scaled either")
def not_scaled_either(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Another slip with the same result. It is unlike the first."""
    return (k @ q.T).T


@mistake("attention_scores", "not scaled, seen from elsewhere", like="not_scaled")
def not_scaled_again(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """The same slip. It says so."""
    return torch.einsum("td,sd->ts", q, k)


@mistake("attention_scores", "writes into its argument")
def scales_in_place(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """It changes q. The numbers are right."""
    return q.div_(6**0.5) @ k.T


def learner(function: Any) -> CodeUnderTest:
    """Return a learner's code whose `attention_scores` has been called once."""
    code = code_with(REFERENCE, STAGE, {"attention_scores": function})
    code.run(Callee("attention_scores"), [(Q.clone(), K.clone())])
    return code


def run(name: str, code: CodeUnderTest, failed: bool = True, points: int = 1) -> TestRun:
    """Return a test that made the calls that `code` has had."""
    return TestRun(name, "attention_scores", failed, points, tuple(code.calls), None)


def names(mistakes: list[Mistake], *runs: TestRun) -> dict[str, str]:
    found = name_mistakes(runs, LiveWitness(mistakes, REFERENCE, STAGE))
    return {test: mistake.name for test, mistake in found.items()}


def name(mistakes: list[Mistake], code: CodeUnderTest) -> str | None:
    return names(mistakes, run("test", code)).get("test")


def unscaled(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    return torch.matmul(q, k.transpose(0, 1))


def test_the_only_explanation_is_named() -> None:
    assert name([scales_in_place, not_scaled], learner(unscaled)) == "not_scaled"


def test_two_unlike_explanations_name_nothing() -> None:
    assert name([not_scaled, not_scaled_either], learner(unscaled)) is None


@mistake("attention_scores", "not scaled for square scores")
def not_scaled_if_square(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """Without a scale when there are as many queries as keys. Rather made up."""
    return q @ k.T if len(q) == len(k) else q @ k.T / 6**0.5


def square(function: Any) -> CodeUnderTest:
    """Return a learner's code whose `attention_scores` was called with as many keys as queries."""
    code = code_with(REFERENCE, STAGE, {"attention_scores": function})
    code.run(Callee("attention_scores"), [(Q.clone(), Q.clone())])
    return code


def test_a_mistake_must_explain_every_failing_test() -> None:
    known = [not_scaled, not_scaled_if_square]
    one, other = run("one", square(unscaled)), run("other", learner(unscaled))
    assert names(known, one) == {}  # both explain it
    assert names(known, one, other) == {"one": "not_scaled", "other": "not_scaled"}
    halved = run("other", learner(lambda q, k: q @ k.T / 2))
    assert names(known, one, halved) == {}


def test_a_mistake_must_not_contradict_a_test_that_passes() -> None:
    if_square = not_scaled_if_square.replaces["attention_scores"]
    one, other = run("one", square(if_square)), run("other", learner(if_square), failed=False)
    assert names([not_scaled, not_scaled_if_square], one, other) == {"one": "not_scaled_if_square"}
    assert names([not_scaled], one, other) == {}


def test_two_mistakes_are_named_that_explain_all_failing_tests_between_them() -> None:
    in_place = scales_in_place.replaces["attention_scores"]
    known = [scales_in_place, not_scaled, not_scaled_if_square]
    one, other = run("one", learner(unscaled)), run("other", learner(in_place))
    ambiguous = run("both", square(unscaled))
    assert names(known, one, other) == {"one": "not_scaled", "other": "scales_in_place"}
    assert names(known, one, other, ambiguous)["both"] == "not_scaled"
    halved = run("halved", learner(lambda q, k: q @ k.T / 2))
    assert names(known, one, other, halved) == {}


def test_a_test_of_another_function_has_no_say() -> None:
    one = run("one", square(unscaled))
    other = replace(run("other", learner(lambda q, k: q @ k.T / 2)), function="another")
    assert names([not_scaled], one, other) == {"one": "not_scaled"}


def test_a_test_without_points_has_no_say_and_may_have_a_name_of_its_own() -> None:
    one = run("one", square(unscaled))
    halved = run("halved", learner(lambda q, k: q @ k.T / 2), points=0)
    in_place = run("in_place", learner(scales_in_place.replaces["attention_scores"]), points=0)
    known = [not_scaled, scales_in_place]
    assert names(known, one, halved) == {"one": "not_scaled"}
    assert names(known, one, in_place) == {"one": "not_scaled", "in_place": "scales_in_place"}


def test_explanations_that_are_like_each_other_name_the_first() -> None:
    assert name([not_scaled, not_scaled_again], learner(unscaled)) == "not_scaled"


def test_right_code_is_never_named() -> None:
    right = REFERENCE.module(13).attention_scores
    same_as_right = mistake("attention_scores", "no mistake at all")(right)
    assert name([same_as_right, not_scaled], learner(right)) is None


def test_an_unknown_slip_is_not_named() -> None:
    assert name([not_scaled], learner(lambda q, k: q @ k.T / 6)) is None


def test_a_changed_argument_is_part_of_the_outcome() -> None:
    in_place = scales_in_place.replaces["attention_scores"]
    assert name([not_scaled, scales_in_place], learner(in_place)) == "scales_in_place"


def test_a_mistake_must_explain_every_call() -> None:
    code = learner(lambda q, k: q @ k.T if len(q) == 5 else q @ k.T / 6)
    assert name([not_scaled], code) == "not_scaled"
    code.run(Callee("attention_scores"), [(K.clone(), Q.clone())])
    assert name([not_scaled], code) is None


def test_what_never_answered_is_not_named() -> None:
    code = learner(unscaled)
    lost = Lost("no answer within 1 s", timed_out=True)
    code.calls.append(Call(Callee("attention_scores"), (Q, K), None, lost))
    assert name([not_scaled], code) is None


def test_the_same_error_is_named_by_class_and_message() -> None:
    @mistake("attention_scores", "forgets to transpose")
    def no_transpose(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        """The shapes do not fit. Torch says so."""
        return q @ k

    assert name([not_scaled, no_transpose], learner(lambda q, k: q @ k)) == "no_transpose"
    assert name([not_scaled, no_transpose], learner(lambda q, k: q.view(3, 1, 1, 1))) is None
