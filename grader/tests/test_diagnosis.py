"""A mistake is named when it is the one explanation, and never otherwise."""

from pathlib import Path
from typing import Any

import torch

from grader.calls.code_under_test import Call, CodeUnderTest
from grader.calls.outcome import Lost
from grader.calls.requests import Callee
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.diagnose import Diagnosis
from grader.diagnosis.known_mistakes import Mistake, mistake
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
    """Give a learner whose `attention_scores` has just been called once."""
    code = code_with(REFERENCE, STAGE, {"attention_scores": function})
    code.run(Callee("attention_scores"), [(Q.clone(), K.clone())])
    return code


def name(mistakes: list[Mistake], code: CodeUnderTest) -> str | None:
    found = Diagnosis(mistakes, REFERENCE, STAGE).name(code.calls)
    return found.name if found else None


def unscaled(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    return torch.matmul(q, k.transpose(0, 1))


def test_the_one_explanation_is_named() -> None:
    assert name([scales_in_place, not_scaled], learner(unscaled)) == "not_scaled"


def test_two_unlike_explanations_name_nothing() -> None:
    assert name([not_scaled, not_scaled_either], learner(unscaled)) is None


def test_what_an_earlier_test_has_named_settles_a_later_one() -> None:
    @mistake("attention_scores", "not scaled for square scores")
    def sometimes_not_scaled(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        """Without a scale when there are as many queries as keys. Rather made up."""
        return q @ k.T if len(q) == len(k) else q @ k.T / 6**0.5

    diagnosis = Diagnosis([not_scaled, sometimes_not_scaled], REFERENCE, STAGE)
    code = learner(unscaled)
    square = code_with(REFERENCE, STAGE, {"attention_scores": unscaled})
    square.run(Callee("attention_scores"), [(Q.clone(), Q.clone())])
    assert diagnosis.name(square.calls) is None  # both explain it
    assert diagnosis.name(code.calls) is not_scaled
    assert diagnosis.name(square.calls) is not_scaled


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
