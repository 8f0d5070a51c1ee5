"""Stage 25, compared with torch's own attention over the whole text at once, in float64, and with
the attention layer of Hugging Face's transformers."""

from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference
from grader.tests.test_oracle_huggingface import pairs_to_halves
from grader.tests.test_oracle_torch import (
    THETA,
    all_heads,
    close,
    exact_attention,
    heads_of,
    seeds,
    turned,
)

Layer = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]  # x, wq, wk, wv, wo

CUTS = ((13,), (1,) * 5, (6, 1, 1, 4), (1, 7, 5))  # a text in several calls
HALVES = ((torch.bfloat16, 1e-2), (torch.float16, 1.5e-3))


def layer_of(rng: Rng, length: int, n_heads: int, n_kv_heads: int, head_dim: int) -> Layer:
    """Return token vectors, and the four matrices of a layer."""
    dim, kv_dim = n_heads * head_dim, n_kv_heads * head_dim
    wq, wk, wv, wo = (rng.weight(rows, dim) for rows in (dim, kv_dim, kv_dim, dim))
    return rng.normal(length, dim), wq, wk, wv, wo


def in_calls(reference: Reference, layer: Layer, cut: tuple[int, ...], *heads: int) -> Any:
    """Return the outputs of all calls together, and the last cache."""
    x, *weights = layer
    freqs_cis = reference.precompute_freqs_cis(x.shape[1] // heads[0], len(x), THETA)
    outputs, past = [], None
    for new, turn in zip(x.split(cut), freqs_cis.split(cut), strict=True):
        out, past = reference.all_heads_attention(new, *weights, turn, *heads, past)
        outputs.append(out)
    return torch.cat(outputs), past


@seeds
@all_heads
@pytest.mark.parametrize("cut", CUTS)
def test_any_number_of_calls(
    reference: Reference,
    seed: int,
    cut: tuple[int, ...],
    n_heads: int,
    n_kv_heads: int,
    head_dim: int,
) -> None:
    layer = layer_of(Rng(seed, "all heads"), sum(cut), n_heads, n_kv_heads, head_dim)
    got, (keys, values) = in_calls(reference, layer, cut, n_heads, n_kv_heads)
    close(got, exact_attention(*layer, n_heads, n_kv_heads), atol=2e-6)
    x, _, wk, wv, _ = layer
    close(keys, turned(heads_of(x, wk, n_kv_heads), THETA), atol=2e-6)
    close(values, heads_of(x, wv, n_kv_heads))


@seeds
@pytest.mark.parametrize(("dtype", "limit"), HALVES)
@pytest.mark.parametrize("cut", CUTS)
def test_half_precision(
    reference: Reference, seed: int, dtype: torch.dtype, limit: float, cut: tuple[int, ...]
) -> None:
    whole = layer_of(Rng(seed, "half"), sum(cut), 6, 2, 10)
    x, wq, wk, wv, wo = (one.to(dtype) for one in whole)
    layer = x, wq, wk, wv, wo
    got, cache = in_calls(reference, layer, cut, 6, 2)
    assert {got.dtype, *(one.dtype for one in cache)} == {dtype}
    expected = exact_attention(*layer, 6, 2)
    assert float((got.double() - expected).norm() / expected.norm()) <= limit


@seeds
@all_heads
def test_the_layer_of_hugging_face(
    reference: Reference, seed: int, n_heads: int, n_kv_heads: int, head_dim: int
) -> None:
    """One more token after a cache, in the library's own attention layer and cache."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    llama = import_module("transformers.models.llama.modeling_llama")
    layer = layer_of(Rng(seed, "layer"), 9, n_heads, n_kv_heads, head_dim)
    x, wq, wk, wv, wo = layer
    config = transformers.LlamaConfig(
        hidden_size=x.shape[1],
        num_hidden_layers=1,
        num_attention_heads=n_heads,
        num_key_value_heads=n_kv_heads,
        rope_theta=THETA,
        attn_implementation="sdpa",
    )
    theirs, rotary = llama.LlamaAttention(config, 0).eval(), llama.LlamaRotaryEmbedding(config)
    halves = pairs_to_halves(wq, head_dim), pairs_to_halves(wk, head_dim)
    names = ("q_proj", "k_proj", "v_proj", "o_proj")
    state = zip(names, (*halves, wv, wo), strict=True)
    theirs.load_state_dict({f"{name}.weight": weight for name, weight in state}, strict=True)
    cache, outputs = transformers.DynamicCache(), []
    for start, end in ((0, 8), (8, 9)):
        angles = rotary(x[None], torch.arange(start, end)[None])
        with torch.no_grad():
            out, _ = theirs(x[None, start:end], angles, None, past_key_values=cache)
        outputs.append(out[0])
    got, _ = in_calls(reference, layer, (8, 1), n_heads, n_kv_heads)
    close(got, torch.cat(outputs), rtol=1e-4, atol=1e-5)
