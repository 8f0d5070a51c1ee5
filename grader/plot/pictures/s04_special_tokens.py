"""The line of ids: ordinary tokens first, the special ones right after them."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.boxes import box, canvas, words
from grader.plot.model_walk import Walk

_SHOWN = 11  # of the special tokens, beside the last one
_8B = 128000  # its ordinary tokens
_WIDE = 0.66  # inches from box to box


def draw(walk: Walk) -> Figure:
    """Draw where the special tokens' ids are, and the first of them by name."""
    special_token_ids = walk.find("special_token_ids")
    ordinary = len(walk.ranks)
    tiny, large = special_token_ids(ordinary), special_token_ids(_8B)
    figure = style.new_figure(
        3.35,
        "Special tokens come right after the ordinary ones",
        f"The ids of the tiny model: {ordinary} ordinary and {len(tiny)} special tokens. "
        "Below, in gray, the ids of the 8B.",
    )
    axes = canvas(figure)
    _draw_line(axes, ordinary, len(tiny))
    names = list(tiny)
    for place, name in enumerate([*names[:_SHOWN], names[-1]]):
        left = 0.2 + _WIDE * place + (0.3 if place == _SHOWN else 0)
        spare = "reserved" in name
        short = name[2:-2].replace("reserved_special_token_", "reserved\n")
        short = short.replace("_of_text", "\nof text").replace("_header_id", "\nheader\nid")
        colour = style.GREY if spare else style.ORANGE
        box(
            axes,
            left,
            1.95,
            _WIDE - 0.06,
            0.72,
            short.replace("eot_id", "eot\nid"),
            colour,
            size=style.TINY,
            mono=False,
        )
        middle = left + _WIDE / 2 - 0.03
        words(axes, middle, 2.85, str(tiny[name]), weight="bold")
        words(axes, middle, 3.1, str(large[name]), colour=style.GREY)
    words(axes, 0.2 + _WIDE * _SHOWN + 0.12, 2.3, "...", colour=style.GREY)
    return figure


def _draw_line(axes: Axes, ordinary: int, special: int) -> None:
    """Draw all ids as one bar to scale, with its end spread over the boxes below."""
    inch = 8.16 / (ordinary + special)
    edge = 0.2 + ordinary * inch
    box(
        axes,
        0.2,
        0.85,
        edge - 0.2,
        0.4,
        f"0 to {ordinary - 1}: pieces of text",
        style.BLUE,
        mono=False,
    )
    box(
        axes,
        edge,
        0.85,
        8.36 - edge,
        0.4,
        f"{ordinary} to {ordinary + special - 1}: special",
        style.ORANGE,
        mono=False,
    )
    for top, bottom in ((edge, 0.2), (8.36, 8.36)):
        axes.plot([top, bottom], [1.27, 1.93], color=style.GREY, lw=0.8, ls=":")
