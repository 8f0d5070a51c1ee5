"""The prompt's token ids, and a model: the tiny one, or one layer of the 8B."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import ONE_LAYER, TOKENS, Model
from grader.compare.sizes import listed, tokens


def transformer(model: Model) -> Inputs:
    model = model.cut(**ONE_LAYER)
    sizes = listed(tokens(TOKENS), model.width, model.layers, model.vocabulary)
    return Inputs((model.tokens(), model.weights_under(), model.params), sizes)
