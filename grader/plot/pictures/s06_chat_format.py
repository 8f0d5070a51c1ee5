"""A dialog as the Instruct models read it, message by message."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.boxes import LETTER, box, canvas, words
from grader.plot.model_walk import Walk, shown_piece

_DIALOG = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "What is 6 times 7?"},
]
_SIZE = 11.0


def draw(walk: Walk) -> Figure:
    """Draw the runs of special and ordinary tokens, one row per header, after begin-of-text."""
    tokens = walk.find("encode_chat")(walk.tokenizer, _DIALOG)
    rows = _rows(walk, tokens)
    figure = style.new_figure(
        1.15 + 0.75 * len(rows),
        f"A dialog becomes a single list, here of {len(tokens)} tokens",
        "Under each box: its number of tokens. ↵ is a line break, · a space.",
    )
    axes = canvas(figure)
    for row, runs in enumerate(rows):
        _draw_row(axes, runs, 0.85 + 0.75 * row)
    bottom = figure.get_figheight() - 0.2
    style.key(figure, 0.2, bottom, style.ORANGE, "special tokens")
    style.key(figure, 2.0, bottom, style.BLUE, "ordinary text, which never becomes special")
    return figure


def _rows(walk: Walk, tokens: list[int]) -> list[list[tuple[str, int, bool]]]:
    """Cut tokens into rows that begin with a header, and the rows into runs.

    A run is its text, its number of tokens, and whether it is a special token.
    """
    ordinary, pieces = len(walk.ranks), walk.find("token_pieces")
    rows: list[list[tuple[str, int, bool]]] = [[]]
    for token in tokens:
        (piece,) = pieces(walk.tokenizer, [token])
        is_special = token >= ordinary
        if piece == "<|start_header_id|>":
            rows.append([])
        if is_special or not rows[-1] or rows[-1][-1][2]:
            rows[-1].append((shown_piece(piece), 1, is_special))
        else:
            text, count, _ = rows[-1][-1]
            rows[-1][-1] = (text + shown_piece(piece), count + 1, False)
    return rows


def _draw_row(axes: Axes, runs: list[tuple[str, int, bool]], top: float) -> None:
    left = 0.2
    for text, count, is_special in runs:
        width = (len(text) + 1) * LETTER * _SIZE
        colour = style.ORANGE if is_special else style.BLUE
        box(axes, left, top, width, 0.36, text, colour, size=_SIZE)
        words(axes, left + width / 2, top + 0.48, str(count), size=style.TINY, colour=style.GREY)
        left += width + 0.06
