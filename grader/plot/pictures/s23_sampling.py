"""The same logits at three temperatures, and which tokens top-p keeps."""

import torch
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.model_walk import Walk

_PROMPT = "the answer to the ultimate question of life, the universe, and"
_TEMPERATURES, _TOP_P = (0.5, 1.0, 2.0), 0.9
_SHOWN = 8  # tokens; the others are one bar


def draw(walk: Walk) -> Figure:
    """Draw the next token's probabilities where the tiny model has a choice."""
    walk = walk.on(_PROMPT)
    logits = walk.logits(walk.n_layers, len(walk.tokens) - 1)  # [V]
    best = logits.argsort(descending=True)  # [V]
    figure = style.new_figure(
        4.75,
        "Temperature spreads the probabilities, top-p cuts the tail",
        f"The most likely of {len(logits)} tokens after: {_PROMPT.replace(' ', '·')}",
    )
    probabilities = walk.find("next_token_probabilities")
    widest = max(max(_bars(probabilities(logits, t, 1.0)[best])) for t in _TEMPERATURES)
    names = [*walk.pieces(best[:_SHOWN].tolist()), f"{len(logits) - _SHOWN} others"]
    for column, temperature in enumerate(_TEMPERATURES):
        whole = probabilities(logits, temperature, 1.0)[best]  # [V]
        stays = probabilities(logits, temperature, _TOP_P)[best] > 0  # [V]
        axes = style.panel(figure, 1.2 + column * 2.45, 1.15, 1.8, 2.95)
        axes.set_title(f"temperature {temperature}: {int(stays.sum())} stay")
        kept, shares = _bars(whole * stays), _bars(whole)
        axes.barh(range(_SHOWN + 1), shares, color=style.PALE, height=0.75)
        axes.barh(range(_SHOWN + 1), kept, color=style.BLUE, height=0.75)
        axes.set(ylim=(_SHOWN + 0.6, -0.6), xlim=(0, widest), xticks=[])
        axes.set_yticks(range(_SHOWN + 1), names if column == 0 else [""] * (_SHOWN + 1))
        axes.tick_params(left=False)
        axes.spines["bottom"].set_visible(False)
        for row, share in enumerate(shares):
            words = f"{100 * share:.2f} %"
            axes.text(share + 0.03 * widest, row, words, va="center", size=style.TINY)
    style.key(figure, 1.2, 4.5, style.BLUE, f"stays with top_p = {_TOP_P}")
    style.key(figure, 3.65, 4.5, style.PALE, "is cut")
    return figure


def _bars(probabilities: torch.Tensor) -> list[float]:
    """Return the first ones, and the sum of the others."""
    return [*probabilities[:_SHOWN].tolist(), float(probabilities[_SHOWN:].sum())]
