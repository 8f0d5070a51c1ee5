"""The drawing of the whole model, from text to the next token, with the stages as its parts.

Every lesson shows it with its own stage marked and the stages before it shaded.
"""

import textwrap
from dataclasses import dataclass
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from grader.plot import style
from grader.plot.boxes import MONO, canvas, tint, words
from grader.stage import Stage
from grader.stages import STAGES, stage_of

_WIDTH, _HEIGHT = 5.4, 4.95  # inches; narrow, so that a phone hardly shrinks it
_BONUS_ROW, _BONUS_COLUMNS = 0.42, 4
_SIZE = 8.5  # points of a stage's name
_LETTER = 0.07  # inches, on average
_STREAM = 0.5  # inches from the left: where the tokens' vectors go down through the layers
_PROMPT, _ANSWER = '"... and everything is "', '"42"'


@dataclass(frozen=True)
class Place:
    """The place where a stage is drawn, in inches from the top left corner.

    A frame is a stage that is made of others. Its name is in its corner or at its left side.
    """

    number: int
    left: float
    top: float
    width: float
    height: float
    frame: str = ""  # "corner", "side", or none
    note: str = ""  # behind the name

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def right(self) -> float:
        return self.left + self.width


_CHAT = Place(6, 3.75, 0.12, 1.5, 0.34)
_TOKENIZER = Place(5, 0.15, 0.66, 5.1, 0.66, "side")
_EMBEDDING = Place(8, 0.25, 1.78, 1.7, 0.3)
_CHECKPOINT = Place(7, 3.65, 1.78, 1.5, 0.3)
_MODEL = Place(18, 0.15, 1.5, 5.1, 2.8, "corner")
_LAYER = Place(17, 0.25, 2.2, 4.9, 1.7, "corner", " (the 8B has 32 of them)")
_NORM_1 = Place(9, 0.75, 2.46, 0.56, 0.84)
_ATTENTION = Place(15, 1.4, 2.46, 3.68, 0.84, "corner")
_NORM_2 = Place(9, 0.75, 3.42, 0.56, 0.38)
_FEED_FORWARD = Place(16, 1.4, 3.42, 3.68, 0.38)
_LAST_NORM = Place(9, 0.25, 3.98, 1.7, 0.26)
_NEXT = Place(19, 0.25, 4.48, 1.7, 0.34)
_THE_ANSWER = Place(20, 2.25, 4.48, 1.1, 0.34)

# Frames come before what they hold.
_PLACES = (
    *(_CHAT, _TOKENIZER, _MODEL, _EMBEDDING, _CHECKPOINT, _LAYER),
    *(Place(number, 0.05 + number * 1.03, 0.73, 0.98, 0.52) for number in (1, 2, 3, 4)),
    *(_NORM_1, _ATTENTION),
    *(Place(n, 1.45 + i * 0.725, 2.68, 0.68, 0.56) for i, n in enumerate((12, 10, 11, 13, 14))),
    *(_NORM_2, _FEED_FORWARD, _LAST_NORM, _NEXT, _THE_ANSWER),
)


def draw_map(here: Stage | None = None) -> Figure:
    """Draw the model: with a stage marked as the one the reader is at, or evenly without one.

    Of the bonus stages it has all or, with a stage marked, those that have come up to there.
    """
    bonus = [one for one in STAGES if one.bonus and (not here or one.number <= here.number)]
    rows = ceil(len(bonus) / _BONUS_COLUMNS)
    figure = Figure(figsize=(_WIDTH, _HEIGHT + rows * _BONUS_ROW))
    axes = canvas(figure)
    axes.set_xlim(0, _WIDTH)
    for place in (*_PLACES, *map(_bonus_place, range(len(bonus)), bonus)):
        _draw_place(axes, place, here)
    if bonus:
        words(axes, 0.2, _HEIGHT + 0.17, "Beyond 42:", size=_SIZE, align="left")
    _draw_flow(axes)
    return figure


def _bonus_place(index: int, stage: Stage) -> Place:
    """Return the place of a bonus stage, in rows below the model."""
    row, column = divmod(index, _BONUS_COLUMNS)
    return Place(stage.number, 1.1 + column * 1.04, _HEIGHT + row * _BONUS_ROW, 0.98, 0.34)


def _draw_place(axes: Axes, place: Place, here: Stage | None) -> None:
    stage = stage_of(place.number)
    is_here = stage == here
    is_behind = here is None or stage.number < here.number
    face = style.ORANGE if is_here else tint(style.SKY) if is_behind else "white"
    if place.frame:
        face = "#FFF1D0" if is_here else "#F1F8FC" if is_behind else "none"
    edge = style.RED if is_here else style.BLUE if is_behind else style.GREY
    thick = 2.0 if is_here else 0.8
    corner, width, height = (place.left, place.top), place.width, place.height
    axes.add_patch(Rectangle(corner, width, height, facecolor=face, edgecolor=edge, lw=thick))
    _write_name(axes, place, stage, "bold" if is_here else "normal")


def _write_name(axes: Axes, place: Place, stage: Stage, weight: str) -> None:
    name = f"{stage.number} {stage.slug.replace('_', ' ')}{place.note}"
    left = place.left + 0.08
    if place.frame == "corner":
        left = max(left, _STREAM + 0.12)  # the arrow goes down on the left
        words(axes, left, place.top + 0.13, name, size=_SIZE, align="left", weight=weight)
        return
    width = 0.85 if place.frame else place.width
    lines = textwrap.wrap(name, int(width / _LETTER), break_long_words=False)
    across, align = (left, "left") if place.frame else (place.left + width / 2, "center")
    text = "\n".join(lines)
    words(axes, across, place.middle, text, size=_SIZE, align=align, weight=weight)


def _draw_flow(axes: Axes) -> None:
    """Draw the path of the text: to ids, to vectors, down the residual stream, and out again."""
    words(axes, 0.2, _CHAT.middle, _PROMPT, size=_SIZE, mono=True, align="left")
    _arrow(axes, (_STREAM, _CHAT.bottom), (_STREAM, _TOKENIZER.top))
    _arrow(axes, (_STREAM, _TOKENIZER.bottom), (_STREAM, _EMBEDDING.top))
    _arrow(axes, (_CHECKPOINT.left, _CHECKPOINT.middle), (_EMBEDDING.right, _EMBEDDING.middle))
    middle = (_CHECKPOINT.left + _EMBEDDING.right) / 2
    words(axes, middle, _CHECKPOINT.middle - 0.1, "weights", size=style.TINY, colour=style.GREY)
    _arrow(axes, (_STREAM, _EMBEDDING.bottom), (_STREAM, _LAST_NORM.top))
    for norm, half in ((_NORM_1, _ATTENTION), (_NORM_2, _FEED_FORWARD)):
        _arrow(axes, (_STREAM, norm.top + 0.12), (norm.left, norm.top + 0.12))
        _arrow(axes, (norm.right, norm.top + 0.12), (half.left, norm.top + 0.12))
        _add(axes, half)
    _arrow(axes, (_STREAM, _LAST_NORM.bottom), (_STREAM, _NEXT.top))
    _arrow(axes, (_NEXT.right, _NEXT.middle), (_THE_ANSWER.left, _NEXT.middle))
    words(axes, _THE_ANSWER.right + 0.3, _NEXT.middle, _ANSWER, size=_SIZE, mono=True)


def _add(axes: Axes, half: Place) -> None:
    """Draw how the result of half a layer is added to the residual stream, with a plus."""
    down = half.bottom + 0.06
    way = [half.left + 0.3, half.left + 0.3, _STREAM], [half.bottom, down, down]
    axes.plot(*way, color=style.GREY, lw=0.8)
    axes.add_patch(Circle((_STREAM, down), 0.06, facecolor="white", edgecolor=style.GREY, zorder=4))
    axes.text(_STREAM, down, "+", size=_SIZE, ha="center", va="center", family=MONO, zorder=5)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=7,
            color=style.GREY,
            lw=0.8,
            shrinkA=0,
            shrinkB=0,
            zorder=3,
        )
    )
