"""The number of ordinary tokens."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model


def special_token_ids(model: Model) -> Inputs:
    return Inputs((len(model.text.ranks.args[0]),), model.text.vocabulary)
