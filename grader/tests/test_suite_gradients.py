"""Suites compare the gradients of results, and say which argument no gradient reaches."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.calls.stage_modules import reference_modules
from grader.diagnosis.variant import code_with
from grader.editions import find_kata
from grader.stages import stage_of
from grader.suite import Failure, Rng, same_gradients
from grader.suite.oracle import reference_of
from grader.suite.yours_and_reference import Yours

KATA = find_kata(Path(__file__).parent)
REFERENCE = reference_of(KATA.solutions)
RNG = Rng(1, "test_suite_gradients")
WEIGHT, A, B = RNG.normal(5, 4), RNG.normal(2, 4), RNG.normal(5, 2)


def check(merge: Callable[..., Any]) -> None:
    code = code_with(reference_modules(KATA.solutions), stage_of(32), {"merge_lora": merge})
    same_gradients(Yours(code, REFERENCE).merge_lora, WEIGHT, A, B, 3.0, of=(1, 2))


def message(merge: Callable[..., Any]) -> str:
    with pytest.raises(Failure) as caught:
        check(merge)
    return str(caught.value)


def test_right_gradients_pass_whatever_the_value_is() -> None:
    check(REFERENCE.merge_lora)
    check(lambda weight, a, b, alpha: REFERENCE.merge_lora(weight, a, b, alpha) + 1.0)


def test_an_argument_that_no_gradient_reaches_is_named() -> None:
    def without_a(weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, alpha: float) -> Any:
        return weight + alpha / len(a) * (b @ a.detach())

    def without_b(weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, alpha: float) -> Any:
        return weight + alpha / len(a) * (b.detach() @ a)

    assert "no gradient reaches `a`" in message(without_a)
    assert "no gradient reaches `b`" in message(without_b)
    assert "no gradient reaches `a`" in message(lambda *args: REFERENCE.merge_lora(*args).detach())
    assert "merge_lora(weight: float32 [5, 4], a: float32 [2, 4]" in message(without_a)


def test_wrong_gradients_are_shown_as_values_are() -> None:
    def doubled(weight: torch.Tensor, a: torch.Tensor, b: torch.Tensor, alpha: float) -> Any:
        return weight + alpha * (b @ a)

    assert "the gradient of `a`: all 8 values are wrong" in message(doubled)


def test_a_result_that_is_no_tensor_has_no_gradient() -> None:
    assert "it returned no tensor" in message(lambda *args: None)
    assert "it returned no tensor" in message(lambda *args: REFERENCE.merge_lora(*args).tolist())


def test_the_tensors_of_a_dict_are_named_by_their_keys() -> None:
    def loss(batch: torch.Tensor, weights: dict[str, torch.Tensor], params: Any) -> Any:
        weights = {**weights, "norm.weight": weights["norm.weight"].detach()}
        return REFERENCE.batch_loss(batch, weights, params)

    params: dict[str, Any] = {
        "dim": 8,
        "n_layers": 1,
        "n_heads": 2,
        "n_kv_heads": 1,
        "vocab_size": 9,
    }
    params |= {"multiple_of": 4, "norm_eps": 1e-5, "rope_theta": 100.0}
    shapes = REFERENCE.expected_shapes(params)
    weights = {name: RNG.weight(*shape) if len(shape) > 1 else RNG.norm_weight(*shape)
               for name, shape in shapes.items()}  # fmt: skip
    code = code_with(reference_modules(KATA.solutions), stage_of(31), {"batch_loss": loss})
    with pytest.raises(Failure, match=r"reaches `weights\['norm.weight'\]`"):
        same_gradients(
            Yours(code, REFERENCE).batch_loss, RNG.tokens(6, 9).view(2, 3), weights, params, of=[1]
        )
