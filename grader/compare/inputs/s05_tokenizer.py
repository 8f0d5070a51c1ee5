"""A vocabulary to build a tokenizer from, and a text to encode."""

from grader.calls.recipe import Recipe
from grader.calls.request_writer import Callee
from grader.compare.inputs import Asked, Inputs
from grader.compare.sample_model import Model
from grader.compare.sizes import characters, listed, tokens
from grader.language import tr


def build_tokenizer(model: Model) -> Inputs:
    text = model.text
    built = Callee("build_tokenizer", "encode_ordinary", Recipe("build_tokenizer", (text.ranks,)))
    sizes = listed(text.vocabulary, tr("compared by the ids of the text of stage 2"))
    return Inputs((text.ranks,), sizes, compared=Asked(built, (text.prompt,)))


def encode_prompt(model: Model) -> Inputs:
    text = model.text
    sizes = listed(characters(len(text.prompt)), text.vocabulary)
    return Inputs((text.tokenizer, text.prompt), sizes)


def token_pieces(model: Model) -> Inputs:
    text = model.text
    ids = model.reference.encode_prompt(text.tokenizer, text.prompt)
    return Inputs((text.tokenizer, ids), listed(tokens(len(ids)), text.vocabulary))
