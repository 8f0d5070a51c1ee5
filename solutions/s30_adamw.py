"""Stage 30: one step of the optimizer that trained Llama 3.

Lesson: lessons/s30_adamw.md
"""

import math

import torch


def clip_gradients(gradients: dict[str, torch.Tensor], max_norm: float) -> dict[str, torch.Tensor]:
    """Shorten all gradients together if they are too long.

    Args:
        gradients: the gradient of every weight, by name, float32, of any shape. They are not
            modified.
        max_norm: the largest global norm allowed, above 0.

    Returns:
        the gradients under the same names. The global norm is the square root of the sum of the
        squares of all their numbers. If it is at most `max_norm`, the values are unchanged. If it
        is larger, every gradient is multiplied by the same number, so that the global norm becomes
        `max_norm`.

    Source: Pascanu et al. 2013, "On the difficulty of training recurrent neural networks", section
    3.2; PyTorch's `torch.nn.utils.clip_grad_norm_`.
    """
    squares = [gradient.square().sum() for gradient in gradients.values()]
    norm = torch.stack(squares).sum().sqrt()  # of all numbers together
    scale = torch.clamp(max_norm / norm, max=1.0)
    return {name: gradient * scale for name, gradient in gradients.items()}


def learning_rate(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Return the learning rate of one step: a linear warm-up, then half a cosine wave down.

    Args:
        step: the number of the step, counted from 1.
        warmup: how many steps the warm-up takes; 0 if there is none.
        total: how many steps the training takes, more than `warmup`.
        peak: the highest rate.
        floor: the last rate.

    Returns:
        up to step `warmup`, `peak` times `step / warmup`. After that, the rate falls along a
        cosine from `peak` to `floor`, which it reaches at step `total` and keeps from then on.

    Source: Loshchilov and Hutter 2017, "SGDR", equation 5; Llama 3's schedule is described in "The
    Llama 3 Herd of Models", section 3.4.1.
    """
    if step <= warmup:
        return peak * step / warmup
    if step >= total:
        return floor
    progress = (step - warmup) / (total - warmup)  # from 0 to 1
    return floor + (peak - floor) * (1 + math.cos(math.pi * progress)) / 2


def adamw_step(
    weight: torch.Tensor,
    gradient: torch.Tensor,
    mean: torch.Tensor,
    variance: torch.Tensor,
    step: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return a weight and its two running averages after one step.

    Args:
        weight: the weight, float32, of any shape. It is not modified, and neither are the other
            tensors.
        gradient: the gradient of the loss, in the shape of `weight`.
        mean: the running average of the gradients before this step, in the shape of `weight`; all
            zeros before the first step.
        variance: the running average of the squared gradients before this step, in the shape of
            `weight`; all zeros before the first step.
        step: the number of this step, counted from 1.
        lr: the learning rate of this step.
        beta1: how much of `mean` is kept, such as 0.9.
        beta2: how much of `variance` is kept, such as 0.95.
        eps: a small number that is added to the root of the corrected variance.
        weight_decay: how strongly the weight decays. Whatever the gradient is, the weight also
            loses the fraction `lr * weight_decay` of its value before the step.

    Returns:
        three new tensors: the weight, the mean and the variance after this step. The averages are
        returned without the bias correction.

    Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2;
    Kingma and Ba 2015, "Adam", algorithm 1; PyTorch's `torch.optim.AdamW` gives the same result.
    """
    mean = beta1 * mean + (1 - beta1) * gradient
    variance = beta2 * variance + (1 - beta2) * gradient.square()
    unbiased_mean = mean / (1 - beta1**step)
    unbiased_variance = variance / (1 - beta2**step)
    direction = unbiased_mean / (unbiased_variance.sqrt() + eps)
    decayed = weight * (1 - lr * weight_decay)
    return decayed - lr * direction, mean, variance
