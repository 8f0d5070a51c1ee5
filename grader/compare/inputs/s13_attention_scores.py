"""A query and a key for each token."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, one_head, tokens


def attention_scores(model: Model) -> Inputs:
    heads = tuple(model.vectors(TOKENS, model.head_dim) for _ in range(2))
    return Inputs(heads, listed(tokens(TOKENS), one_head(model.head_dim)))
