"""The style that all pictures share: fonts, colors, and sizes in inches from the top left."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.text import Text

WIDTH = 8.6  # inches, for every picture: as wide as a page on GitHub

# Okabe and Ito's colors, which people with any kind of color vision can tell apart.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY = "#CC79A7", "#56B4E9"
INK, GREY, PALE, HIDDEN = "#1A1A1A", "#5F6368", "#D5D8DC", "#ECEDEF"

AMOUNT: Colormap = LinearSegmentedColormap.from_list("amount", ["#FFFFFF", SKY, BLUE, "#00263D"])
SIGNED: Colormap = LinearSegmentedColormap.from_list(
    "signed", ["#7A3300", RED, "#FFFFFF", BLUE, "#00263D"]
)

TITLE, BODY, SMALL, TINY = 13.0, 10.0, 9.0, 8.0  # points

_LOOK = {
    # Labels are in English for every reader: a font with Chinese characters can't be counted on.
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana"],  # Verdana has the same width
    "font.size": BODY,
    "text.color": INK,
    "text.hinting": "none",  # the same widths in PNG and SVG
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": SMALL,
    "axes.titlesize": BODY,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "savefig.facecolor": "white",  # readable on a dark page, too
    "savefig.dpi": 150,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "llama3-kata",  # the same picture always gives the same file
}


@contextmanager
def look() -> Iterator[None]:
    """Draw and save in the pictures' own style, regardless of the user's matplotlib settings."""
    with matplotlib.style.context(["default", _LOOK]):
        yield


def new_figure(height: float, title: str, note: str = "") -> Figure:
    """Return a new figure `height` inches high, with a title and a line below it."""
    figure = Figure(figsize=(WIDTH, height))
    write(figure, 0.2, 0.3, title, size=TITLE, weight="bold")
    if note:
        write(figure, 0.2, 0.57, note, size=SMALL, color=GREY)
    return figure


def write(figure: Figure, left: float, baseline: float, text: str, **look: object) -> Text:
    """Write text on a figure, at inches from its left and top."""
    height = figure.get_figheight()
    return figure.text(left / WIDTH, 1 - baseline / height, text, **look)  # type: ignore[arg-type]


def key(figure: Figure, left: float, baseline: float, colour: str, text: str) -> None:
    """Write a legend entry for a color, at inches from a figure's left and top."""
    write(figure, left, baseline, "■", color=colour, size=BODY)
    write(figure, left + 0.18, baseline, text, size=SMALL)


def panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Return new axes on a figure, at inches from its left and top."""
    tall = figure.get_figheight()
    return figure.add_axes((left / WIDTH, 1 - (top + height) / tall, width / WIDTH, height / tall))


def bare(axes: Axes) -> None:
    """Remove the frame and the ticks."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def label_tokens(
    axes: Axes, pieces: Sequence[str], rows: bool = True, columns: bool = True
) -> None:
    """Label the rows and columns of a map with token pieces."""
    axes.set(xticks=[], yticks=[])
    if columns:
        axes.set_xticks(range(len(pieces)), pieces, rotation=90, fontsize=TINY)
    if rows:
        axes.set_yticks(range(len(pieces)), pieces, fontsize=TINY)
    axes.tick_params(bottom=False, left=False, pad=4)


def save(figure: Figure, path: Path) -> None:
    """Write a picture to a file ending in `.png` or `.svg`; call it inside `look()`."""
    if path.suffix == ".svg":
        path.write_text(as_svg(figure), encoding="utf-8")
    else:
        figure.savefig(path)


def as_svg(figure: Figure) -> str:
    """Return a picture as SVG, always the same for the same picture; call it inside `look()`."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    # A hundredth of a point is invisible; rounding and removing indents halves the file.
    text = re.sub(r"<[^>]*>", lambda tag: _shortened(tag[0]), file.getvalue())
    return _number_ids(re.sub(r"\n +", "\n", text))


def _shortened(tag: str) -> str:
    rounded = re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", tag)
    return re.sub(r' transform="rotate\(-0 [^"]*"', "", rounded)


def _number_ids(text: str) -> str:
    """Rename an SVG's ids to a1, a2, ..., instead of hashes of their numbers."""
    ids = dict.fromkeys(re.findall(r'id="(\w*[0-9a-f]{10})"', text))
    short = {name: f"a{index}" for index, name in enumerate(ids)}
    return re.sub(r'(?<=[#"])\w*[0-9a-f]{10}(?=[")])', lambda name: short[name[0]], text)
