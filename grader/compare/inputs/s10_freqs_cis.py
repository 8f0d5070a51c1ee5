"""The width of a head, and the number of positions."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed
from grader.language import tr


def _heads(model: Model) -> str:
    return tr("heads of width {width}", width=model.head_dim)


def rope_frequencies(model: Model) -> Inputs:
    return Inputs((model.head_dim, model.params["rope_theta"]), _heads(model))


def precompute_freqs_cis(model: Model) -> Inputs:
    sizes = listed(tr("{count} positions", count=TOKENS), _heads(model))
    return Inputs((model.head_dim, TOKENS, model.params["rope_theta"]), sizes)
