"""The order in which errors are reported: type and shape, dtype, and so on to values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.calls.describe import describe
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.variant import code_with
from grader.editions import find_kata
from grader.stages import stage_of
from grader.suite import Failure, NotStarted, Rng, fails, runs_on_meta, same
from grader.suite.difference import Tolerance, tensor_difference, value_difference
from grader.suite.oracle import reference_of
from grader.suite.yours_and_reference import Yours

KATA = find_kata(Path(__file__).parent)
REFERENCE = reference_of(KATA.solutions)
STAGE = stage_of(9)
RNG = Rng(1, "test_suite_comparisons")
X, WEIGHT = RNG.normal(4, 6), RNG.norm_weight(6)


def yours(function: Callable[..., Any]) -> Any:
    student = code_with(reference_modules(KATA.solutions), STAGE, {"rms_norm": function})
    return Yours(student, REFERENCE).rms_norm


def message(function: Callable[..., Any], x: torch.Tensor = X) -> str:
    with pytest.raises(Failure) as caught:
        same(yours(function), REFERENCE.rms_norm, x, WEIGHT.to(x.dtype), 1e-5)
    return str(caught.value)


def spoil(x: torch.Tensor) -> None:
    x.mul_(2.0)


def test_the_first_thing_wrong_is_reported() -> None:
    right = REFERENCE.rms_norm

    def all_wrong(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        spoil(x)
        return (x * torch.nan).double()[:2]

    def all_but_shape(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        spoil(x)
        return (x * torch.nan).double()

    def not_finite(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        spoil(x)
        return x * torch.nan

    def changed(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        spoil(x)
        return x

    def values(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        return right(x, weight, eps) + 1.0

    assert "expected shape [4, 6], got [2, 6]" in message(all_wrong)
    assert "expected the dtype float32, got float64" in message(all_but_shape)
    assert "24 of 24 values are not finite" in message(not_finite)
    assert "it changed its argument `x` in place" in message(changed)
    assert "all 24 values are wrong" in message(values)
    assert all("rms_norm(x: float32 [4, 6]" in message(f) for f in (all_wrong, changed, values))


def test_half_precision_is_compared_with_float32() -> None:
    half = X.bfloat16()
    same(yours(REFERENCE.rms_norm), REFERENCE.rms_norm, half, WEIGHT.bfloat16(), 1e-5)
    assert "dtype bfloat16, got float32" in message(
        lambda x, w, eps: REFERENCE.rms_norm(x.float(), w.float(), eps), half
    )
    assert "values are wrong" in message(
        lambda x, w, eps: REFERENCE.rms_norm(x, w, eps) * 1.1, half
    )


def test_a_float32_result_of_half_precision_is_compared_as_float32() -> None:
    def in_float32(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        return REFERENCE.rms_norm(x.float(), weight.float(), eps)

    def rounded(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        return in_float32(x, weight, eps).to(x.dtype).float()

    args = X.bfloat16(), WEIGHT.bfloat16(), 1e-5
    same(yours(in_float32), REFERENCE.rms_norm, *args, in_float32=True)
    for wrong, words in (
        (REFERENCE.rms_norm, "expected the dtype float32, got bfloat16"),
        (rounded, "values are wrong"),  # by less than the tolerance of bfloat16
    ):
        with pytest.raises(Failure, match=words):
            same(yours(wrong), REFERENCE.rms_norm, *args, in_float32=True)
    same(yours(rounded), REFERENCE.rms_norm, *args, or_float32=True)


def test_a_stub_is_not_started_rather_than_failed() -> None:
    def stub(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        raise NotImplementedError("rms_norm is not written yet")

    def other(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        raise NotImplementedError("something in torch is not implemented for 'Half'")

    with pytest.raises(NotStarted):
        same(yours(stub), REFERENCE.rms_norm, X, WEIGHT, 1e-5)
    assert "raised NotImplementedError: something in torch" in message(other)


def test_an_error_must_have_the_right_class_and_message() -> None:
    def raises(error: Exception) -> Callable[..., Any]:
        def function(*args: Any) -> Any:
            raise error

        return function

    fails(yours(raises(ValueError("line 3 is odd"))), ValueError, "line 3", X, WEIGHT, 1e-5)
    for wrong in (raises(ValueError("line 4")), raises(KeyError("line 3")), lambda *args: X):
        with pytest.raises(Failure) as found:
            fails(yours(wrong), ValueError, "line 3", X, WEIGHT, 1e-5)
        said = str(found.value)
        assert said.startswith("it should raise a ValueError whose message names 'line 3', but it ")
        assert found.value.located is not None and found.value.located.relation
    assert "but it raised nothing and returned float32 [4, 6]\n" in said
    with pytest.raises(Failure, match="it should raise an error whose message names 'eps'"):
        fails(yours(lambda *args: X), Exception, "eps", X, WEIGHT, 1e-5)


def test_a_fixed_device_is_found_without_a_gpu() -> None:
    def fixed(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        return x * weight * torch.ones(6, device="cpu")

    runs_on_meta(yours(REFERENCE.rms_norm), REFERENCE.rms_norm, X, WEIGHT, 1e-5)
    with pytest.raises(Failure, match="default device"):
        runs_on_meta(yours(fixed), REFERENCE.rms_norm, X, WEIGHT, 1e-5)


def test_infinities_only_agree_with_themselves() -> None:
    tensor = torch.tensor([0.0, -torch.inf])
    assert tensor_difference(tensor, tensor) is None
    assert tensor_difference(-tensor, tensor) is not None
    assert tensor_difference(torch.tensor([0.0, -1e9]), tensor) is not None


def test_a_relative_tolerance_looks_at_the_whole() -> None:
    expected = torch.tensor([100.0, 0.0])
    whole = Tolerance(0.0, 0.0, relative=1e-2)
    assert tensor_difference(expected + 0.5, expected, whole) is None
    assert tensor_difference(expected + 1.5, expected, whole) is not None


def test_differences_in_lists_and_dicts_are_located() -> None:
    assert "first wrong at [1]: expected 2, got 3" in str(value_difference([1, 3], [1, 2]))
    assert "expected 2 items, got 1" in str(value_difference([1], [1, 2]))
    assert "the first is b'b'" in str(value_difference({b"a": 0}, {b"a": 0, b"b": 1}))
    assert "unexpected keys: 1" in str(value_difference({1: 0, 2: 0}, {1: 0}))
    assert value_difference({"a": (1, 2)}, {"a": (1, 2)}) is None


def test_the_temporary_folder_is_not_shown_on_windows_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", r"C:\Users\me\Temp")
    assert describe(r"C:\Users\me\Temp\a") == r"'/tmp\\a'"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": X, 1: 0.5}, "{'a': float32 [4, 6], 1: 0.5}"),
        ({"step": 0, "mean": {"a": X}}, "{'step': 0, 'mean': {'a': float32 [4, 6]}}"),
        ({"step": 0, "mean": dict.fromkeys("abcd", X)}, "{'step': 0, 'mean': dict of 4}"),
        ({"mean": dict.fromkeys(range(12), X)}, "{'mean': dict of 12}"),
        (dict.fromkeys(range(5), X), "dict of 5"),
        ({"eps": 1e-5, "norm": "x" * 80}, f"{{'eps': 1e-05, 'norm': '{'x' * 80}'}}"),
    ],
)
def test_a_dict_with_tensors_is_described_in_a_line(value: dict[str, Any], text: str) -> None:
    assert describe(value) == text


def test_values_are_examined_only_if_they_are_what_is_wrong() -> None:
    def caught(function: Callable[..., Any]) -> Failure:
        with pytest.raises(Failure) as found:
            same(yours(function), REFERENCE.rms_norm, X, WEIGHT, 1e-5)
        return found.value

    def changes(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
        result = REFERENCE.rms_norm(x, weight, eps)
        spoil(x)
        return result

    dtype = caught(lambda *args: REFERENCE.rms_norm(*args).double())
    assert dtype.wrong is None and dtype.located is not None
    assert dtype.located.relation == "expected the dtype float32, got float64"
    assert caught(changes).wrong is None
    shape = caught(lambda *args: REFERENCE.rms_norm(*args)[:2])
    assert shape.wrong is not None and shape.located is not None
    values = caught(lambda *args: REFERENCE.rms_norm(*args) + 1)
    assert values.wrong is not None and values.located is None
