"""The most common errors are explained, as torch and Python raise them today."""

import base64
import io
import json
import math  # noqa: F401 - the expressions use it
import re
import sys
from dataclasses import replace
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F

from grader.calls.error_report import describe_error
from grader.calls.outcome import Raised
from grader.suite.error_advice import advice_on

X = torch.arange(6.0).reshape(2, 3)
IDS = torch.tensor([0, 1])
LEAF = X.clone().requires_grad_()
NOTHING = None
MODULES: tuple[ModuleType, ...] = (F, base64, json, re)  # used by the expressions below


def recursing() -> None:
    recursing()


def unbound() -> int:
    total += 1  # type: ignore[name-defined]  # noqa: F821
    return total  # type: ignore[name-defined]


def multiplied_in_place() -> None:
    weight = torch.ones(3, requires_grad=True)
    weight *= 2


def backward_of_loss_without_graph() -> None:
    with torch.no_grad():
        loss = LEAF.sum()
    loss.backward()


def asking() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO())
        input()


RAISES = [
    ("X @ X", "here they are 3 and 2"),
    ("torch.ones(2, 3, 4) @ torch.ones(2, 5, 4)", "second-to-last size of the second"),
    ("X @ torch.ones(2)", "second-to-last size of the second"),
    ("torch.ones(2) @ torch.ones(3)", "second-to-last size of the second"),
    ("X + torch.ones(2)", "here 3 meets 2"),
    ("X.view(4, 2)", "multiply to 6"),
    ("X.T.view(6)", "`reshape` copies"),
    ("X @ X.T.half()", "the same dtype"),
    ("F.linear(X, X.double())", "the same dtype"),
    ('X + torch.ones(3, device="meta")', "on the same device"),
    ("bool(X > 1)", "a single True or False"),
    ("X.item()", "single value"),
    ("float(X)", "single value"),
    ("torch.tensor([X, X])", "use `torch.stack`"),
    ("math.sqrt(X)", "`torch.sqrt`"),
    ("complex(X, X)", "`torch.complex`"),
    ("X.view(X.shape[0] / 2, -1)", "`//` an integer"),
    ("X ^ 2", "a power is `**`"),
    ("2.0 ^ 3", "a power is `**`"),
    ("j * X", "`1j`"),
    ("asking()", "nobody is there to type"),
    ("torch.maximum(X, X.max(dim=1))", "`amax` returns the values alone"),
    ("X - X.min(dim=1)", "`amin` returns the values alone"),
    ("X.max(dim=1).exp()", "`amax` returns the values alone"),
    ("X.gather(-1, IDS)", "as many dimensions"),
    ("torch.cat([X, X[0]])", "every dimension except `dim`"),
    ("torch.cat([X, X.T])", "every dimension except `dim`"),
    ("torch.stack([X, X.T])", "tensors of the same shape"),
    ("torch.view_as_complex(X)", "must be 2"),
    ("multiplied_in_place()", "create a new one instead"),
    ("X.sum().backward()", "compute the loss with these"),
    ("torch.autograd.grad(X.sum(), [X])", "compute the loss with these"),
    ("torch.autograd.grad(LEAF.sum(), [X])", "whose gradients you ask for don't"),
    ("backward_of_loss_without_graph()", "gradients are switched off"),
    ("torch.autograd.grad(LEAF.sum(), [X.clone().requires_grad_()])", "with other tensors than"),
    ("IDS.add_(0.5)", "which can't hold the result"),
    ("X.sum(2)", "`dim` can be -2 to 1"),
    ("X[2]", "the size minus 1"),
    ("F.embedding(torch.tensor([9]), X)", "the size minus 1"),
    ("[1][1]", "the size minus 1"),
    ("X[X]", "must hold integers"),
    ("X[1.0]", "`//` an integer"),
    ("[1][1.0]", "`//` an integer"),
    ("[1][1.0:]", "`//` an integer"),
    ("range(2.0)", "`//` an integer"),
    ("torch.sqrt(2.0)", "`math.sqrt`"),
    ("torch.cat(X)", "a list of tensors"),
    ("torch.stack([1.0])", "a list of tensors"),
    ("X.shape()", "without parentheses"),
    ("X(2)", "of type Tensor"),
    ("2(3)", "of type int"),
    ("NOTHING + 1", "return None"),
    ("NOTHING.shape", "return None"),
    ("NOTHING[0]", "return None"),
    ('b"a" + "b"', "don't mix"),
    ('"a" + b"b"', "don't mix"),
    ('bytes("a")', "don't mix"),
    ('b"".join(["a"])', "don't mix"),
    ('base64.decodebytes("QQ==")', "don't mix"),
    ('"a".decode()', "This is already str"),
    ('b"a".encode()', "This is already bytes"),
    ("[1].shape", "of type list"),
    ("[1] / 2", "turn this list into a tensor"),
    ("unbound()", "before it is used"),
    ("recursing()", "calls itself"),
    ("tiktoken.Encoding", "`import tiktoken` at the top"),
    ("nn.SiLU()", "`nn` is a short name"),
    ('re.compile(r"\\p{L}")', "the module `regex`"),
]


def raised_by(expression: str) -> Raised:
    with pytest.raises(Exception) as told:  # noqa: PT011 - any of them
        eval(expression)
    return describe_error(told.value, frozenset())


@pytest.mark.parametrize(("expression", "words"), RAISES)
def test_an_error_is_explained(expression: str, words: str) -> None:
    raised = raised_by(expression)
    assert words in advice_on(raised), raised


@pytest.mark.parametrize("expression", ['json.loads("{")', '{}["a"]', "1 / 0"])
def test_what_speaks_for_itself_is_left_alone(expression: str) -> None:
    assert advice_on(raised_by(expression)) == ""


def raised_in(line: str) -> Raised:
    return replace(raised_by("NOTHING * 2"), where=f"  in s31_training.py, line 9: {line}")


@pytest.mark.parametrize("line", ["w = w - lr * w.grad", "norm = (w.grad**2).sum()"])
def test_a_missing_gradient_is_explained(line: str) -> None:
    assert advice_on(raised_in(line)).startswith("`.grad` is None until")


@pytest.mark.parametrize(
    "line", ["grads = torch.autograd.grad(loss, nothing * 2)", "loss.grad_fn.next * 2"]
)
def test_what_only_looks_like_a_gradient_is_not(line: str) -> None:
    assert "return None" in advice_on(raised_in(line))


def test_only_the_last_line_can_be_about_a_gradient() -> None:
    above = raised_in("step(w.grad)").where
    raised = raised_in("return nothing * 2")
    raised = replace(raised, where=f"{above}\n{raised.where}\n  which calls f of the reference")
    assert "return None" in advice_on(raised)
