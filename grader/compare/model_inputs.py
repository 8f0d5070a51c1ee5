"""What the functions of stages 7 to 19 are called with, at either size."""

import json
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import torch

from grader.answer.answer import PROMPT
from grader.compare.case import EIGHT_B, Inputs
from grader.compare.sample_model import TOKENS, Model

QUARTER = {"vocab_size": 128256 // 4}
ONE_LAYER = {"n_layers": 1, "vocab_size": 768}  # the tokenizer's 768, that of the tiny model


def _ffn_hidden_dim(model: Model) -> Inputs:
    keys = ("dim", "multiple_of", "ffn_dim_multiplier")
    return Inputs(tuple(model.params[key] for key in keys), f"D = {model.dim:,}")


def _of_params(model: Model) -> Inputs:
    return Inputs((model.params,), f"D = {model.dim:,}, {model.layers}")


def _load_checkpoint(model: Model) -> Inputs:
    if model.size != EIGHT_B:
        return Inputs((str(model.tiny_weights / "trained"),), "the trained tiny model's folder")
    model = model.cut(**ONE_LAYER)
    shapes = model.reference.expected_shapes(model.params)
    size = torch.bfloat16.itemsize * sum(map(prod, shapes.values()))
    folder = model.folder / "one_layer"
    return Inputs(
        (str(folder),),
        f"a file of {size / 1e6:.0f} MB: {model.layers}, {model.vocabulary}, bfloat16",
        too_much="the weights are too large to send",
        prepare=lambda: _write_checkpoint(folder, model.params, shapes),
        on_disk=size,
    )


def _write_checkpoint(folder: Path, params: dict[str, Any], shapes: dict[str, Any]) -> None:
    folder.mkdir()
    (folder / "params.json").write_text(json.dumps(params), encoding="utf-8")
    # Zeros that nobody has written to take no memory.
    weights = {name: torch.zeros(shape, dtype=torch.bfloat16) for name, shape in shapes.items()}
    torch.save(weights, folder / "consolidated.00.pth")


def _embed(model: Model) -> Inputs:
    model = model.cut(**QUARTER)
    table = model.weight("tok_embeddings.weight")
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, {model.vocabulary}"
    return Inputs((model.tokens(), table), sizes)


def _rms_norm(model: Model) -> Inputs:
    weight = model.weight("layers.0.attention_norm.weight")
    sizes = f"{TOKENS} tokens, D = {model.dim:,}"
    return Inputs((model.vectors(), weight, model.params["norm_eps"]), sizes)


def _rope_frequencies(model: Model) -> Inputs:
    sizes = f"heads of width {model.head_dim}"
    return Inputs((model.head_dim, model.params["rope_theta"]), sizes)


def _precompute_freqs_cis(model: Model) -> Inputs:
    sizes = f"{TOKENS} positions, heads of width {model.head_dim}"
    return Inputs((model.head_dim, TOKENS, model.params["rope_theta"]), sizes)


def _rotate(model: Model) -> Inputs:
    queries = model.vectors(model.n_heads, TOKENS, model.head_dim)
    sizes = f"{TOKENS} tokens, the queries of {model.n_heads} heads of width {model.head_dim}"
    return Inputs((queries, model.freqs_cis()), sizes)


def _split_heads(model: Model) -> Inputs:
    wk = model.weight("layers.0.attention.wk.weight")
    sizes = f"wk, {model.n_kv_heads} heads of width {model.head_dim}, D = {model.dim:,}"
    return Inputs((wk, model.n_kv_heads), sizes)


def _project(model: Model) -> Inputs:
    head = model.rng.weight(model.head_dim, model.dim)
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, one head of width {model.head_dim}"
    return Inputs((model.vectors(), head), sizes)


def _one_head(model: Model, count: int) -> Inputs:
    """Give so many of query, key and value."""
    heads = tuple(model.vectors(TOKENS, model.head_dim) for _ in range(count))
    return Inputs(heads, f"{TOKENS} tokens, one head of width {model.head_dim}")


def _causal_mask(model: Model) -> Inputs:
    return Inputs((TOKENS,), f"{TOKENS} tokens")


def _kv_head_index(model: Model) -> Inputs:
    head = model.n_heads // 2 + 1
    sizes = f"query head {head} of {model.n_heads}, {model.n_kv_heads} key/value heads"
    return Inputs((head, model.n_heads, model.n_kv_heads), sizes)


def _attention(model: Model) -> Inputs:
    weights = [model.weight(f"layers.0.attention.{name}.weight") for name in ("wq", "wk", "wv")]
    wo = model.weight("layers.0.attention.wo.weight")
    heads = model.n_heads, model.n_kv_heads
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, {heads[0]} query and {heads[1]} key/value heads"
    return Inputs((model.vectors(), *weights, wo, model.freqs_cis(), *heads), sizes)


def _feed_forward(model: Model) -> Inputs:
    weights = [model.weight(f"layers.0.feed_forward.{name}.weight") for name in ("w1", "w2", "w3")]
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, F = {model.ffn_dim:,}"
    return Inputs((model.vectors(), *weights), sizes)


def _transformer_block(model: Model) -> Inputs:
    weights = model.weights_under("layers.0.")
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, F = {model.ffn_dim:,}"
    return Inputs((model.vectors(), weights, 0, model.freqs_cis(), model.params), sizes)


def _whole_model(model: Model) -> Inputs:
    model = model.cut(**ONE_LAYER)
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, {model.layers}, {model.vocabulary}"
    return Inputs((model.tokens(), model.weights_under(), model.params), sizes)


def _next_token_logits(model: Model) -> Inputs:
    model = model.cut(**QUARTER)
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, {model.vocabulary}"
    return Inputs((model.vectors(), model.weight("output.weight")), sizes)


def _complete(model: Model) -> Inputs:
    _, weights, params = (whole := _whole_model(model)).args
    args = (PROMPT, model.tokenizer(), weights, params)
    return Inputs(args, f"the kata's prompt, {whole.sizes}")


MODEL_INPUTS: dict[str, Callable[[Model], Inputs]] = {
    "ffn_hidden_dim": _ffn_hidden_dim,
    "expected_shapes": _of_params,
    "parameter_count": _of_params,
    "load_checkpoint": _load_checkpoint,
    "embed": _embed,
    "rms_norm": _rms_norm,
    "rope_frequencies": _rope_frequencies,
    "precompute_freqs_cis": _precompute_freqs_cis,
    "rotate": _rotate,
    "split_heads": _split_heads,
    "project": _project,
    "attention_scores": lambda model: _one_head(model, 2),
    "causal_mask": _causal_mask,
    "masked_attention": lambda model: _one_head(model, 3),
    "kv_head_index": _kv_head_index,
    "attention": _attention,
    "feed_forward": _feed_forward,
    "transformer_block": _transformer_block,
    "transformer": _whole_model,
    "next_token_logits": _next_token_logits,
    "predict_next_token": _whole_model,
    "complete": _complete,
}
