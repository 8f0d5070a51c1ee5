"""One line of the vocabulary file, from base64 to bytes."""

import base64

from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.boxes import box, canvas, words
from grader.plot.model_walk import Walk

_TOKEN = b"42"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BIT, _LEFT = 0.27, 2.0  # inches: the width of a bit, and where they begin
_COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.GREY)


def draw(walk: Walk) -> Figure:
    """Draw the parts of the line of `42`."""
    rank = walk.ranks[_TOKEN]
    code = base64.b64encode(_TOKEN).decode()
    figure = style.new_figure(
        3.5,
        f"One line of tokenizer.model: {code} {rank}",
        "Each base64 letter carries six bits. In groups of eight, the same bits are bytes.",
    )
    axes = canvas(figure)
    for down, name in enumerate(["base64 letters", "their values", "6 bits each", "8 bits each"]):
        words(axes, 0.2, 1.05 + 0.5 * down, name, align="left")
    words(axes, 0.2, 3.05, "the token", align="left")
    for place, letter in enumerate(code):
        colour, left = _COLOURS[place], _LEFT + 6 * _BIT * place
        width = 6 * _BIT - 0.06
        box(axes, left, 0.85, width, 0.38, letter, colour, size=style.TITLE)
        if letter == "=":
            words(axes, left + width / 2, 1.55, "padding", colour=style.GREY)
            continue
        number = _LETTERS.index(letter)
        words(axes, left + width / 2, 1.55, str(number), size=style.BODY)
        for bit, digit in enumerate(f"{number:06b}"):
            middle = left + (bit + 0.5) * _BIT - 0.03
            words(axes, middle, 2.05, digit, mono=True, size=style.BODY, colour=colour)
    for place, byte in enumerate(_TOKEN):
        left, width = _LEFT + 8 * _BIT * place, 8 * _BIT - 0.06
        box(axes, left, 2.36, width, 0.38, f"{byte:08b} = {byte}", style.SKY)
        box(axes, left, 2.86, width, 0.38, chr(byte), style.SKY, size=style.TITLE)
    rest = _LEFT + 8 * _BIT * len(_TOKEN)
    words(
        axes, rest + 0.1, 2.55, "2 bits are left over and dropped", align="left", colour=style.GREY
    )
    words(
        axes, rest + 0.1, 3.05, f"the table gets  {_TOKEN!r}: {rank}", align="left", weight="bold"
    )
    return figure
