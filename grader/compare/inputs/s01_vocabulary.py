"""A vocabulary file of each size."""

import base64

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.language import tr


def parse_vocabulary(model: Model) -> Inputs:
    ranks = model.text.ranks.args[0]
    lines = [base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items()]
    contents = b"".join(lines)
    sizes = tr("{lines:,} lines, {bytes:,} bytes", lines=len(lines), bytes=len(contents))
    return Inputs((contents,), sizes)
