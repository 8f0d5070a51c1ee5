"""The number of tokens, and a query, a key and a value for each."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model


def causal_mask(model: Model) -> Inputs:
    return Inputs((TOKENS,), f"{TOKENS} tokens")


def masked_attention(model: Model) -> Inputs:
    heads = tuple(model.vectors(TOKENS, model.head_dim) for _ in range(3))
    return Inputs(heads, f"{TOKENS} tokens, one head of width {model.head_dim}")
