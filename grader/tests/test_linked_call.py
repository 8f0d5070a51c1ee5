"""torch.vmap and torch.func across the wire: as if the earlier stage ran in the same process."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.calls.outcome import Raised
from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.tests.wire_channel import Block

X = torch.arange(12.0).reshape(3, 4) / 6 - 1
W = torch.linspace(0.5, 1.5, 4)

MAPPED = {
    "over the first argument": "torch.vmap(lambda row: rms_norm(row, w, 1e-5))(x)",
    "over columns": "torch.vmap(lambda c: rms_norm(c, w[:3], 1e-5), in_dims=1, out_dims=1)(x)",
    "over both": "torch.vmap(lambda a, b: rms_norm(a, b, 1e-5))(x, x + 2)",
    "over nothing it is given": "torch.vmap(lambda a: a * rms_norm(x[0], w, 1e-5))(x)",
    "twice": "torch.vmap(torch.vmap(lambda a: rms_norm(a, w[:2], 1e-5)))(x.view(3, 2, 2))",
    "in chunks": "torch.vmap(lambda row: rms_norm(row, w, 1e-5), chunk_size=2)(x)",
}
DIFFERENTIATED = {
    "grad": "torch.func.grad(lambda w: f(x, w))(w)",
    "grad of a dict": "torch.func.grad(lambda d: f(x, d['w']))({'w': w})['w']",
    "grad of mapped": "torch.func.grad(lambda w: torch.vmap(f, (0, None))(x, w).sum())(w)",
    "mapped grad": "torch.vmap(torch.func.grad(f, argnums=1), (0, None))(x, w)",
    "vjp": "torch.func.vjp(f, x, w)[1](torch.tensor(2.0))",
    "jacobian": "torch.func.jacrev(lambda w: rms_norm(x, w, 1e-5))(w)",
    "backward of a mapped function": "backward(torch.vmap(f, (0, None)))",
    "backward": "backward(lambda x, w: f(x, w)[None])",
}
HELPERS = """
def f(x, w): return rms_norm(3 * x, w, 1e-5).square().sum()
def backward(mapped):
    leaves = x.clone().requires_grad_(), w.clone().requires_grad_()
    mapped(*leaves).sum().backward()
    return leaves[0].grad, leaves[1].grad
"""


def here(kata: Kata, text: str) -> Any:
    """Return the value of an expression in this process."""
    norm = reference_modules(kata.solutions).find("rms_norm")
    space = {"torch": torch, "rms_norm": norm, "x": X, "w": W}
    exec(HELPERS, space)
    return eval(text, space)


@pytest.mark.parametrize("text", [*MAPPED.values(), *DIFFERENTIATED.values()])
def test_values_are_those_of_one_process(
    block: Callable[..., Block], kata: Kata, text: str
) -> None:
    body = f"w = weights\nglobals().update(x=x, w=w)\nexec({HELPERS!r}, globals())\nreturn {text}"
    came, expected = block(body).value(X, W), here(kata, text)
    torch.testing.assert_close(came, expected)


def test_rows_are_sent_one_by_one(block: Callable[..., Block]) -> None:
    shapes = []

    def norm(x: Any, weight: Any, eps: Any) -> Any:
        shapes.append((x.shape, weight["w"].shape))
        return {"twice": (2 * x, weight["w"].sum()), "count": torch.tensor(3)}

    body = """
        found = torch.vmap(lambda row: rms_norm(row, {"w": x}, 1.0))(x)
        return found["twice"][0], found["twice"][1], found["count"]
    """
    twice, total, count = block(body, norm).value(X)
    assert shapes == [((4,), (3, 4))] * 3
    assert torch.equal(twice, 2 * X) and count.tolist() == [3, 3, 3]
    torch.testing.assert_close(total, X.sum().expand(3))


def test_an_argument_without_gradient_has_none(block: Callable[..., Block]) -> None:
    body = """
        x, w = x.clone().requires_grad_(), weights.clone().requires_grad_()
        rms_norm(x, w, 1.0).sum().backward()
        return x.grad is None, w.grad is None
    """
    assert block(body, lambda x, weight, eps: 2 * x).value(X, W) == (False, True)
    unused = body.replace("rms_norm(x, w, 1.0).sum().backward()", "g = grad(rms_norm(x, w, 1.0))")
    unused = unused.replace("grad(", "torch.autograd.grad(").replace("1.0))", "1.0).sum(), [w])")
    outcome = block(unused, lambda x, weight, eps: 2 * x)(X, W)
    assert isinstance(outcome, Raised) and "not have been used in the graph" in outcome.message


def test_gradients_with_a_graph_require_gradients_but_have_none(
    block: Callable[..., Block],
) -> None:
    body = """
        x = x.clone().requires_grad_()
        (g,) = torch.autograd.grad(rms_norm(x, weights, 1e-5).sum(), [x], create_graph=True)
        if layer:
            g.sum().backward()
        return g.requires_grad
    """
    assert block(body).value(X, W, 0) is True
    outcome = block(body)(X, W, 1)
    assert isinstance(outcome, Raised) and "can't be differentiated again" in outcome.message


def test_errors_of_a_row_are_raised(block: Callable[..., Block]) -> None:
    body = "return torch.vmap(lambda row: rms_norm(row, weights[:3], 1e-5))(x)"
    outcome = block(body)(X, W)
    assert isinstance(outcome, Raised) and "must match the size" in outcome.message
