"""The kata's prompt and a model that writes eight tokens, and a text in pieces of three bytes."""

from typing import Any

from grader.compare.inputs import Inputs
from grader.compare.inputs.s18_transformer import transformer
from grader.compare.sample_model import Model
from grader.language import tr

_WRITTEN, _GREEDY, _SEED = 8, (0.0, 1.0), 42


def generate(model: Model) -> Inputs:
    whole = transformer(model)
    tokens, weights, params = whole.args
    args: tuple[Any, ...] = (tokens.tolist(), weights, params, None, _WRITTEN, [], *_GREEDY, _SEED)
    sizes = tr("{count} new tokens after {read}", count=_WRITTEN, read=whole.sizes)
    return Inputs(args, sizes)


def stream_text(model: Model) -> Inputs:
    data = model.text.prompt.encode()
    pieces = [data[start : start + 3] for start in range(0, len(data), 3)]
    sizes = tr("{bytes:,} bytes in {pieces:,} pieces", bytes=len(data), pieces=len(pieces))
    return Inputs((pieces,), sizes)
