"""The merges of bytes into one token, as a tree: lowest rank first."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.boxes import LETTER, box, canvas, words
from grader.plot.model_walk import Walk

_CHUNK = b" everything"
_STEP, _LEAF = 0.36, 0.62  # inches: between merges, and between bytes


@dataclass
class Node:
    """A piece of the chunk and the two that it is merged from (none for a single byte)."""

    piece: bytes
    rank: int
    first: int  # the index of its first byte in the chunk
    parts: "tuple[Node, Node] | None" = None

    @property
    def middle(self) -> float:
        return self.first + (len(self.piece) - 1) / 2


def draw(walk: Walk) -> Figure:
    """Draw the merges of a word of the prompt."""
    root = tree(walk, _CHUNK, 0)
    merges = sorted(_merges(root), key=lambda node: node.rank)
    height = 1.75 + _STEP * len(merges)
    figure = style.new_figure(
        height,
        f"From {len(_CHUNK)} bytes to one token: {len(merges)} merges, lowest rank first",
        "Read from the bottom up. Each box is a merge: joined piece and rank. · is a space.",
    )
    axes = canvas(figure)
    heights = {id(node): height - 0.75 - _STEP * (step + 1) for step, node in enumerate(merges)}
    _draw_node(axes, root, heights, height - 0.75)
    for step, node in enumerate(merges):
        words(axes, 0.2, heights[id(node)], f"merge {step + 1}", align="left", colour=style.GREY)
    words(axes, 0.2, height - 0.3, "bytes", align="left", colour=style.GREY)
    return figure


def tree(walk: Walk, piece: bytes, first: int) -> Node:
    """Return a token with the two pieces it is merged from, found with only lower ranks."""
    rank = walk.ranks[piece]
    if len(piece) == 1:
        return Node(piece, rank, first)
    earlier = {token: number for token, number in walk.ranks.items() if number < rank}
    left, right = walk.find("bpe_encode")(piece, earlier)
    pieces = {number: token for token, number in earlier.items()}
    parts = tree(walk, pieces[left], first), tree(walk, pieces[right], first + len(pieces[left]))
    return Node(piece, rank, first, parts)


def _merges(node: Node) -> list[Node]:
    if node.parts is None:
        return []
    return [node, *_merges(node.parts[0]), *_merges(node.parts[1])]


def _draw_node(axes: Axes, node: Node, heights: dict[int, float], floor: float) -> None:
    across, down = _across(node), heights.get(id(node), floor + 0.25)
    shown = node.piece.decode().replace(" ", "·")
    if node.parts is None:
        box(axes, across - 0.17, floor + 0.27, 0.34, 0.34, shown, style.GREY, size=style.TITLE)
        return
    for part in node.parts:
        end = heights.get(id(part), floor + 0.44) - 0.15
        axes.plot([_across(part)] * 2, [down, end], color=style.BLUE, lw=1.2, zorder=0)
        axes.plot([across, _across(part)], [down, down], color=style.BLUE, lw=1.2, zorder=0)
        _draw_node(axes, part, heights, floor)
    text = f"{shown} {node.rank}"
    width = (len(text) + 1.2) * LETTER * style.SMALL
    box(axes, across - width / 2, down - 0.13, width, 0.26, text, style.BLUE, size=style.SMALL)


def _across(node: Node) -> float:
    return 1.35 + _LEAF * node.middle
