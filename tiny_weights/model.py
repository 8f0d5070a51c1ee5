"""Llama 3's forward pass over a batch, for training: a dict of tensors in, logits out."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Params = dict[str, Any]
Weights = dict[str, Tensor]


def ffn_width(params: Params) -> int:
    """Return the feed-forward width: 2/3 of 4 * dim, times the multiplier, rounded up."""
    width = int(8 * params["dim"] / 3)
    if (multiplier := params.get("ffn_dim_multiplier")) is not None:
        width = int(multiplier * width)
    multiple: int = params["multiple_of"]
    return multiple * math.ceil(width / multiple)


def shapes(params: Params) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor in the checkpoint, `[out, in]`, by Meta's names."""
    dim, vocab, width = params["dim"], params["vocab_size"], ffn_width(params)
    kv_dim = dim // params["n_heads"] * (params.get("n_kv_heads") or params["n_heads"])
    found: dict[str, tuple[int, ...]] = {"tok_embeddings.weight": (vocab, dim)}
    for layer in range(params["n_layers"]):
        found |= {
            f"layers.{layer}.attention.wq.weight": (dim, dim),
            f"layers.{layer}.attention.wk.weight": (kv_dim, dim),
            f"layers.{layer}.attention.wv.weight": (kv_dim, dim),
            f"layers.{layer}.attention.wo.weight": (dim, dim),
            f"layers.{layer}.feed_forward.w1.weight": (width, dim),
            f"layers.{layer}.feed_forward.w2.weight": (dim, width),
            f"layers.{layer}.feed_forward.w3.weight": (width, dim),
            f"layers.{layer}.attention_norm.weight": (dim,),
            f"layers.{layer}.ffn_norm.weight": (dim,),
        }
    return found | {"norm.weight": (dim,), "output.weight": (vocab, dim)}


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Divide each row by the root of its mean square, then scale each column."""
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


def angles(head_dim: int, length: int, theta: float) -> Tensor:
    """Return the angle of each pair at each position."""
    frequencies = theta ** (-torch.arange(0, head_dim, 2).float() / head_dim)  # [d/2]
    return torch.outer(torch.arange(length).float(), frequencies)  # [T, d/2]


def rotate(x: Tensor, turn: Tensor) -> Tensor:
    """Rotate each pair of neighboring columns by its angle."""
    real, imaginary = x.view(*x.shape[:-1], -1, 2).unbind(-1)  # [B, heads, T, d/2] each
    cos, sin = turn.cos(), turn.sin()
    turned = (real * cos - imaginary * sin, real * sin + imaginary * cos)
    return torch.stack(turned, dim=-1).flatten(-2)  # [B, heads, T, d]


def attention(x: Tensor, weights: Weights, prefix: str, turn: Tensor, params: Params) -> Tensor:
    """Return causal grouped-query attention."""
    head_dim = params["dim"] // params["n_heads"]
    q, k, v = (
        (x @ weights[f"{prefix}.{name}.weight"].T).view(*x.shape[:2], -1, head_dim).transpose(1, 2)
        for name in ("wq", "wk", "wv")
    )  # [B, heads, T, d] each
    group = q.shape[1] // k.shape[1]
    q, k = rotate(q, turn), rotate(k, turn)
    k, v = (t.repeat_interleave(group, dim=1) for t in (k, v))  # [B, H, T, d]
    future = torch.full((x.shape[1], x.shape[1]), -torch.inf).triu(1)  # [T, T]
    scores = q @ k.transpose(-1, -2) / math.sqrt(head_dim) + future  # [B, H, T, T]
    heads = scores.softmax(-1) @ v  # [B, H, T, d]
    return heads.transpose(1, 2).flatten(-2) @ weights[f"{prefix}.wo.weight"].T  # [B, T, D]


def feed_forward(x: Tensor, weights: Weights, prefix: str) -> Tensor:
    """Return the result of the SwiGLU feed-forward network."""
    w1, w2, w3 = (weights[f"{prefix}.{name}.weight"] for name in ("w1", "w2", "w3"))
    return (F.silu(x @ w1.T) * (x @ w3.T)) @ w2.T


def forward(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Return the logits at every position: `[B, T]` in, `[B, T, V]` out."""
    eps = params["norm_eps"]
    turn = angles(params["dim"] // params["n_heads"], tokens.shape[1], params["rope_theta"])
    x = F.embedding(tokens, weights["tok_embeddings.weight"])  # [B, T, D]
    for layer in range(params["n_layers"]):
        prefix = f"layers.{layer}"
        normed = rms_norm(x, weights[f"{prefix}.attention_norm.weight"], eps)
        x = x + attention(normed, weights, f"{prefix}.attention", turn, params)
        normed = rms_norm(x, weights[f"{prefix}.ffn_norm.weight"], eps)
        x = x + feed_forward(normed, weights, f"{prefix}.feed_forward")
    return rms_norm(x, weights["norm.weight"], eps) @ weights["output.weight"].T  # [B, T, V]
