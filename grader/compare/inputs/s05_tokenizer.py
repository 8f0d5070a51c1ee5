"""A vocabulary to build a tokenizer from, and a text to encode."""

from grader.calls.recipe import Recipe
from grader.calls.requests import Callee
from grader.compare.inputs import Asked, Inputs
from grader.compare.sample_model import Model


def build_tokenizer(model: Model) -> Inputs:
    text = model.text
    built = Callee("build_tokenizer", "encode_ordinary", Recipe("build_tokenizer", (text.ranks,)))
    sizes = f"{text.vocabulary}, compared by the ids of the text of stage 2"
    return Inputs((text.ranks,), sizes, compared=Asked(built, (text.prompt,)))


def encode_prompt(model: Model) -> Inputs:
    text = model.text
    sizes = f"{len(text.prompt):,} characters, {text.vocabulary}"
    return Inputs((text.tokenizer, text.prompt), sizes)


def token_pieces(model: Model) -> Inputs:
    text = model.text
    tokens = model.reference.encode_prompt(text.tokenizer, text.prompt)
    return Inputs((text.tokenizer, tokens), f"{len(tokens):,} tokens, {text.vocabulary}")
