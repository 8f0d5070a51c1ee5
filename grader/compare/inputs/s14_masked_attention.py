"""The number of tokens, and a query, a key and a value for each."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, one_head, tokens


def causal_mask(model: Model) -> Inputs:
    return Inputs((TOKENS,), tokens(TOKENS))


def masked_attention(model: Model) -> Inputs:
    heads = tuple(model.vectors(TOKENS, model.head_dim) for _ in range(3))
    return Inputs(heads, listed(tokens(TOKENS), one_head(model.head_dim)))
