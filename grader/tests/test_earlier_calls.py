"""One call of an earlier stage across the wire: its arguments, results and errors."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.calls.outcome import Raised, Returned
from grader.calls.recipe import Recipe, shared
from grader.calls.request_writer import Callee
from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.stages import stage_of
from grader.tests.wire_channel import Block, code_across_the_wire

X = torch.arange(12.0).reshape(3, 4)


RESULTS: dict[str, Any] = {
    "a tuple of tensors": (X, X.long()),
    "a dict of lists": {"keys": [X, X.T], 7: (None, 2.5, "text", b"bytes")},
    "a list of pairs, as a cache is": [(X, X + 1), (X.half(), X.bfloat16())],
    "a transposed tensor": X.T,
    "a complex tensor": torch.polar(X, X),
    "no entries": torch.empty(0, 4),
    "a number": 2**70,
}


@pytest.mark.parametrize("shape", RESULTS)
def test_a_result_of_any_shape_arrives_unchanged(block: Callable[..., Block], shape: str) -> None:
    sent = RESULTS[shape]
    came = block("return rms_norm(x, x, 1e-5)", lambda x, weight, eps: sent).value(X)
    assert str(came) == str(sent)


def test_strides_are_kept_both_ways(block: Callable[..., Block]) -> None:
    body = "return [list(t.stride()) for t in rms_norm(x.T, x[:, ::2], x[0].expand(5, 4))]"
    run = block(body, lambda x, weight, eps: [x, weight, eps, x.T])
    assert run.value(X) == [[1, 4], [4, 2], [0, 1], [4, 1]]


def test_items_of_an_iterator_are_fetched_one_by_one(block: Callable[..., Block]) -> None:
    drawn = []

    def endless(x: Any, weight: Any, eps: Any) -> Iterator[Any]:
        for number in range(10**9):
            drawn.append(number)
            yield number, [x + number]

    body = """
        items = rms_norm(x, x, 1.0)
        first, (then, more) = next(items), next(items)
        return first, then, more[0], type(items).__name__
    """
    first, then, more, kind = block(body, endless).value(X)
    assert (first[0], then, drawn, kind) == (0, 1, [0, 1], "generator")
    assert torch.equal(more, X + 1)


def test_an_iterator_ends_and_fails_like_the_original(block: Callable[..., Block]) -> None:
    def three(x: Any, weight: Any, eps: Any) -> Iterator[int]:
        yield from range(3)
        if eps:
            raise IndexError("no fourth")

    run = block("return list(rms_norm(x, x, layer))", three)
    assert run.value(X, None, 0) == [0, 1, 2]
    outcome = run(X, None, 1)
    assert isinstance(outcome, Raised)
    assert (outcome.class_name, outcome.message) == ("IndexError", "no fourth")


def test_gradients_are_those_of_the_reference(block: Callable[..., Block], kata: Kata) -> None:
    body = """
        x = x.clone().requires_grad_()
        w = weights["w"].clone().requires_grad_()
        rms_norm(2 * x, w, 1e-5).square().sum().backward()
        return x.grad, w.grad
    """
    weights = {"w": torch.linspace(0.5, 1.5, 4)}
    came = block(body).value(X, weights)
    norm = reference_modules(kata.solutions).find("rms_norm")
    x, w = X.clone().requires_grad_(), weights["w"].clone().requires_grad_()
    norm(2 * x, w, 1e-5).square().sum().backward()
    assert x.grad is not None and torch.allclose(came[0], x.grad)
    assert w.grad is not None and torch.allclose(came[1], w.grad)


def test_gradients_through_dicts_tuples_and_what_needs_none(block: Callable[..., Block]) -> None:
    def both(x: Any, weight: Any, eps: Any) -> Any:
        return {"sum": x["a"] + weight[0][1], "index": x["a"].argmax(), "twice": (2 * x["a"],)}

    body = """
        a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
        found = rms_norm({"a": a}, [(1, b)], 0.0)
        assert not found["index"].requires_grad
        (found["sum"].sum() + 3 * found["twice"][0].sum()).backward()
        with torch.no_grad():
            assert not rms_norm({"a": a}, [(1, b)], 0.0)["sum"].requires_grad
        return a.grad, b.grad
    """
    a, b = block(body, both).value(X)
    assert torch.equal(a, torch.full_like(X, 7)) and torch.equal(b, torch.ones_like(X))


def test_meta_tensors_have_shapes_but_no_entries(block: Callable[..., Block]) -> None:
    body = "return rms_norm(torch.ones(100_000, 100_000), torch.ones(100_000), 1e-5)"
    came = block(body).value(X, device="meta")
    assert came.device.type == "meta" and came.shape == (100_000, 100_000)


def test_errors_are_raised_at_the_line_of_the_call(block: Callable[..., Block]) -> None:
    outcome = block("return rms_norm(x, x[:, :3], 1e-5)")(X)
    assert isinstance(outcome, Raised) and outcome.class_name == "RuntimeError"
    assert "must match the size of tensor b (3)" in outcome.message
    assert outcome.where.splitlines() == [
        "  in s17_transformer_block.py, line 4: return rms_norm(x, x[:, :3], 1e-5)",
        "  which calls rms_norm of the reference (s09_rms_norm.py)",
    ]
    assert outcome.values == "x: float32 [3, 4], x[:, :3]: float32 [3, 3]"


def test_a_panic_of_a_library_is_an_error_like_others(block: Callable[..., Block]) -> None:
    class Panic(BaseException):
        """Like the error that tiktoken raises on odd tables, which is not an Exception."""

    def norm(x: Any, weight: Any, eps: Any) -> None:
        raise Panic("of equal length")

    outcome = block("return rms_norm(x, x, 1e-5)", norm)(X)
    assert isinstance(outcome, Raised)
    assert (outcome.class_name, outcome.message) == ("RuntimeError", "of equal length")


def test_a_missing_argument_is_the_callers_mistake(block: Callable[..., Block]) -> None:
    outcome = block("return rms_norm(x, eps=1e-5)")(X)
    assert isinstance(outcome, Raised)
    assert outcome.message == "rms_norm() missing 1 required positional argument: 'weight'"
    assert "reference" not in outcome.where
    named = block("return rms_norm(eps=1e-5, weight=x[0], x=x)")
    assert named.value(X).shape == X.shape


def test_large_data_is_sent_by_number_the_second_time(block: Callable[..., Block]) -> None:
    seen: list[Any] = []
    weights = {"large": torch.zeros(500, 500), "small": X}
    run = block("return rms_norm(weights, x, 1.0)", lambda x, weight, eps: seen.extend(x.values()))
    assert run.value(X, shared(weights)) is None
    assert seen[0] is weights["large"]


@pytest.mark.parametrize(
    "change",
    ['weights["w"] = weights["w"] + 1', 'weights["w"].add_(1)', 'weights["w"].numpy()[:] += 1'],
)
def test_changes_that_code_makes_to_it_are_seen(block: Callable[..., Block], change: str) -> None:
    body = f"{change}\nreturn rms_norm(weights, x, 1.0)"
    run = block(body, lambda x, weight, eps: x["w"].clone())
    outcome = run(X, shared({"w": X.clone()}))
    assert isinstance(outcome, Returned) and outcome.changed == (1,)
    assert torch.equal(outcome.value, X + 1)
    again = run(X, shared({"w": X.clone()}))
    assert isinstance(again, Returned) and torch.equal(again.value, X + 1)


def test_what_code_keeps_stays_unchanged(block: Callable[..., Block]) -> None:
    body = """
        kept = globals().setdefault("KEPT", [x, rms_norm(x, x, 1e-5)])
        return kept
    """
    run = block(body, lambda x, weight, eps: 2 * x)
    for given in (X, X + 1, torch.zeros(100, 100)):
        x, twice = run.value(given)
        assert torch.equal(x, X) and torch.equal(twice, 2 * X)


def test_a_tokenizer_is_sent_back_and_forth(kata: Kata, tmp_path: Path) -> None:
    stage = stage_of(19)
    file = tmp_path / f"{stage.name}.py"
    file.write_text(
        "from exercises.s05_tokenizer import build_tokenizer, encode_prompt\n"
        "def complete(prompt, tokenizer, weights, params):\n"
        "    own = build_tokenizer(tokenizer._mergeable_ranks)\n"
        "    return encode_prompt(tokenizer, prompt), encode_prompt(own, prompt)\n"
        "def predict_next_token(*args): ...\n"
        "def next_token_logits(*args): ...\n"
    )
    modules = reference_modules(kata.solutions)
    ranks = {bytes([byte]): byte for byte in range(256)}
    special = modules.find("special_token_ids")(256)
    tokenizer = Recipe("tokenizer", (modules.find("PATTERN"), shared(ranks), special))
    code, _ = code_across_the_wire(stage, file, modules)
    with closing(code):
        (outcome,) = code.run(Callee("complete"), [("4 2", tokenizer, {}, {})])
    assert isinstance(outcome, Returned), outcome
    assert outcome.value == ([256, 52, 32, 50], [256, 52, 32, 50])


@pytest.mark.parametrize(
    ("body", "error", "naming"),
    [
        ("return rms_norm(x, x, lambda: 1)", "TypeError", "function"),
        ("from exercises.s17_transformer_block import x", "ImportError", "x"),
        ("from exercises.s18_transformer import transformer", "ImportError", "comes later"),
        ("from exercises.s07_checkpoint import load_checkpoint", "ImportError", "load_checkpoint"),
        ("from exercises.s02_regex_split import PATTERN", "ImportError", "PATTERN"),
        ("from exercises.s09_rms_norm import torch", "ImportError", "torch"),
    ],
)
def test_what_is_not_there(block: Callable[..., Block], body: str, error: str, naming: str) -> None:
    outcome = block(body)(X)
    assert isinstance(outcome, Raised)
    assert outcome.class_name == error and naming in outcome.message
