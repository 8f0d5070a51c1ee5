"""A text to split."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model


def split_text(model: Model) -> Inputs:
    text = model.text.prompt
    chunks = len(model.reference.split_text(text))
    return Inputs((text,), f"{len(text):,} characters, {chunks:,} chunks")


PATTERN = split_text  # compared by the chunks that it finds in the same text
