"""Boxes with words in them, for pictures of texts, formats and shapes."""

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from grader.plot import style

MONO = ["DejaVu Sans Mono", "Menlo", "Lucida Console", "monospace"]  # of equal width
LETTER = 0.602 / 72  # inches; width of a monospaced letter per point of its size
_SHARE = 0.3  # of the color in a tint, so that dark words stay readable on it


def canvas(figure: Figure) -> Axes:
    """Return axes that cover the whole figure, in inches from its top left corner."""
    axes = figure.add_axes((0, 0, 1, 1), zorder=-1)
    axes.set(xlim=(0, style.WIDTH), ylim=(figure.get_figheight(), 0))
    axes.axis("off")
    return axes


def tint(colour: str) -> str:
    """Return a color mixed with white, as hex."""
    red, green, blue = (1 - _SHARE * (1 - part) for part in to_rgb(colour))
    return to_hex((red, green, blue))


def box(
    axes: Axes,
    left: float,
    top: float,
    width: float,
    height: float,
    text: str,
    colour: str,
    size: float = style.BODY,
    mono: bool = True,
) -> None:
    """Draw a tinted box with words in its center; positions are in inches."""
    axes.add_patch(
        Rectangle((left, top), width, height, facecolor=tint(colour), edgecolor=colour, lw=0.8)
    )
    words(axes, left + width / 2, top + height / 2, text, size=size, mono=mono)


def words(
    axes: Axes,
    across: float,
    down: float,
    text: str,
    size: float = style.SMALL,
    mono: bool = False,
    align: str = "center",
    colour: str = style.INK,
    weight: str = "normal",
) -> None:
    """Write words, centered vertically `down` inches from the top."""
    axes.text(
        across,
        down,
        text,
        size=size,
        ha=align,
        va="center_baseline",
        color=colour,
        weight=weight,
        family=MONO if mono else None,
        linespacing=1.25,
    )
