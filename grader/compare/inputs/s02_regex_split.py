"""A text to split."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.compare.sizes import characters, listed
from grader.language import tr


def split_text(model: Model) -> Inputs:
    text = model.text.prompt
    chunks = len(model.reference.split_text(text))
    sizes = listed(characters(len(text)), tr("{count:,} chunks", count=chunks))
    return Inputs((text,), sizes)


PATTERN = split_text  # compared by the chunks that it finds in the same text
