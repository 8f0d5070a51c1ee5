"""The prompt's token ids, and a table of vectors."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import QUARTER, TOKENS, Model


def embed(model: Model) -> Inputs:
    model = model.cut(**QUARTER)
    table = model.weight("tok_embeddings.weight")
    sizes = f"{TOKENS} tokens, D = {model.dim:,}, {model.vocabulary}"
    return Inputs((model.tokens(), table), sizes)
