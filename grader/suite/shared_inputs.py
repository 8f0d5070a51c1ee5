"""Inputs that several suites share: a real vocabulary, its tokenizer, and small random models."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from grader.calls.recipe import Recipe, shared
from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

REFERENCES = 16  # how many of the latest results are cached


@lru_cache(maxsize=REFERENCES)
def trained_ranks(tiny_weights: Path, reference: Reference, n_tokens: int = 512) -> Recipe:
    """Return the first `n_tokens` of the tiny vocabulary, which was made by byte-pair training.
    Training that stops earlier gives the beginning of the same table, so any number from 256 up is
    realistic."""
    contents = (tiny_weights / "trained" / "tokenizer.model").read_bytes()
    ranks = reference.parse_vocabulary(contents)
    return shared({token: rank for token, rank in ranks.items() if rank < n_tokens})


@lru_cache(maxsize=REFERENCES)
def tokenizer_with(ranks: Recipe, reference: Reference) -> Recipe:
    """Return the recipe of a right tokenizer with these ranks, made where the code under test
    runs."""
    special = reference.special_token_ids(len(ranks.args[0]))
    return Recipe("tokenizer", (reference.constant("PATTERN"), ranks, special))


def small_params(**changes: Any) -> dict[str, Any]:
    """Return the params of a small model in which every number shows: no two that could be confused
    are equal, and query heads come in groups of three."""
    params: dict[str, Any] = {
        "dim": 48,
        "n_layers": 3,
        "n_heads": 6,
        "n_kv_heads": 2,
        "vocab_size": 40,
        "multiple_of": 10,
        "ffn_dim_multiplier": 0.6,
        "norm_eps": 1e-5,
        "rope_theta": 500000.0,
    }
    return {**params, **changes}


def random_weights(
    rng: Rng, reference: Reference, params: dict[str, Any], dtype: torch.dtype = torch.float32
) -> Recipe:
    """Draw a whole checkpoint as shared data: the weights under Meta's names, drawn in float32 and
    rounded to `dtype`; `params` are as in Meta's `params.json`."""
    weights = {}
    for name, shape in reference.expected_shapes(params).items():
        if "norm" in name:
            weights[name] = rng.norm_weight(*shape).to(dtype)
        elif name == "tok_embeddings.weight":
            weights[name] = rng.normal(*shape).to(dtype)
        else:
            weights[name] = rng.weight(*shape).to(dtype)
    return shared(weights)
