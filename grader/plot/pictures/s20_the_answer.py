"""The prompt among its neighbors: one word changed, another answer."""

import json
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.boxes import LETTER, MONO, canvas, words
from grader.plot.model_walk import Walk

_SIZE = 8.5
_BARS = 6.55  # inches from the left


def draw(walk: Walk) -> Figure:
    """Draw what the model says after the prompt, and after prompts with one word changed."""
    text = (walk.folder.parent / "prompts.json").read_text(encoding="utf-8")
    others = [prompt for prompt, _ in json.loads(text)["contrasting"]]
    prompts = [walk.prompt, *one_word_changed(walk.prompt, others)]
    figure = style.new_figure(
        1.15 + 0.36 * len(prompts),
        "Change one word, and the answer changes",
        "Orange: the word that differs. Bars: the probability of the most likely next token.",
    )
    axes = canvas(figure)
    for row, prompt in enumerate(prompts):
        _draw_prompt(axes, walk, prompt, 1.0 + 0.36 * row)
    return figure


def one_word_changed(prompt: str, others: list[str]) -> list[str]:
    """Return, for every word of the prompt, the first of the others that changes it alone."""
    found: dict[int, str] = {}
    for other in others:
        pairs = zip(prompt.split(" "), other.split(" "), strict=False)
        changed = [index for index, (old, new) in enumerate(pairs) if old != new]
        if len(changed) == 1:
            found.setdefault(changed[0], other)
    return [found[index] for index in sorted(found)]


def _draw_prompt(axes: Axes, walk: Walk, prompt: str, down: float) -> None:
    run = walk.on(prompt)
    logits = run.logits(run.n_layers, len(run.tokens) - 1)
    share = float(torch.softmax(logits, dim=-1).max())
    (said,) = run.pieces([int(logits.argmax())])
    color = style.BLUE if prompt == walk.prompt else style.SKY
    _write_prompt(axes, walk.prompt.split(" "), prompt.split(" "), down)
    middle = down - 0.045
    words(axes, _BARS - 0.12, middle, said, style.BODY, True, "right", weight="bold")
    axes.barh(middle, 1.3 * share, left=_BARS, height=0.22, color=color)
    words(axes, _BARS + 1.3 * share + 0.06, middle, f"{100 * share:.1f} %", align="left")


def _write_prompt(axes: Axes, old: list[str], new: list[str], down: float) -> None:
    """Write a prompt and mark the word that differs from the old one."""
    letter = LETTER * _SIZE
    look: dict[str, Any] = {"size": _SIZE, "family": MONO}
    changed = next((index for index, word in enumerate(new) if word != old[index]), None)
    if changed is None:
        axes.text(0.2, down, " ".join(new), **look)
        return
    before, word, after = new[:changed], new[changed], new[changed + 1 :]
    start = 0.2 + len(" ".join([*before, ""])) * letter
    # The text before the word is right-aligned, so it meets the word in any font.
    axes.text(start - letter, down, " ".join(before), ha="right", **look)
    axes.text(start, down, word, color=style.RED, weight="bold", **look)
    axes.text(start + (len(word) + 1) * letter, down, " ".join(after), **look)
