"""The KV cache, compared with the one of Hugging Face's transformers on converted weights."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference
from grader.tests.test_oracle_huggingface import Pair, near, pair, transformers

__all__ = ["pair", "transformers"]  # fixtures

IN_CALLS = {
    "the prompt, then token by token": (5, 6, 7, 8),
    "pieces of several tokens": (3, 7, 9, 14),
    "more tokens than any head has columns": (40, 41, 60),
    "one call": (8,),
}


@pytest.mark.parametrize("ends", IN_CALLS.values(), ids=IN_CALLS)
def test_logits_keys_and_values_after_every_call(
    pair: Pair, reference: Reference, ends: tuple[int, ...]
) -> None:
    params, weights = pair.params, pair.weights
    tokens = Rng(0, "tokens").tokens(ends[-1], params["vocab_size"])
    begin, ours, theirs = 0, None, None
    for end in ends:
        new = tokens[begin:end]
        logits, ours = reference.cached_forward(new, weights, params, ours)
        with torch.no_grad():
            said = pair.model(new[None], past_key_values=theirs, use_cache=True)
        theirs, begin = said.past_key_values, end
        near(logits, said.logits[0, -1])
        for (keys, values), (their_keys, their_values) in zip(ours, layers_of(theirs), strict=True):
            near(halves(keys), their_keys[0])
            near(values, their_values[0])


def layers_of(cache: Any) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the keys and values of each layer, `[1, K, S + T, d]`, from a cache of any version."""
    if hasattr(cache, "layers"):
        return ((layer.keys, layer.values) for layer in cache.layers)
    return zip(cache.key_cache, cache.value_cache, strict=True)


def halves(keys: Tensor) -> Tensor:
    """Reorder the entries of keys: Meta pairs 2i and 2i + 1, Hugging Face i and i + d/2."""
    return torch.cat([keys[..., 0::2], keys[..., 1::2]], dim=-1)
