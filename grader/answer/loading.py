"""The weights as the model is given them: all at once on a device, or layer by layer."""

import torch

from grader.answer.layer_progress import LayerProgress
from grader.answer.mapped_pages import Pages
from grader.answer.memory_plan import Plan
from grader.answer.open_checkpoint import Opened
from grader.answer.weights import LayeredWeights


def weights_for(opened: Opened, plan: Plan, progress: LayerProgress) -> dict[str, torch.Tensor]:
    """Give a checkpoint's weights as a plan says, and show how far they are."""
    if not plan.resident:
        files = (opened.weights, opened.mapped, opened.files)
        return LayeredWeights(*files, plan.device, progress.entered)
    pages = Pages(opened.files)
    names = list(opened.weights)
    weights: dict[str, torch.Tensor] = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        if following is not None:
            pages.want(opened.mapped(following))
        weights[name] = opened.weights[name].to(plan.device)
        pages.give_back(opened.mapped(name))
        progress.loaded(weights[name].nbytes)
    return weights
