"""Small matrices to scale beside a weight, and a fact taught with one row and one column."""

import json
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from grader import llama3_8b
from grader.plot import style
from grader.plot.model_walk import Walk

_OLD, _NEW = "42", "43"
_RANK = 8
_LARGEST_ALPHA = 40
_GAP = 0.06  # between the matrices, as a share of the weight's side


def draw(walk: Walk) -> Figure:
    """Draw the sizes of wq, a and b in the 8B, and what a change of rank 1 does as it grows."""
    figure = style.new_figure(
        4.75,
        f"One row and one column turn {_OLD} into {_NEW}",
        "Left: wq of the 8B with small matrices, to scale. Right: the tiny model's output matrix, "
        "changed with rank 1.",
    )
    sizes = style.panel(figure, 0.2, 1.35, 3.0, 2.85)
    _draw_sizes(sizes)
    curves = style.panel(figure, 4.0, 1.35, 4.3, 2.55)
    _draw_curves(curves, walk)
    style.key(figure, 4.0, 4.5, style.ORANGE, f"probability of {_OLD}")
    style.key(figure, 5.6, 4.5, style.BLUE, f"of {_NEW}")
    style.key(figure, 6.3, 4.5, style.GREEN, "other answers that stay")
    return figure


def _draw_sizes(axes: Axes) -> None:
    """Draw three matrices, one unit for the side of wq."""
    side = llama3_8b.PARAMS["dim"]
    thin = _RANK / side
    axes.set_title(f"wq, a and b of rank {_RANK}")
    axes.add_patch(Rectangle((0, 0), 1, 1, color=style.PALE, lw=0))
    axes.add_patch(Rectangle((0, 1 + _GAP), 1, thin, color=style.BLUE, lw=0))
    axes.add_patch(Rectangle((-_GAP - thin, 0), thin, 1, color=style.BLUE, lw=0))
    words: dict[str, Any] = {"ha": "center", "va": "center", "size": style.SMALL}
    axes.text(0.5, 0.53, f"wq\n{side:,} × {side:,}\n{side * side:,} numbers", **words)
    axes.text(0.5, 1 + 2 * _GAP, f"a: {_RANK * side:,} numbers", **words)
    axes.text(-2 * _GAP, 0.5, f"b: {_RANK * side:,} numbers", rotation=90, **words)
    axes.set(xlim=(-0.2, 1.02), ylim=(-0.02, 1.2), aspect="equal")
    style.bare(axes)


def _draw_curves(axes: Axes, walk: Walk) -> None:
    """Draw probabilities after the prompt, and how many other answers stay, by alpha."""
    weight = walk.weight("output")  # [V, D]
    hidden = _last_vector(walk)  # [D]
    others = torch.stack([_last_vector(walk.on(prompt)) for prompt in _other_prompts(walk)])
    before = (others @ weight.T).argmax(-1)
    old, new = (walk.find("encode_prompt")(walk.tokenizer, text)[-1] for text in (_OLD, _NEW))
    a = (hidden / hidden.square().sum())[None]  # [1, D]: gives 1 for the prompt's last vector
    b = torch.zeros(len(weight), 1)  # [V, 1]
    b[new], b[old] = 1.0, -1.0
    rows = []
    alphas = range(_LARGEST_ALPHA + 1)
    for alpha in alphas:
        merged = walk.find("merge_lora")(weight, a, b, float(alpha))
        probabilities = (merged @ hidden).softmax(-1)
        same = ((others @ merged.T).argmax(-1) == before).float().mean()
        rows.append([float(probabilities[old]), float(probabilities[new]), float(same)])
    for values, colour in zip(
        zip(*rows, strict=True), (style.ORANGE, style.BLUE, style.GREEN), strict=True
    ):
        axes.plot(alphas, values, color=colour, lw=2.2)
    axes.set(xlim=(0, _LARGEST_ALPHA), ylim=(0, 1.04), xlabel="alpha")
    axes.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    axes.set_title(f"the prompt's answer, and those of {len(others)} others")


def _last_vector(walk: Walk) -> torch.Tensor:
    """Return the vector that the output matrix turns into the next token's logits, `[D]`."""
    after = walk.before(walk.n_layers)[-1:]
    return walk.normed(after, walk.weight("norm"))[0]


def _other_prompts(walk: Walk) -> list[str]:
    """Return prompts that differ from the kata's in one word or in the order."""
    text = (walk.folder.parent / "prompts.json").read_text(encoding="utf-8")
    return [prompt for prompt, _ in json.loads(text)["contrasting"]]
