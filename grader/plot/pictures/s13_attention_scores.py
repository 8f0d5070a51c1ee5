"""The scores of a head before the mask."""

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from grader.plot import style
from grader.plot.heat import LOOKING, around_zero, draw_scale, heat
from grader.plot.model_walk import Walk


def draw(walk: Walk, layer: int = 1, head: int = 0) -> Figure:
    """Draw a head's score map, and the last token's scores as bars."""
    scores, pieces = walk.head(layer, head).scores, walk.pieces(walk.tokens)
    scale = around_zero(scores)
    figure = style.new_figure(
        5.15, f"Every query meets every key: the scores of layer {layer}, head {head}", LOOKING
    )
    axes = style.panel(figure, 1.0, 0.95, 2.95, 2.95)
    heat(axes, scores, scale)
    style.label_tokens(axes, pieces)
    last = len(pieces) - 1
    frame = Rectangle((-0.5, last - 0.5), len(pieces), 1, fill=False, color=style.INK, lw=1.2)
    axes.add_patch(frame).set(clip_on=False, zorder=5)  # above the map's own edge
    draw_scale(figure, 1.0, 4.75, 2.95, scale)

    bars = style.panel(figure, 5.2, 1.2, 3.1, 3.35)
    row = scores[last].tolist()
    bars.set_title("the framed row: the scores of the last token", x=-0.3)
    bars.barh(range(len(row)), row, color=[style.BLUE if one > 0 else style.RED for one in row])
    bars.axvline(0, color=style.GREY, lw=0.8)
    ends = (scale.low, scale.high)
    bars.set(ylim=(last + 0.6, -0.6), xlim=ends, xlabel="score, q · k / √d")
    style.label_tokens(bars, pieces, columns=False)
    bars.spines["left"].set_visible(False)
    bars.set_xticks([scale.low, 0, scale.high], scale.words)
    bars.tick_params(axis="x", bottom=True)
    return figure
