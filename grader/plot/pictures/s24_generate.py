"""A text step by step, from what the model reads to what is drawn; and bytes that become text."""

import random
from collections.abc import Iterator
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.boxes import box, canvas, words
from grader.plot.model_walk import Walk

_PROMPT = "the answer to the ultimate question of life, the universe, and"
_SEED, _STEPS, _TEMPERATURE, _TOP_P = 4, 5, 1.0, 1.0
_STREAMED = "4é€\N{GRINNING FACE}"
_LEFT, _STEP, _WIDTH, _HEIGHT = 1.35, 1.43, 1.25, 0.36


def draw(walk: Walk) -> Figure:
    """Draw the steps of one text, and when each character of another one comes."""
    walk = walk.on(_PROMPT)
    figure = style.new_figure(
        4.75,
        "Each step reads what is new and draws one token",
        f"The tiny model at temperature {_TEMPERATURE} with seed {_SEED}, after: "
        + _PROMPT.replace(" ", "·"),
    )
    axes = canvas(figure)
    _draw_steps(axes, walk)
    _draw_stream(axes, walk)
    return figure


def _draw_steps(axes: Axes, walk: Walk) -> None:
    """Draw one column per step; the last token drawn is a stop token."""
    settings: tuple[Any, ...] = (_STEPS, [], _TEMPERATURE, _TOP_P, _SEED)
    items = walk.find("generate")(walk.tokens, walk.weights, walk.params, None, *settings)
    coins = random.Random(_SEED)
    reads = f"{len(walk.tokens)} tokens"
    for top, row in ((1.1, "the model reads"), (1.6, "the cache covers"), (2.1, "draws")):
        words(axes, _LEFT - 0.1, top + _HEIGHT / 2, row, align="right")
    for step, (token, cache) in enumerate(items):
        left = _LEFT + step * _STEP
        (piece,) = walk.pieces([token])
        is_last = step == _STEPS - 1
        color = style.GREY if is_last else style.ORANGE
        box(axes, left, 1.1, _WIDTH, _HEIGHT, reads, style.ORANGE if step else style.BLUE)
        covered = f"{cache[0][0].shape[1]} tokens"
        box(axes, left, 1.6, _WIDTH, _HEIGHT, covered, style.GREEN, mono=False)
        box(axes, left, 2.1, _WIDTH, _HEIGHT, piece, color)
        note = f"coin {coins.random():.2f}" + (", a stop token" if is_last else "")
        words(axes, left + _WIDTH / 2, 2.62, note, size=style.TINY, colour=style.GREY)
        reads = piece


def _draw_stream(axes: Axes, walk: Walk) -> None:
    """Draw the bytes of a text, and below each the text that comes when it is read."""
    data, read = _STREAMED.encode(), 0

    def reading() -> Iterator[bytes]:
        nonlocal read
        for index in range(len(data)):
            read += 1
            yield data[index : index + 1]

    words(axes, 0.2, 3.1, "Bytes become text", align="left", weight="bold", size=style.BODY)
    words(axes, _LEFT - 0.1, 3.55, "bytes read", align="right")
    words(axes, _LEFT - 0.1, 4.15, "text that comes", align="right")
    for index, byte in enumerate(data):
        box(axes, _LEFT + 0.7 * index, 3.37, 0.62, _HEIGHT, f"{byte:02x}", style.SKY)
    begin = 0
    for text in walk.find("stream_text")(reading()):
        left, right = _LEFT + 0.7 * begin, _LEFT + 0.7 * read - 0.08
        box(axes, left, 3.97, right - left, _HEIGHT, text, style.PURPLE, size=12, mono=False)
        begin = read
