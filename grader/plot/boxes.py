"""Boxes with words in them: pictures of texts, formats and shapes."""

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from grader.plot import style

MONO = ["DejaVu Sans Mono", "Menlo", "Lucida Console", "monospace"]  # equally wide
LETTER = 0.602 / 72  # inches of a monospaced letter, for each point of its size
_SHARE = 0.3  # of a color in a tint, so that dark words can stand on it


def canvas(figure: Figure) -> Axes:
    """Return axes over the whole figure, in inches from its top left corner."""
    axes = figure.add_axes((0, 0, 1, 1), zorder=-1)
    axes.set(xlim=(0, style.WIDTH), ylim=(figure.get_figheight(), 0))
    axes.axis("off")
    return axes


def tint(colour: str) -> str:
    """Thin a color with white."""
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
    """Draw a tinted box with words in its middle, in inches."""
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
    """Write words whose middle is `down` inches from the top."""
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
