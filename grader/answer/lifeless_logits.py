"""Say where logits come from that are not finite, or all equal: no working model has such logits.

A damaged file is the usual reason. Code that divides by zero is another.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import torch

from grader.answer.mapped_pages import Pages
from grader.answer.open_checkpoint import Opened
from grader.calls.stage_modules import StageModules
from grader.language import tr
from grader.stages import stage_with


class LayerWatch:
    """Remembers after which layer the vectors first were not finite."""

    def __init__(
        self, modules: StageModules, blocks: Sequence[str] = ("transformer_block",)
    ) -> None:
        """Wrap the functions, wherever modules have imported them.

        Args:
            blocks: the functions that compute one layer, and have an argument `layer`, the third.
        """
        self.start()
        self._wrap(modules, "embed", lambda _args, _named: "tok_embeddings.")
        for name in blocks:
            self._wrap(modules, name, lambda args, named: f"layers.{_layer(args, named)}.")

    def start(self) -> None:
        """Forget what was found, for a new run."""
        self.first: str | None = None  # the beginning of the names of the weights used there

    def _wrap(self, modules: StageModules, name: str, prefix: Callable[..., str]) -> None:
        if stage_with(name).number not in modules.files:
            return
        module = modules.module(stage_with(name).number)
        function = getattr(module, name)

        @wraps(function)
        def watched(*args: Any, **named: Any) -> Any:
            result = function(*args, **named)
            x = result[0] if isinstance(result, tuple) else result
            if self.first is None and isinstance(x, torch.Tensor) and not _is_finite(x):
                self.first = prefix(args, named)
            return result

        for one in modules.loaded.values():
            for known, value in list(vars(one).items()):
                if value is function:
                    setattr(one, known, watched)


def what_is_wrong(
    hidden: torch.Tensor | None, logits: torch.Tensor, opened: Opened, watch: LayerWatch
) -> str:
    """Return what is wrong with the logits, and where it begins; '' if nothing is.

    Args:
        hidden: the vectors after the last norm, if they are at hand.
        logits: `[V]`.
    """
    if not _is_finite(logits):
        prefix = watch.first
        if prefix is None:
            prefix = "norm." if hidden is not None and not _is_finite(hidden) else "output."
        return tr(
            "The logits are not finite, and {where} is the first place where it shows: {why}.",
            where=_place(prefix, opened),
            why=_why_not_finite(prefix, opened),
        )
    if float(logits.min()) == float(logits.max()):
        return tr(
            "All logits are equal, so every token is as likely as any other: {why}.",
            why=_why_equal(opened),
        )
    return ""


def _why_not_finite(prefix: str, opened: Opened) -> str:
    if found := _first_weight(opened, prefix, lambda weight: not _is_finite(weight)):
        return tr(
            "the weight {weight} is not finite, so the file is damaged or incomplete: copy or "
            "download it again",
            weight=found,
        )
    return tr("its weights are finite, so the code computes them: `--trace` finds the function")


def _why_equal(opened: Opened) -> str:
    if found := _first_weight(opened, "", lambda weight: not bool(weight.any())):
        return tr(
            "{weight} is the first weight with only zeros, so the file is damaged or incomplete: "
            "copy or download it again",
            weight=found,
        )
    return tr("no weight is zero, so the code makes them equal: `--trace` finds the function")


def _is_finite(x: torch.Tensor) -> bool:
    return bool(torch.isfinite(x).all())


def _layer(args: Sequence[Any], named: dict[str, Any]) -> Any:
    return named["layer"] if "layer" in named else args[2]


def _place(prefix: str, opened: Opened) -> str:
    words = {
        "tok_embeddings.": tr("the embedding"),
        "norm.": tr("the last norm"),
        "output.": tr("the output matrix"),
    }
    if prefix in words:
        return words[prefix]
    layer = int(prefix.split(".")[1]) + 1
    return tr("layer {layer} of {count}", layer=layer, count=opened.params["n_layers"])


def _first_weight(
    opened: Opened, prefix: str, is_bad: Callable[[torch.Tensor], bool]
) -> str | None:
    """Return the first weight of some kind, among those whose name begins with `prefix`."""
    pages = Pages(opened.files)
    for name in opened.weights:
        if name.startswith(prefix):
            bad = is_bad(opened.mapped(name))
            pages.release(opened.mapped(name))
            if bad:
                return name
    return None
