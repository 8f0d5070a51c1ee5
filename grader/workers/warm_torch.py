"""Prepare torch so that forked processes can use it immediately."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from types import ModuleType

import torch
import torch.nn.functional as F


@cache
def warm_torch() -> None:
    """Limit torch to one thread, and use what would otherwise cost time, or fail, after a fork.
    Forks of a process that has done this need not do it again."""
    torch.set_num_threads(1)  # a pool of threads does not survive a fork
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        _use(torch.ones(4, 4, dtype=dtype))
    with torch.device("meta"), _without_dynamo():
        _use(torch.ones(4, 4))


def freeze_garbage() -> None:
    """Keep the garbage collector off torch's heap, which every fork would have to copy."""
    gc.collect()
    gc.freeze()


@contextmanager
def _without_dynamo() -> Iterator[None]:
    """Keep the first use of the meta device from importing torch's compiler (over a second).

    Each of torch's meta kernels that is written in Python, when it is first called, tells the
    compiler to skip it. Nothing is compiled here, so a placeholder replaces the compiler during the
    first calls.
    """
    if "torch._dynamo" in sys.modules:
        yield
        return
    placeholder = ModuleType("torch._dynamo")
    placeholder.disable = lambda function, *_, **__: function  # type: ignore[attr-defined]
    sys.modules["torch._dynamo"] = torch._dynamo = placeholder
    try:
        yield
    finally:
        del sys.modules["torch._dynamo"], torch._dynamo


def _use(x: torch.Tensor) -> None:
    """Run the operations that stages use; some of them load more of torch the first time."""
    ids = torch.zeros(2, dtype=torch.int64)
    angles = torch.outer(torch.arange(4.0), 1.0 / 2.0 ** torch.arange(2.0))
    turned = torch.view_as_complex(x.float().reshape(4, 2, 2))
    turned = turned * torch.polar(torch.ones_like(angles), angles)
    torch.view_as_real(turned).flatten(-2)
    mask = torch.triu(torch.full((4, 4), float("-inf")), diagonal=1)
    heads = x.repeat_interleave(2, dim=0).reshape(2, 4, 4).transpose(0, 1)
    for operation in (
        lambda: (x + x - x) * x / 2.0 / x + -x + x // 2 + x % 2,
        lambda: x.mean(-1, keepdim=True) + x.sum(0) + x.std(-1) + x.var(-1),
        lambda: x.pow(2).rsqrt() + x.square().sqrt() + x**2 + x.abs().exp().log(),
        lambda: x.norm(dim=-1) + torch.linalg.vector_norm(x, dim=-1) + x.amax(-1),
        lambda: F.normalize(x, dim=-1) + x.clamp(0.0, 1.0) + torch.deg2rad(x),
        lambda: torch.softmax(x.float() + mask, dim=-1).to(x.dtype) @ x,
        lambda: x.masked_fill(mask.bool(), 0.0) + torch.where(mask < 0, x, x) + torch.tril(x),
        lambda: F.silu(x) + torch.sigmoid(x) + F.gelu(x) + torch.tanh(x) + F.relu(x),
        lambda: torch.maximum(x, x) + torch.minimum(x, x) + torch.logaddexp(x, x),
        lambda: x.logsumexp(-1) + x.log1p() + x.expm1() + x.log2() + x.log10(),
        lambda: x.ceil() + x.trunc() + x.sign() + x.isinf() + torch.logical_or(x, x),
        lambda: F.softplus(x) + F.logsigmoid(x),
        lambda: torch.cat([x, x], dim=-1).argmax() + torch.stack([x, x]).max(),
        lambda: torch.einsum("ij,kj->ik", x, x) + F.linear(x, x) + x.cos() + x.sin(),
        lambda: x[ids] + F.embedding(ids, x) + F.one_hot(ids, 4).to(x.dtype) @ x,
        lambda: F.rms_norm(x, (4,)) + F.layer_norm(x, (4,)),
        lambda: F.scaled_dot_product_attention(heads, heads, heads, is_causal=True),
        lambda: repr(x),  # for the meta device, this imports another part of torch
    ):
        with suppress(RuntimeError, NotImplementedError):  # not every operation has every dtype
            operation()
