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
import regex  # noqa: F401 - the expressions use it
import tiktoken  # noqa: F401
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


TOKENIZER = tiktoken.Encoding("a", pat_str="b", mergeable_ranks={b"b": 0}, special_tokens={"c": 1})
WEIGHTS = {"norm.weight": X}
PARAMS = {"dim": 4096}


RAISES = [
    ('WEIGHTS["norm"]', "No weight has this name"),
    ('PARAMS["output.weight"]', "is it the dict of weights"),
    ("F.linear(X, X.T)", "transpose the weight themselves"),
    ("torch.ones(2)(0)", "square brackets"),
    ("1 + [2]", "a list with one number is `[n]`"),
    ('WEIGHTS["layers.0.wq"]', "layers.0.attention.wq.weight"),
    ('WEIGHTS["model.norm.weight"]', "Hugging Face's"),
    ('WEIGHTS["lm_head.weight"]', "output.weight"),
    ('PARAMS["n_kv_heads"]', "`params.get(...)`"),
    ('PARAMS["max_seq_len"]', "has no `max_seq_len`"),
    ('{b"a": 1}[b"<|im_start|>"]', "belongs to another model"),
    ('{b"a": 1}[b"a"[0]]', "the slice"),
    ('tiktoken.Encoding("a", "b", {}, {})', "given by name"),
    ('tiktoken.Encoding("a", pattern="b")', "no parameter called `pattern`"),
    ("exec('assert 1 > 2')", "`raise ValueError(...)`"),
    ("torch.linalg.band_part(X, -1, 0)", "`torch.tril`"),
    ('io.StringIO(b"a")', "`io.BytesIO`"),
    ('json.loads(b"IQ== 0")', "isn't JSON"),
    (
        'TOKENIZER.encode("c")',
        "`encode_ordinary`",
    ),
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
    ("X[X]", "must hold int64"),
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
    ("codecs.BOM", "`import codecs` at the top"),
    ("nn.SiLU()", "`nn` is a short name"),
    ('re.compile(r"\\p{L}")', "the module `regex`"),
    ("regex.compile('(?x)a| ?b')", "write `[ ]`"),
    ("tiktoken.Encoding('', pat_str='', mergeable_ranks={'a': 0}, special_tokens={})", "be bytes"),
    ("X.expand(4, 3)", "2 values can't fill 4 places"),
    ("X.__setitem__(0, torch.ones(4))", "4 values can't fill 3 places"),
    ("X.__setitem__(IDS, torch.ones(4, 3))", "another shape than the place"),
    ("torch.tensor([[1, 2], [3]])", "the same length"),
    ('torch.einsum("ij,jk->ik", X, X[0])', "a letter for each of its dimensions"),
    ('torch.einsum("ij,jk->ik", X, X)', "here j is 3 in one of them and 2 in another"),
    ('torch.einsum("ij,jk->ik", X)', "a group of letters for each"),
    ("X.permute(0, 1, 2)", "each dimension exactly once"),
    ("X.permute(0, 0)", "each dimension exactly once"),
    ("X.reshape(-1, -1)", "only once"),
    ("torch.dot(X, X)", "two vectors"),
    ("torch.mm(X, X[0])", "`mm` multiplies two matrices"),
    ("torch.bmm(X, X)", "`bmm` two tensors of three dimensions"),
    ("X[None].t()", "`transpose(-2, -1)`"),
    ("F.layer_norm(X, (4,))", "the sizes of the last dimensions"),
    ("X[0, 0, 0]", "more entries than the tensor has dimensions"),
    ("X.sum()[0]", "instead of one"),
    ("len(X.sum())", "instead of one"),
    ("X.sum().size(0)", "instead of one"),
    ("list(X.sum())", "instead of one"),
    ("torch.polar(X, X.double())", "the same floating-point dtype"),
    ("torch.complex(X, X.long())", "the same floating-point dtype"),
    ("torch.view_as_complex(torch.ones(3, 2).bfloat16())", "with `.float()` first"),
    ("torch.view_as_real(X)", "real numbers already"),
    ("X.bfloat16().numpy()", "NumPy has no bfloat16"),
    ("IDS.mean()", "floating-point numbers"),
    ("IDS.softmax(0)", "floating-point numbers"),
    ("torch.polar(X, X).max()", "no order"),
    ("X.masked_fill(X, 0)", "`.bool()` or a comparison"),
    ("torch.where(X, X, X)", "`.bool()` or a comparison"),
    ("F.embedding(X, X)", "must hold int64"),
    ('X["wq"]', "have no names"),
    ("F.cross_entropy(X, IDS.float())", "ids of the right classes"),
    ("F.cross_entropy(X, X.long())", "ids of the right classes"),
    ("range(X)", "in its `shape`"),
    ("F.silu(2.0)", "of type float, not a tensor"),
    ("torch.tanh([1.0])", "of type list, not a tensor"),
    ("torch.ones([2, 3.0])", "`//` an integer"),
    ("torch.full(3, 1.0)", "`(n,)`"),
    ("X.softmax()", "`softmax` must know along which dimension"),
    ("X @ 2", "by a number, it is `*`"),
    ('torch.tensor(["a"])', "not text"),
    ('X.astype("float32")', "`to` for `astype`"),
    ("torch.array([1])", "`tensor` for `array`"),
    ("X.view_as_complex()", "write `torch.view_as_complex(...)`"),
    ("X.silu()", "in `torch.nn.functional`"),
    ("torch.silu(X)", "in `torch.nn.functional`"),
    ("X.mean - 1", "`x.sum()` its result"),
    ("torch.sqrt(X.sum)", "`x.sum()` its result"),
    ('"a b".split[0]', "`x.sum()` its result"),
    ("X.float.sum()", "`x.sum()` its result"),
    ("raised_by + 1", "`x.sum()` its result"),
    ("dims * X", "Nothing here is called dims."),
    ('__import__("s05_tokenizer")', "`from exercises.s05_tokenizer import ...`"),
    ('__import__("tensorflow_of_old")', "what its stub imports"),
    ("list(3)", "`for i in range(n)`"),
    ('len("a")[0]', "an item of `bytes` is"),
    ('b"abc"[0].decode()', "an item of `bytes` is"),
    ("len(3)", "`for i in range(n)`"),
    ("(1,).append(2)", "A value of type tuple has no such method"),
    ("set().append(2)", "`add` to a set"),
    ("dict().dim_of_model", '`d["dim_of_model"]`'),
    ("exec('(1,)[0] = 2')", "of type tuple can't be changed"),
    ("exec('\"a\"[0] = 2')", "of type str can't be changed"),
    ("{[1]: 2}", "a `tuple` for a list"),
    ("[1] + (2,)", "joins a list only with another list"),
    ("[1.0] * 2.0", "repeats it"),
    ('X < "a"', "type Tensor and of type str have no order"),
    ("sum([[1], [2]])", "`sum(lists, [])`"),
    ('1 + "a"', "turn text into a number"),
    ('range("3")', "turn text into a number"),
    ("min([])", "to take the min of"),
    ("max({}, key=str)", "to take the max of"),
    ("next(iter([]))", "its second argument"),
    ('"abc".index("z")', "`in` tells beforehand"),
    ("[1].index(2)", "`in` tells beforehand"),
    ('b"".join([1])', "into a byte"),
    ('b"a" + 1', "into a byte"),
    ('"".join([1])', "turns a number into text"),
    ('"a" + 1', "turns a number into text"),
    ('b"a" in "a"', "don't mix"),
    ('str.encode(b"a")', "don't mix"),
    ('"".join([b"a"])', "don't mix"),
    ('ord("ab")', "one character"),
    ("bytes([300])", "from 0 to 255"),
    ('b"\\xe2\\x82".decode()', "join them before you decode"),
    ('base64.b64decode("IQ")', "base64 text alone"),
    ('int("IQ==")', "a text of digits"),
]


def raised_by(expression: str) -> Raised:
    with pytest.raises(Exception) as told:  # noqa: PT011 - any of them
        eval(expression)
    return replace(
        describe_error(told.value, frozenset()), where=f"  in s.py, line 1: {expression}"
    )


@pytest.mark.parametrize(("expression", "words"), RAISES)
def test_an_error_is_explained(expression: str, words: str) -> None:
    raised = raised_by(expression)
    assert words in advice_on(raised), raised


@pytest.mark.parametrize(
    "expression",
    ['json.loads("{")', '{}["a"]', "1 / 0", 'round("a")', "X & X", "torch.no_such_name"],
)
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


def test_without_a_line_of_code_there_is_no_advice_on_it() -> None:
    unhashable = raised_by("{[1]: 2}")
    assert advice_on(unhashable) and not advice_on(replace(unhashable, where=""))


def test_an_error_in_the_reference_is_about_an_argument() -> None:
    inside = "  in s06.py, line 9: header(1)\n  which calls header of the reference (s05.py)"
    raised = replace(raised_by("1 + dict()"), where=inside)
    assert advice_on(raised).startswith("header itself is right: is each of its arguments")
    raised = replace(raised_by("X @ X"), where=inside)
    assert "here they are 3 and 2" in advice_on(raised)


def test_an_assert_of_a_library_is_not_called_the_learners() -> None:
    line = "  in s10_freqs_cis.py, line 54: exponents = torch.arange(4, device='cuda')"
    assert advice_on(Raised("AssertionError", "Torch not compiled with CUDA enabled", line)) == ""
