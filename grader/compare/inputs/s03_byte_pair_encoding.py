"""A long run of letters to merge."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.compare.sample_text import EIGHT_B
from grader.compare.sizes import listed
from grader.language import tr

LONGEST_WORD, LONGEST_RUN = 30, 300  # letters in a word, and in scripts without spaces


def bpe_encode(model: Model) -> Inputs:
    text = model.text
    letters = "".join(filter(str.isalpha, text.prompt)).encode()
    chunk = letters[: LONGEST_RUN if model.size == EIGHT_B else LONGEST_WORD]
    sizes = listed(tr("a chunk of {count} letters", count=len(chunk)), text.vocabulary)
    return Inputs((chunk, text.ranks), sizes)
