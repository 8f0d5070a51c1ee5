"""The width of a head, and the number of positions."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model


def rope_frequencies(model: Model) -> Inputs:
    sizes = f"heads of width {model.head_dim}"
    return Inputs((model.head_dim, model.params["rope_theta"]), sizes)


def precompute_freqs_cis(model: Model) -> Inputs:
    sizes = f"{TOKENS} positions, heads of width {model.head_dim}"
    return Inputs((model.head_dim, TOKENS, model.params["rope_theta"]), sizes)
