"""The prompt's token ids, and a table of vectors."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import QUARTER, TOKENS, Model
from grader.compare.sizes import listed, tokens


def embed(model: Model) -> Inputs:
    model = model.cut(**QUARTER)
    table = model.weight("tok_embeddings.weight")
    sizes = listed(tokens(TOKENS), model.width, model.vocabulary)
    return Inputs((model.tokens(), table), sizes)
