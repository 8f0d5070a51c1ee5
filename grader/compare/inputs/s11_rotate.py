"""The queries of all heads of a layer."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model


def rotate(model: Model) -> Inputs:
    queries = model.vectors(model.n_heads, TOKENS, model.head_dim)
    sizes = f"{TOKENS} tokens, the queries of {model.n_heads} heads of width {model.head_dim}"
    return Inputs((queries, model.freqs_cis()), sizes)
