"""One head's queries, keys and values for a whole prompt."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.compare.sample_text import EIGHT_B
from grader.compare.sizes import listed, one_head, tokens
from grader.language import tr


def attention_in_blocks(model: Model) -> Inputs:
    length = 1024 if model.size == EIGHT_B else 64
    block = length // 8
    q, k, v = (model.vectors(length, model.head_dim) for _ in range(3))
    blocks = tr("blocks of {count} keys", count=block)
    sizes = listed(tokens(length), one_head(model.head_dim), blocks)
    return Inputs((q, k, v, block), sizes)
