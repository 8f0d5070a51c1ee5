"""The queries of all heads of a layer."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, tokens
from grader.language import tr


def rotate(model: Model) -> Inputs:
    queries = model.vectors(model.n_heads, TOKENS, model.head_dim)
    heads = tr(
        "the queries of {count} heads of width {width}", count=model.n_heads, width=model.head_dim
    )
    return Inputs((queries, model.freqs_cis()), listed(tokens(TOKENS), heads))
