"""Logits for every token of a text, and the tokens that come next."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import TOKENS, Model
from grader.compare.sizes import listed, tokens


def cross_entropy(model: Model) -> Inputs:
    vocabulary = model.params["vocab_size"]
    logits = model.rng.normal(TOKENS, vocabulary, scale=2.5)
    sizes = listed(tokens(TOKENS), model.vocabulary)
    return Inputs((logits, model.rng.tokens(TOKENS, vocabulary)), sizes)
