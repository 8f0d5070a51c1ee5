"""Texts cut by Llama 3's pattern, each chunk in the color of the branch that took it."""

import regex
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.boxes import LETTER, box, canvas, words
from grader.plot.model_walk import Walk

_TEXTS = ("It's 12345 points!", "def f(x):\n    return 42", "six\n\n  seven  times")
_BRANCHES = (
    (style.RED, "end of a contraction"),
    (style.BLUE, "letters"),
    (style.ORANGE, "one to three digits"),
    (style.GREEN, "punctuation"),
    (style.PURPLE, "line breaks"),
    (style.SKY, "whitespace before more, or at the end"),
    (style.GREY, "any other whitespace"),
)
_SIZE = 13.0


def draw(walk: Walk) -> Figure:
    """Cut three texts, and show which of the seven branches took each chunk."""
    split, pattern = walk.find("split_text"), walk.find("PATTERN")
    branches = [regex.compile(branch) for branch in top_level(pattern)]
    figure = style.new_figure(
        3.25,
        "Where the pattern cuts: each box is a chunk",
        "· is a space, ↵ a line break. The number is the branch that took the chunk.",
    )
    axes = canvas(figure)
    for row, text in enumerate(_TEXTS):
        _draw_chunks(axes, split(text), branches, 0.85 + 0.8 * row)
    for place, (colour, name) in enumerate(_BRANCHES):
        style.key(figure, 5.4, 1.0 + 0.31 * place, colour, f"{place + 1}  {name}")
    return figure


def top_level(pattern: str) -> list[str]:
    """Split a pattern at the bars outside of parentheses."""
    branches, depth = [""], 0
    for letter in pattern:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            branches.append("")
        else:
            branches[-1] += letter
    return branches


def _draw_chunks(axes: Axes, chunks: list[str], branches: list[regex.Pattern], top: float) -> None:
    text, start, left = "".join(chunks), 0, 0.2
    for chunk in chunks:
        taken = (one.match(text, start) for one in branches)
        branch = next(place for place, match in enumerate(taken) if match)
        shown = chunk.replace(" ", "·").replace("\n", "↵")
        width = (len(shown) + 0.9) * LETTER * _SIZE
        box(axes, left, top, width, 0.4, shown, _BRANCHES[branch][0], size=_SIZE)
        words(axes, left + width / 2, top + 0.52, str(branch + 1), size=style.TINY)
        start, left = start + len(chunk), left + width + 0.07
