"""A query and a key for each token."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model


def attention_scores(model: Model) -> Inputs:
    heads = tuple(model.vectors(TOKENS, model.head_dim) for _ in range(2))
    return Inputs(heads, f"{TOKENS} tokens, one head of width {model.head_dim}")
