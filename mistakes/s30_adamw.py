"""The ways that stage 30 goes wrong."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s30_adamw import adamw_step, clip_gradients, learning_rate

Gradients = dict[str, Tensor]
Step = tuple[Tensor, Tensor, Tensor]


def global_norm(gradients: Gradients) -> Tensor:
    return torch.stack([one.square().sum() for one in gradients.values()]).sum().sqrt()


def shrinking(norm: Tensor, max_norm: float) -> Tensor:
    return torch.clamp(max_norm / norm, max=1.0)


@worked_out("clip_gradients")
def clip_gradients_with(
    gradients: Gradients,
    max_norm: float,
    *,
    measure: Callable[[Gradients], Tensor] = global_norm,
    to_scale: Callable[..., Tensor] = shrinking,
    apply: Callable[..., Gradients] = lambda gradients, scale: {
        name: one * scale for name, one in gradients.items()
    },
) -> Gradients:
    """Do what the reference does, except for the steps passed by name."""
    return apply(gradients, to_scale(measure(gradients), max_norm))


def over_all(of_one: Callable[[Tensor], Tensor], join: Callable[[Tensor], Tensor]) -> Any:
    """Return a measure that combines one number per tensor."""
    return lambda gradients: join(torch.stack([of_one(one) for one in gradients.values()]))


@mistake("clip_gradients", "each tensor is clipped by itself")
def clips_each_tensor(gradients: Gradients, max_norm: float) -> Gradients:
    """You compare each tensor's own norm with `max_norm` and shorten each tensor by itself. That
    changes how large the gradients are relative to one another, and so the direction of the step.
    There is one norm, over all numbers together, and one scale for all gradients."""
    return {name: clip_gradients({name: one}, max_norm)[name] for name, one in gradients.items()}


@mistake("clip_gradients", "each row is clipped by itself")
def clips_each_row(gradients: Gradients, max_norm: float) -> Gradients:
    """You take a norm along the last dimension, so each row of a matrix has a norm and a scale of
    its own. There should be a single norm, over all numbers of all tensors."""

    def clipped(one: Tensor) -> Tensor:
        return one * torch.clamp(max_norm / one.norm(dim=-1, keepdim=True), max=1.0)

    return {name: clipped(one) for name, one in gradients.items()}


@mistake("clip_gradients", "only the first gradient is returned")
def only_the_first(gradients: Gradients, max_norm: float) -> Gradients:
    """Your dict has only one gradient in it, the first. Is the `return` inside the loop?"""
    first = next(iter(gradients))
    return {first: clip_gradients(gradients, max_norm)[first]}


@mistake("clip_gradients", "gradients of zero divide by zero")
def divides_by_a_norm_of_0(gradients: Gradients, max_norm: float) -> Gradients:
    """You divide by the norm as a plain number, and if all gradients are zero, Python raises an
    error. Check the norm first, or keep it in a tensor: there, dividing by 0 gives inf."""
    norm = math.sqrt(sum(float(one.square().sum()) for one in gradients.values()))
    scale = min(1.0, max_norm / norm)
    return clip_gradients_with(gradients, max_norm, to_scale=lambda norm, limit: scale)


@mistake("clip_gradients", "each number is clipped by itself")
def clips_each_value(gradients: Gradients, max_norm: float) -> Gradients:
    """You limit every number to between `-max_norm` and `max_norm`. That changes the direction of
    the step, and many small numbers can still make a long gradient. The limit is for the length of
    all numbers together."""
    return {name: one.clamp(-max_norm, max_norm) for name, one in gradients.items()}


@mistake("clip_gradients", "short gradients are lengthened")
def always_scaled(gradients: Gradients, max_norm: float) -> Gradients:
    """You multiply by `max_norm / norm` whatever the norm is, so gradients shorter than `max_norm`
    become longer. Near the end of training, tiny gradients would turn into large steps. What should
    the scale be at most?"""
    return clip_gradients_with(gradients, max_norm, to_scale=lambda norm, limit: limit / norm)


@mistake("clip_gradients", "the scale is limited on the wrong side")
def limited_below(gradients: Gradients, max_norm: float) -> Gradients:
    """Your scale is never below 1. Gradients that are too long stay as they are, and short ones
    become longer. What should the scale be at most?"""
    return clip_gradients_with(
        gradients, max_norm, to_scale=lambda norm, limit: torch.clamp(limit / norm, min=1.0)
    )


@mistake("clip_gradients", "the scale is upside down")
def scale_inverted(gradients: Gradients, max_norm: float) -> Gradients:
    """If the norm is too large, you multiply by the norm divided by `max_norm`. That is a number
    above 1, which makes long gradients even longer. Which of the two should be divided by the
    other?"""
    return clip_gradients_with(
        gradients, max_norm, to_scale=lambda norm, limit: torch.clamp(norm / limit, min=1.0)
    )


@mistake("clip_gradients", "the scale is upside down and limited to 1")
def scale_inverted_and_limited(gradients: Gradients, max_norm: float) -> Gradients:
    """Your scale is the norm divided by `max_norm`, but at most 1. As a result, long gradients stay
    as they are, and short ones get even shorter. Which of the two should be divided by the
    other?"""
    return clip_gradients_with(
        gradients, max_norm, to_scale=lambda norm, limit: torch.clamp(norm / limit, max=1.0)
    )


@mistake("clip_gradients", "the scale is upside down, whatever the norm is")
def scale_always_inverted(gradients: Gradients, max_norm: float) -> Gradients:
    """You multiply by the norm divided by `max_norm`, which makes long gradients longer and short
    ones shorter. Long ones should be shortened, and short ones should stay as they are."""
    return clip_gradients_with(gradients, max_norm, to_scale=lambda norm, limit: norm / limit)


@mistake("clip_gradients", "gradients that are too long get the norm 1")
def divided_by_the_norm(gradients: Gradients, max_norm: float) -> Gradients:
    """If the norm is too large, you divide by it, so the new norm is 1. It should be `max_norm`,
    which can be another number."""
    return clip_gradients_with(
        gradients,
        max_norm,
        to_scale=lambda norm, limit: torch.where(norm > limit, 1 / norm, 1.0),
    )


@mistake("clip_gradients", "all gradients get the norm 1")
def normalized(gradients: Gradients, max_norm: float) -> Gradients:
    """You always divide by the norm, so the gradients end up with length 1, even if they were tiny,
    and `max_norm` isn't used. Only a norm above `max_norm` should change, and it should become
    `max_norm`."""
    return clip_gradients_with(gradients, max_norm, to_scale=lambda norm, limit: 1 / norm)


@mistake("clip_gradients", "max_norm isn't used")
def limit_of_1(gradients: Gradients, max_norm: float) -> Gradients:
    """You clip to a norm of 1 whatever `max_norm` is. 1 is the usual choice, but that is for the
    caller to decide: use the argument."""
    return clip_gradients_with(
        gradients, max_norm, to_scale=lambda norm, limit: torch.clamp(1 / norm, max=1.0)
    )


@mistake("clip_gradients", "gradients that are too long are multiplied by max_norm")
def multiplied_by_max_norm(gradients: Gradients, max_norm: float) -> Gradients:
    """If the norm is too large, you multiply by `max_norm`. If that is 1, nothing changes. What
    number would turn the present norm into `max_norm`?"""
    return clip_gradients_with(
        gradients, max_norm, to_scale=lambda norm, limit: torch.where(norm > limit, limit, 1.0)
    )


@mistake("clip_gradients", "nothing is clipped")
def never_scaled(gradients: Gradients, max_norm: float) -> Gradients:
    """You return the gradients unchanged, even if they are too long. Is the scaled result thrown
    away, or is the comparison never true? If you call `clip_grad_norm_`, note that it scales the
    `.grad` of the tensors that it gets. Yours have none, because they are gradients themselves."""
    return clip_gradients_with(gradients, max_norm, to_scale=lambda norm, limit: torch.ones(()))


@mistake("clip_gradients", "the square root is missing")
def no_root(gradients: Gradients, max_norm: float) -> Gradients:
    """You compare the sum of the squares with `max_norm` and divide by it. The length is the square
    root of that sum, as in the theorem of Pythagoras."""
    return clip_gradients_with(
        gradients, max_norm, measure=lambda gradients: global_norm(gradients) ** 2
    )


@mistake("clip_gradients", "the sum of squares is compared with max_norm, without the root")
def compared_before_the_root(gradients: Gradients, max_norm: float) -> Gradients:
    """You scale by the right number, but you do so whenever the sum of the squares is above
    `max_norm`. Take the root before you compare, too."""
    return clip_gradients_with(
        gradients,
        max_norm,
        to_scale=lambda norm, limit: torch.where(norm**2 > limit, limit / norm, 1.0),
    )


@mistake("clip_gradients", "the mean of the squares is taken, not their sum")
def mean_of_squares(gradients: Gradients, max_norm: float) -> Gradients:
    """You take the root of the *mean* square of all numbers. That's the typical size of one number,
    and it stays small however many numbers there are. For the length, add up the squares instead of
    averaging them."""

    def measure(gradients: Gradients) -> Tensor:
        count = sum(one.numel() for one in gradients.values())
        return global_norm(gradients) / count**0.5

    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "the mean square of each tensor is taken")
def mean_square_of_each(gradients: Gradients, max_norm: float) -> Gradients:
    """You take the *mean* of the squares of each tensor and add these up. A large tensor then
    counts no more than a small one, but every number should count equally."""
    measure = over_all(
        lambda one: one.square().mean(), lambda all_of_them: all_of_them.sum().sqrt()
    )
    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "the norms of the tensors are added up")
def norms_added(gradients: Gradients, max_norm: float) -> Gradients:
    """You add up the norms of the tensors. Lengths don't add up like that: if you walk 3 to the
    east and then 4 to the north, you are 5 from the start, not 7. What does add up?"""
    measure = over_all(lambda one: one.norm(), torch.sum)
    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "the mean of the tensors' norms is taken")
def norms_averaged(gradients: Gradients, max_norm: float) -> Gradients:
    """You take the mean of the tensors' norms. Put all numbers of all tensors into one long vector:
    the global norm is the length of that vector. No tensor's own norm is larger than that, so the
    mean of these norms is too small."""
    measure = over_all(lambda one: one.norm(), torch.mean)
    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "the largest of the tensors' norms is taken")
def largest_norm(gradients: Gradients, max_norm: float) -> Gradients:
    """You take the largest norm among the tensors. The other tensors then don't count, and many
    tensors together can still be too long. The squares of all numbers should count."""
    measure = over_all(lambda one: one.norm(), torch.max)
    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "only the last tensor is measured")
def last_norm(gradients: Gradients, max_norm: float) -> Gradients:
    """Your norm is that of the last tensor alone. Does your loop overwrite the total instead of
    adding to it?"""
    return clip_gradients_with(
        gradients, max_norm, measure=lambda gradients: [*gradients.values()][-1].norm()
    )


@mistake("clip_gradients", "the largest number is taken as the norm")
def largest_value(gradients: Gradients, max_norm: float) -> Gradients:
    """You measure the gradients by their largest number. That is a norm too, the maximum norm, but
    here it should be the root of the sum of the squares."""
    measure = over_all(lambda one: one.abs().max(), torch.max)
    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "absolute values are added up, not squares")
def one_norm(gradients: Gradients, max_norm: float) -> Gradients:
    """You add up absolute values. That is a norm too, the 1-norm, but here it should be the root of
    the sum of the squares."""
    measure = over_all(lambda one: one.abs().sum(), torch.sum)
    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "the numbers are added up without squares")
def plain_sums(gradients: Gradients, max_norm: float) -> Gradients:
    """You add up the numbers themselves, so positive and negative ones cancel. The length is the
    root of the sum of their squares."""
    measure = over_all(lambda one: one.sum(), lambda sums: sums.sum().abs())
    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "the sum is squared, not the numbers")
def sums_squared(gradients: Gradients, max_norm: float) -> Gradients:
    """You add up the numbers of each tensor and square the sum. By then, positive and negative
    numbers have canceled. Square first, then add."""
    measure = over_all(lambda one: one.sum().square(), lambda squares: squares.sum().sqrt())
    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "a matrix is measured by its largest singular value")
def spectral_norm(gradients: Gradients, max_norm: float) -> Gradients:
    """You measure a matrix by its largest singular value, as `torch.linalg.norm(matrix, 2)` does.
    That value says how far the matrix can stretch a vector. The norm you need treats all entries as
    one long vector."""
    measure = over_all(
        lambda one: torch.linalg.norm(one, 2), lambda norms: norms.square().sum().sqrt()
    )
    return clip_gradients_with(gradients, max_norm, measure=measure)


@mistake("clip_gradients", "gradients of zero become nan")
def nan_for_zeros(gradients: Gradients, max_norm: float) -> Gradients:
    """You divide the gradients by their norm. If all of them are zero, that's 0 / 0, which is nan,
    and then every weight becomes nan. Divide `max_norm` by the norm instead, or check the norm
    first."""

    def apply(gradients: Gradients, scale: Tensor) -> Gradients:
        norm = global_norm(gradients)
        return {name: one / norm * (norm * scale) for name, one in gradients.items()}

    return clip_gradients_with(gradients, max_norm, apply=apply)


def scaled_in_place(gradients: Gradients, scale: Tensor) -> Gradients:
    for one in gradients.values():
        one.mul_(scale)
    return gradients


@mistake("clip_gradients", "the gradients are changed in place")
def clips_in_place(gradients: Gradients, max_norm: float) -> Gradients:
    """Your result is right, but you change the caller's gradients, for example with `*=` or `mul_`.
    PyTorch's own function does that, but this one should return a new dict with new tensors."""
    return clip_gradients_with(gradients, max_norm, apply=scaled_in_place)


@mistake(
    "clip_gradients", "PyTorch's function changes the gradients in place", like="clips_in_place"
)
def clipped_by_pytorch(gradients: Gradients, max_norm: float) -> Gradients:
    """Your result is right, but you hand the caller's gradients to `clip_grad_norm_` as the `.grad`
    of parameters, and it scales them in place: that is what the underscore at the end of its name
    means. This function should make new tensors."""
    return clip_gradients_with(
        gradients,
        max_norm,
        to_scale=lambda norm, limit: shrinking(norm + 1e-6, limit),  # as PyTorch adds it
        apply=scaled_in_place,
    )


@mistake("clip_gradients", "the tensors are returned without their names")
def names_lost(gradients: Gradients, max_norm: float) -> list[Tensor]:
    """You return a list of tensors. The caller looks gradients up by name, so return a dict with
    the same names."""
    return [*clip_gradients(gradients, max_norm).values()]


@mistake("clip_gradients", "the norm is returned")
def returns_the_norm(gradients: Gradients, max_norm: float) -> Tensor:
    """You return the global norm, as PyTorch's `clip_grad_norm_` does. The caller needs the
    gradients, in a dict with the same names."""
    return global_norm(gradients)


@mistake("clip_gradients", "the norm is returned, and it's 0")
def norm_of_nothing(gradients: Gradients, max_norm: float) -> Tensor:
    """You return 0, as PyTorch's `clip_grad_norm_` does here: it measures the `.grad` of the
    tensors that it gets, and these have none, because they are gradients. What the caller needs are
    the gradients, in a dict with the same names."""
    return torch.tensor(0.0)


@mistake("clip_gradients", "the norm is returned with the gradients")
def returns_both(gradients: Gradients, max_norm: float) -> tuple[Gradients, Tensor]:
    """You return the gradients and the norm. The norm is good to know, but the caller expects only
    the dict of gradients."""
    return clip_gradients(gradients, max_norm), global_norm(gradients)


@mistake("clip_gradients", "short gradients aren't returned")
def short_ones_missing(gradients: Gradients, max_norm: float) -> Gradients | None:
    """If the norm is small enough, you return None. Is the only `return` inside the `if`? Return
    gradients that need no change, too."""
    return clip_gradients(gradients, max_norm) if global_norm(gradients) > max_norm else None


def rising(step: int, warmup: int, peak: float, floor: float) -> float:
    return peak * step / warmup


def passed(step: int, warmup: int, total: int) -> float:
    return (step - warmup) / (total - warmup)


def half_wave(progress: float) -> float:
    return (1 + math.cos(math.pi * progress)) / 2


def between(peak: float, floor: float, share: float) -> float:
    return floor + (peak - floor) * share


@worked_out("learning_rate")
def learning_rate_with(
    step: int,
    warmup: int,
    total: int,
    peak: float,
    floor: float,
    *,
    rise: Callable[..., float] = rising,
    progress: Callable[..., float] = passed,
    wave: Callable[[float], float] = half_wave,
    rate: Callable[..., float] = between,
    after: Callable[..., float] | None = lambda peak, floor: floor,
) -> float:
    """Do what the reference does, except for the steps passed by name; `after` gives the rate from
    the last step on, and None leaves it to the wave."""
    if step <= warmup:
        return rise(step, warmup, peak, floor)
    if step >= total and after is not None:
        return after(peak, floor)
    return rate(peak, floor, wave(progress(step, warmup, total)))


@mistake("learning_rate", "the warm-up is one step ahead")
def warm_up_ahead(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You add 1 to the step in the warm-up, as if steps were counted from 0. Here, the first step
    is step 1 already, so your rate is one step ahead, and at the end of the warm-up it exceeds the
    peak."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        rise=lambda step, warmup, peak, floor: peak * (step + 1) / warmup,
    )


@mistake("learning_rate", "the warm-up is one step ahead and stops at the peak")
def warm_up_ahead_to_the_peak(
    step: int, warmup: int, total: int, peak: float, floor: float
) -> float:
    """You add 1 to the step in the warm-up, as if steps were counted from 0. Here, the first step
    is step 1 already, so your rate is one step ahead and reaches the peak a step early."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        rise=lambda step, warmup, peak, floor: peak * min(1, (step + 1) / warmup),
    )


@mistake("learning_rate", "1 is added to the step and to the warm-up")
def warm_up_as_in_nanogpt(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You divide `step + 1` by `warmup + 1`, as nanoGPT does, where steps are counted from 0. Here,
    the first step is step 1, so nothing needs to be added."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        rise=lambda step, warmup, peak, floor: peak * (step + 1) / (warmup + 1),
    )


@mistake("learning_rate", "the warm-up is one step behind")
def warm_up_behind(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You subtract 1 from the step, so the first step has a rate of 0, and nothing is learned in
    it. Step `warmup` should have the full peak."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        rise=lambda step, warmup, peak, floor: peak * (step - 1) / warmup,
    )


@mistake("learning_rate", "the warm-up begins at the floor")
def warm_up_from_the_floor(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your warm-up rises from `floor` to `peak`. The floor is only for the end of training; the
    warm-up rises in a straight line from 0."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        rise=lambda step, warmup, peak, floor: floor + (peak - floor) * step / warmup,
    )


@mistake("learning_rate", "the floor applies during the warm-up, too")
def warm_up_above_the_floor(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You raise every rate to at least `floor`, even at the beginning. The floor is only for the
    end of training; the rates of the first steps may be lower."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        rise=lambda step, warmup, peak, floor: max(floor, peak * step / warmup),
    )


@mistake("learning_rate", "the rate is at the peak during the whole warm-up")
def peak_from_the_start(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You return the peak during the warm-up. The rate should rise to the peak: at step 1 of 8, it
    should be an eighth of the peak."""
    return learning_rate_with(
        step, warmup, total, peak, floor, rise=lambda step, warmup, peak, floor: peak
    )


@mistake("learning_rate", "there is no warm-up")
def no_warm_up(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You leave out the warm-up: your cosine begins at the first step. Up to step `warmup`, the
    rate should rise in a straight line, and only then should the cosine begin."""
    return learning_rate(step, 0, total, peak, floor)


@mistake("learning_rate", "the division in the warm-up drops the decimals")
def whole_numbers(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You divide with `//`, which drops the decimals, so the quotient is 0 until the last step of
    the warm-up. Which division keeps them?"""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        rise=lambda step, warmup, peak, floor: peak * (step // warmup),
    )


@mistake("learning_rate", "a warm-up of 0 steps divides by zero")
def divides_by_zero(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You divide by `warmup` even when there is no warm-up, that is, when `warmup` is 0. Divide
    only in steps that belong to the warm-up."""
    share = min(1, step / warmup)
    return share * peak if step <= warmup else learning_rate(step, warmup, total, peak, floor)


@mistake("learning_rate", "the cosine counts the steps of the warm-up, too")
def progress_over_total(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your cosine's progress is `step` divided by `total`, so the cosine is already under way when
    the warm-up ends, and the rate jumps down. When the warm-up ends, the progress should be 0."""
    return learning_rate_with(
        step, warmup, total, peak, floor, progress=lambda step, warmup, total: step / total
    )


@mistake("learning_rate", "the steps since the warm-up are divided by the whole total")
def steps_since_over_total(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You count the steps since the warm-up, but divide them by the total number of steps. So at
    step `total` the cosine hasn't finished, and the rate jumps to the floor. How many steps does
    the cosine have?"""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        progress=lambda step, warmup, total: (step - warmup) / total,
    )


@mistake("learning_rate", "total is taken for the number of steps after the warm-up")
def total_after_the_warm_up(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You let the cosine take `total` steps after the warm-up. But `total` counts all steps,
    including the warm-up."""
    return learning_rate(step, warmup, warmup + total, peak, floor)


@mistake("learning_rate", "the warm-up isn't subtracted from the step")
def step_over_the_rest(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You divide `step` by the number of steps after the warm-up. Your progress then exceeds 1
    before the end, and the cosine rises again. How many steps have passed since the warm-up?"""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        progress=lambda step, warmup, total: step / (total - warmup),
    )


@mistake("learning_rate", "the cosine is one step behind")
def cosine_behind(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You count the steps of the cosine from 0. After the last step of the warm-up, your rate stays
    at the peak for one more step, and everything after that comes one step late."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        progress=lambda step, warmup, total: (step - 1 - warmup) / (total - warmup),
    )


@mistake("learning_rate", "the cosine is one step ahead")
def cosine_ahead(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You add 1 to the steps of the cosine, as if they were counted from 0. In the first step after
    the warm-up, your cosine is already two steps past the peak, not one."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        progress=lambda step, warmup, total: (step + 1 - warmup) / (total - warmup),
    )


@mistake("learning_rate", "the cosine ends one step early")
def cosine_one_shorter(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your cosine is one step too short, as if steps were counted from 0, so your rate reaches the
    floor one step before `total`."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        progress=lambda step, warmup, total: (step - warmup) / (total - warmup - 1),
    )


@mistake("learning_rate", "the cosine starts late and ends on time")
def cosine_from_the_next_step(
    step: int, warmup: int, total: int, peak: float, floor: float
) -> float:
    """You let the cosine begin one step after the warm-up but still end at `total`, so the rate is
    at its peak for two steps. The cosine should begin at step `warmup`."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        progress=lambda step, warmup, total: (step - warmup - 1) / (total - warmup - 1),
    )


@mistake("learning_rate", "the cosine runs backward")
def cosine_backward(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your rate falls to the floor right after the warm-up and rises to the peak at the end. Did
    you subtract the cosine from 1, or confuse the steps that are left with those that have
    passed?"""
    return learning_rate_with(
        step, warmup, total, peak, floor, wave=lambda progress: half_wave(1 - progress)
    )


@mistake("learning_rate", "the sine is taken, not the cosine")
def sine(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You take the sine, which is 0 at the beginning and at the end, and largest in between. Half a
    wave of the cosine goes from 1 down to -1."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        wave=lambda progress: (1 + math.sin(math.pi * progress)) / 2,
    )


@mistake("learning_rate", "the angle is in degrees")
def degrees(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your angle grows to 180. `math.cos` takes radians, in which half a turn is pi."""
    return learning_rate_with(
        step, warmup, total, peak, floor, wave=lambda progress: (1 + math.cos(180 * progress)) / 2
    )


@mistake("learning_rate", "pi is missing")
def no_pi(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You take the cosine of the progress itself, so the angle grows only to 1. Half a turn is pi,
    more than three times as much, so at the end, your rate is still high."""
    return learning_rate_with(
        step, warmup, total, peak, floor, wave=lambda progress: (1 + math.cos(progress)) / 2
    )


@mistake("learning_rate", "the cosine makes a whole wave")
def whole_wave(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your angle grows to two pi, a whole turn, so the rate reaches the floor halfway and rises
    again. It should only fall."""
    return learning_rate_with(
        step, warmup, total, peak, floor, wave=lambda progress: half_wave(2 * progress)
    )


@mistake("learning_rate", "the cosine makes a quarter of a wave")
def quarter_wave(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your cosine goes from 1 to 0, a quarter of a wave, so the rate falls fastest at the end. Half
    a wave goes from 1 to -1 and is flat at both ends."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        wave=lambda progress: math.cos(math.pi * progress / 2),
    )


@mistake("learning_rate", "1 isn't added to the cosine")
def no_one_added(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You halve the cosine without adding 1 first. The result goes from a half to minus a half, not
    from 1 to 0, so the rate falls below the floor."""
    return learning_rate_with(
        step, warmup, total, peak, floor, wave=lambda progress: math.cos(math.pi * progress) / 2
    )


@mistake("learning_rate", "the bare cosine is used")
def bare_cosine(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You use the cosine as it is, from 1 to -1, so the rate falls far below the floor. Shift it
    and scale it so that it goes from 1 to 0."""
    return learning_rate_with(
        step, warmup, total, peak, floor, wave=lambda progress: math.cos(math.pi * progress)
    )


@mistake("learning_rate", "the cosine isn't halved")
def not_halved(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You use one plus the cosine. That sum goes from 2 to 0, so your rate begins at about twice
    the peak. What would make the sum go from 1 to 0?"""
    return learning_rate_with(
        step, warmup, total, peak, floor, wave=lambda progress: 2 * half_wave(progress)
    )


@mistake("learning_rate", "the rate stays at the peak after the warm-up")
def always_the_peak(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """After the warm-up you return the peak in every step. The rate should fall to the floor along
    half a cosine wave."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        wave=lambda progress: 1.0,
        after=lambda peak, floor: peak,
    )


@mistake("learning_rate", "the rate falls in a straight line")
def linear_decay(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your rate falls from the peak to the floor in a straight line. Many schedules do that, but
    this one is half a cosine wave: slow at first, steep in the middle, and slow at the end."""
    return learning_rate_with(step, warmup, total, peak, floor, wave=lambda progress: 1 - progress)


@mistake("learning_rate", "the rate falls by the same factor in every step")
def exponential_decay(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You multiply by the same factor in every step, so the rate falls fastest at first. Half a
    cosine wave is slow at first, steep in the middle, and slow at the end."""

    def fall(step: int, warmup: int, total: int) -> float:
        ratio = floor / peak
        return float((ratio ** passed(step, warmup, total) - ratio) / (1 - ratio))

    return learning_rate_with(
        step, warmup, total, peak, floor, progress=fall, wave=lambda share: share
    )


@mistake("learning_rate", "the floor isn't used on the way down")
def floor_ignored(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your cosine goes from the peak to 0. It should end at `floor`."""
    return learning_rate_with(
        step, warmup, total, peak, floor, rate=lambda peak, floor, share: peak * share
    )


@mistake("learning_rate", "the floor isn't subtracted from the peak")
def floor_on_top(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You add the floor to a cosine that begins at the full peak, so your rate begins at the peak
    *plus* the floor. How far is it from the floor to the peak?"""
    return learning_rate_with(
        step, warmup, total, peak, floor, rate=lambda peak, floor, share: floor + peak * share
    )


@mistake("learning_rate", "the floor is added to the peak")
def peak_plus_floor(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You multiply the wave by the peak *plus* the floor. How far is it from the floor to the
    peak?"""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        rate=lambda peak, floor, share: floor + (peak + floor) * share,
    )


@mistake("learning_rate", "the floor is subtracted, but not added")
def floor_not_added(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your cosine has the right height, but it begins below the peak and ends at 0. Its values have
    to be raised by `floor`."""
    return learning_rate_with(
        step, warmup, total, peak, floor, rate=lambda peak, floor, share: (peak - floor) * share
    )


@mistake("learning_rate", "the cosine is cut off at the floor")
def cut_at_the_floor(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Your cosine goes down to 0, and you raise every rate below the floor to the floor. The rate
    then hits the floor early and stays there. The whole wave should lie between the peak and the
    floor."""
    return learning_rate_with(
        step, warmup, total, peak, floor, rate=lambda peak, floor, share: max(floor, peak * share)
    )


@mistake("learning_rate", "the floor is halved, too")
def all_halved(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You divide the whole sum by 2, and with it the floor. Only the wave has to be halved."""
    return learning_rate_with(
        step,
        warmup,
        total,
        peak,
        floor,
        rate=lambda peak, floor, share: floor / 2 + (peak - floor) * share,
    )


@mistake("learning_rate", "the floor is taken for a fraction of the peak")
def floor_as_a_share(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You multiply the floor by the peak, as if it were a fraction such as 0.1. Some libraries have
    such a ratio; here, `floor` is a learning rate itself."""
    return learning_rate(step, warmup, total, peak, peak * floor)


@mistake("learning_rate", "a fraction of the peak is returned")
def share_of_the_peak(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """You return a number between 0 and 1. PyTorch's `LambdaLR` expects such a factor and
    multiplies it by the rate. Here, nobody does that for you: return the rate itself."""
    return learning_rate(step, warmup, total, peak, floor) / peak


@mistake("learning_rate", "the rate rises again after the last step")
def rises_again(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """After step `total`, you keep following the cosine, and it rises again. From `total` on, the
    rate stays at the floor."""
    return learning_rate_with(step, warmup, total, peak, floor, after=None)


@mistake("learning_rate", "the rate is 0 from the last step on")
def zero_at_the_end(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """From step `total` on, your rate is 0, so nothing is learned anymore. It should stay at
    `floor`, which need not be 0."""
    return learning_rate_with(step, warmup, total, peak, floor, after=lambda peak, floor: 0.0)


@mistake("learning_rate", "the cosine begins again after the last step")
def restarts(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """After step `total`, your cosine jumps back to the peak, as with the warm restarts in the SGDR
    paper. Here, there is only one wave: from `total` on, the rate stays at the floor."""

    def progress(step: int, warmup: int, total: int) -> float:
        return passed(step, warmup, total) % 1 if step > total else 1.0

    if step <= total:
        return learning_rate(step, warmup, total, peak, floor)
    return learning_rate_with(step, warmup, total, peak, floor, progress=progress, after=None)


def averaged(average: Tensor, new: Tensor, beta: float) -> Tensor:
    return beta * average + (1 - beta) * new


def corrected(average: Tensor, beta: float, step: int) -> Tensor:
    return average / (1 - beta**step)


def over_the_root(mean: Tensor, variance: Tensor, eps: float) -> Tensor:
    return mean / (variance.sqrt() + eps)


@worked_out("adamw_step")
def adamw_step_with(
    weight: Tensor,
    gradient: Tensor,
    mean: Tensor,
    variance: Tensor,
    step: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    *,
    new_mean: Callable[..., Tensor] = averaged,
    to_average: Callable[..., Tensor] = lambda gradient, old, new: gradient.square(),
    new_variance: Callable[..., Tensor] = averaged,
    correct_mean: Callable[..., Tensor] = corrected,
    correct_variance: Callable[..., Tensor] = corrected,
    divide: Callable[..., Tensor] = over_the_root,
    decay: Callable[..., Tensor] = lambda weight, lr, weight_decay: (
        weight * (1 - lr * weight_decay)
    ),
    move: Callable[..., Tensor] = lambda weight, lr, direction: weight - lr * direction,
) -> Step:
    """Do what the reference does, except for the steps passed by name."""
    old = mean
    mean = new_mean(mean, gradient, beta1)
    variance = new_variance(variance, to_average(gradient, old, mean), beta2)
    unbiased = correct_mean(mean, beta1, step), correct_variance(variance, beta2, step)
    direction = divide(*unbiased, eps)
    return move(decay(weight, lr, weight_decay), lr, direction), mean, variance


def uncorrected(average: Tensor, beta: float, step: int) -> Tensor:
    return average


@mistake("adamw_step", "the bias correction is missing")
def no_bias_correction(*args: Any) -> Step:
    """You use the running averages as they are. They begin at 0, so in the first steps they are far
    too small. The shares of the gradients so far add up to less than 1. Divide each average by the
    sum of these shares."""
    return adamw_step_with(*args, correct_mean=uncorrected, correct_variance=uncorrected)


@mistake("adamw_step", "only the mean is corrected")
def only_mean_corrected(*args: Any) -> Step:
    """You correct the mean, but not the variance. The variance begins at 0 too, and while it's too
    small, your steps are too large."""
    return adamw_step_with(*args, correct_variance=uncorrected)


@mistake("adamw_step", "only the variance is corrected")
def only_variance_corrected(*args: Any) -> Step:
    """You correct the variance, but not the mean. The mean begins at 0 too, and while it's too
    small, so are your steps."""
    return adamw_step_with(*args, correct_mean=uncorrected)


@mistake("adamw_step", "the steps are counted from 0")
def counted_from_0(*args: Any) -> Step:
    """You subtract 1 from the step, so your first step counts as step 0, and there the correction
    divides by 0. Use `step` as it is: it's 1 in the first step."""
    return adamw_step_with(
        *args,
        correct_mean=lambda average, beta, step: average / (1 - beta ** (step - 1)),
        correct_variance=lambda average, beta, step: average / (1 - beta ** (step - 1)),
    )


@mistake("adamw_step", "1 is added to the step")
def counted_one_further(*args: Any) -> Step:
    """You add 1 to the step, as one does when steps are counted from 0. Here, the first step is
    step 1 already, so your correction is too weak."""
    return adamw_step_with(
        *args,
        correct_mean=lambda average, beta, step: corrected(average, beta, step + 1),
        correct_variance=lambda average, beta, step: corrected(average, beta, step + 1),
    )


@mistake("adamw_step", "beta is multiplied by the step")
def beta_times_step(*args: Any) -> Step:
    """You multiply beta by the step. A gradient's share in the average is multiplied by beta in
    *every* step, so after several steps you need a power of beta. The operator for that has two
    stars."""
    return adamw_step_with(
        *args,
        correct_mean=lambda average, beta, step: average / (1 - beta * step),
        correct_variance=lambda average, beta, step: average / (1 - beta * step),
    )


@mistake("adamw_step", "every step is corrected like the first")
def always_as_in_step_1(*args: Any) -> Step:
    """You divide by `1 - beta` in every step. That's right only in the first one. Later, the
    average contains more gradients and needs less correction, so the divisor has to depend on the
    step."""
    return adamw_step_with(
        *args,
        correct_mean=lambda average, beta, step: average / (1 - beta),
        correct_variance=lambda average, beta, step: average / (1 - beta),
    )


@mistake("adamw_step", "the averages are divided by the power of beta")
def divided_by_the_power(*args: Any) -> Step:
    """You divide by beta to the power of the step. The shares of all gradients so far add up to
    less than 1, and what is missing is exactly this number. Divide by the sum of the shares
    instead."""
    return adamw_step_with(
        *args,
        correct_mean=lambda average, beta, step: average / beta**step,
        correct_variance=lambda average, beta, step: average / beta**step,
    )


@mistake("adamw_step", "the averages are multiplied by the correction")
def multiplied_by_the_correction(*args: Any) -> Step:
    """You multiply by `1 - beta**step`, a number below 1, so averages that are too small get even
    smaller. They should get larger."""
    return adamw_step_with(
        *args,
        correct_mean=lambda average, beta, step: average * (1 - beta**step),
        correct_variance=lambda average, beta, step: average * (1 - beta**step),
    )


@mistake("adamw_step", "the variance is corrected outside the root")
def corrected_outside_the_root(*args: Any) -> Step:
    """You take the root of the variance first and divide by `1 - beta2**step` afterward. Correct
    the variance first and take its root last. (After the root, you'd have to divide by the root of
    that number.)"""
    return adamw_step_with(
        *args, correct_variance=lambda variance, beta, step: variance / (1 - beta**step) ** 2
    )


@mistake("adamw_step", "the betas are swapped")
def betas_swapped(*args: Any) -> Step:
    """You use `beta2` for the mean and `beta1` for the variance. `beta1` belongs to the average of
    the gradients, `beta2` to the average of their squares."""
    changed = [*args]
    changed[6], changed[7] = args[7], args[6]
    return adamw_step(*changed)


@mistake("adamw_step", "the betas are swapped in the correction")
def betas_swapped_in_the_correction(*args: Any) -> Step:
    """Your averages are right, but you correct the mean with `beta2` and the variance with `beta1`.
    Correct each with the beta that it was computed with."""
    beta1, beta2 = args[6:8]
    return adamw_step_with(
        *args,
        correct_mean=lambda average, beta, step: corrected(average, beta2, step),
        correct_variance=lambda average, beta, step: corrected(average, beta1, step),
    )


@mistake("adamw_step", "beta1 is used for both averages")
def beta1_for_both(*args: Any) -> Step:
    """You use `beta1` for both averages. The variance has a beta of its own."""
    changed = [*args]
    changed[7] = args[6]
    return adamw_step(*changed)


@mistake("adamw_step", "both averages are corrected with beta1")
def beta1_in_both_corrections(*args: Any) -> Step:
    """Your averages are right, but you correct the variance with `beta1`, too. Correct each with
    the beta that it was computed with."""
    beta1 = args[6]
    return adamw_step_with(
        *args, correct_variance=lambda average, beta, step: corrected(average, beta1, step)
    )


@mistake("adamw_step", "the decay is added to the gradient")
def decay_in_the_gradient(*args: Any) -> Step:
    """You add the decay to the gradient. That's L2 regularization, as in Adam: the decay goes into
    the averages and is divided by the root, so weights with large gradients hardly decay. AdamW
    keeps the decay separate; that's what the W is for."""
    weight, gradient, weight_decay = args[0], args[1], args[9]
    changed = [*args]
    changed[1], changed[9] = gradient + weight_decay * weight, 0.0
    return adamw_step(*changed)


@mistake("adamw_step", "the decay is added to the gradient, and the weight decays as well")
def decay_in_both(*args: Any) -> Step:
    """You add the decay to the gradient, and you also make the weight smaller. Do only the second:
    the gradient should go into the averages unchanged."""
    weight, gradient, weight_decay = args[0], args[1], args[9]
    changed = [*args]
    changed[1] = gradient + weight_decay * weight
    return adamw_step(*changed)


@mistake("adamw_step", "the decay isn't multiplied by the learning rate")
def decay_without_lr(*args: Any) -> Step:
    """In every step, you take away the fraction `weight_decay` of the weight. With the usual 0.1,
    hardly anything would be left after 50 steps. The learning rate scales the decay, too."""
    return adamw_step_with(
        *args, decay=lambda weight, lr, weight_decay: weight * (1 - weight_decay)
    )


@mistake("adamw_step", "there is no weight decay")
def no_decay(*args: Any) -> Step:
    """You don't use `weight_decay`. Besides taking the step along the gradient, each weight should
    become a little smaller."""
    return adamw_step_with(*args, decay=lambda weight, lr, weight_decay: weight)


@mistake("adamw_step", "weights with one dimension don't decay")
def vectors_not_decayed(*args: Any) -> Step:
    """You leave weights with one dimension, such as those of the norms, out of the weight decay.
    Many programs do so, but here every weight decays, whatever its shape is."""
    if args[0].ndim > 1:
        return adamw_step(*args)
    return adamw_step_with(*args, decay=lambda weight, lr, weight_decay: weight)


@mistake("adamw_step", "the decay makes weights larger")
def decay_added(*args: Any) -> Step:
    """Your decay has the wrong sign: it makes weights larger and larger, without limit. It should
    pull them toward 0."""
    return adamw_step_with(
        *args, decay=lambda weight, lr, weight_decay: weight * (1 + lr * weight_decay)
    )


@mistake("adamw_step", "the decay is the same for every weight")
def decay_by_a_constant(*args: Any) -> Step:
    """You subtract the same number, `lr * weight_decay`, from every weight. A weight should lose a
    *fraction* of itself, so that large weights lose more and negative weights rise toward 0."""
    return adamw_step_with(*args, decay=lambda weight, lr, weight_decay: weight - lr * weight_decay)


@mistake("adamw_step", "the weight keeps only the fraction it should lose")
def decay_alone(*args: Any) -> Step:
    """You multiply the weight by `lr * weight_decay`, which leaves almost nothing of it. That
    product is the fraction that the weight should lose. How much of the weight should remain?"""
    return adamw_step_with(
        *args, decay=lambda weight, lr, weight_decay: weight * (lr * weight_decay)
    )


@mistake("adamw_step", "the new weight decays, not the old one")
def decays_the_new_weight(*args: Any) -> Step:
    """You apply the decay after the step along the gradient, so the decay shrinks that step, too.
    With realistic settings you would hardly notice, but the AdamW paper and PyTorch compute the
    decay from the weight before the step."""
    weight_decay = args[9]
    return adamw_step_with(
        *args,
        decay=lambda weight, lr, weight_decay: weight,
        move=lambda weight, lr, direction: (weight - lr * direction) * (1 - lr * weight_decay),
    )


@mistake("adamw_step", "the decay is divided by the root, too")
def decay_over_the_root(*args: Any) -> Step:
    """You add the decay to the mean, so it's divided by the root of the variance along with the
    mean. A weight's decay shouldn't depend on its gradients: keep the decay out of this
    division."""
    weight, weight_decay = args[0], args[9]
    return adamw_step_with(
        *args,
        decay=lambda weight, lr, weight_decay: weight,
        divide=lambda mean, variance, eps: over_the_root(
            mean + weight_decay * weight, variance, eps
        ),
    )


@mistake("adamw_step", "eps is inside the root")
def eps_inside_root(*args: Any) -> Step:
    """You add eps to the variance and take the root of the sum. That makes eps count far more where
    gradients are tiny: the root of 1e-8 is 1e-4. Add it after the root."""
    return adamw_step_with(*args, divide=lambda mean, variance, eps: mean / (variance + eps).sqrt())


@mistake("adamw_step", "eps is added before the bias correction")
def eps_before_the_correction(*args: Any) -> Step:
    """You add eps to the root of the raw variance and correct both together, as TensorFlow does.
    Then the correction divides eps as well, so in the first steps eps counts more. Add it to the
    root of the corrected variance."""
    step, beta2 = args[4], args[7]
    return adamw_step_with(
        *args,
        divide=lambda mean, variance, eps: over_the_root(
            mean, variance, eps / (1 - beta2**step) ** 0.5
        ),
    )


@mistake("adamw_step", "eps is not used")
def eps_forgotten(*args: Any) -> Step:
    """You don't add eps. A weight whose gradients were all zero then gets 0 / 0, which is nan, and
    it stays nan for good."""
    return adamw_step_with(*args, divide=lambda mean, variance, eps: mean / variance.sqrt())


@mistake("adamw_step", "eps is used as a lower limit, not added")
def eps_as_limit(*args: Any) -> Step:
    """You replace roots smaller than eps with eps, and leave the others as they are. Add eps to
    every root."""
    return adamw_step_with(
        *args, divide=lambda mean, variance, eps: mean / variance.sqrt().clamp(min=eps)
    )


@mistake("adamw_step", "eps is added to the quotient")
def eps_after_dividing(*args: Any) -> Step:
    """You divide by the root and add eps to the quotient, so every weight moves a little more in
    the same direction, and 0 / 0 is still nan. A pair of parentheses is missing."""
    return adamw_step_with(*args, divide=lambda mean, variance, eps: mean / variance.sqrt() + eps)


@mistake("adamw_step", "the root is missing")
def no_root_of_the_variance(*args: Any) -> Step:
    """You divide by the variance itself, which is about as large as the square of the gradients.
    Where gradients are small, their squares are far smaller, so steps become huge. Take the root
    first."""
    return adamw_step_with(*args, divide=lambda mean, variance, eps: mean / (variance + eps))


@mistake("adamw_step", "the mean isn't divided by the root")
def no_division(*args: Any) -> Step:
    """You move along the corrected mean without dividing it by the root of the variance. That's
    gradient descent with momentum: weights with small gradients hardly move."""
    return adamw_step_with(*args, divide=lambda mean, variance, eps: mean)


@mistake("adamw_step", "the quotient is upside down")
def quotient_inverted(*args: Any) -> Step:
    """You divide the root of the variance by the mean, so the less the gradients agree, the larger
    your step. The mean belongs on top."""
    return adamw_step_with(*args, divide=lambda mean, variance, eps: (variance.sqrt() + eps) / mean)


@mistake("adamw_step", "the gradient is used instead of its mean")
def gradient_instead_of_mean(*args: Any) -> Step:
    """You divide this step's gradient by the root. You return the mean but never use it, so nothing
    evens out the noise from batch to batch."""
    gradient = args[1]
    return adamw_step_with(
        *args, divide=lambda mean, variance, eps: over_the_root(gradient, variance, eps)
    )


@mistake("adamw_step", "the mean from before this step is used")
def old_mean(*args: Any) -> Step:
    """You compute the new mean, but use the old one for the step. In the first step, the old one is
    0, so apart from the decay, nothing moves. Update the averages first, then use them."""
    before, step, beta1 = args[2], args[4], args[6]
    return adamw_step_with(
        *args,
        divide=lambda mean, variance, eps: over_the_root(
            corrected(before, beta1, step), variance, eps
        ),
    )


@mistake("adamw_step", "the variance from before this step is used")
def old_variance(*args: Any) -> Step:
    """You compute the new variance, but divide by the root of the old one. In the first step,
    that's 0, and the steps become huge. Update the averages first, then use them."""
    before, step, beta2 = args[3], args[4], args[7]
    return adamw_step_with(
        *args,
        divide=lambda mean, variance, eps: over_the_root(mean, corrected(before, beta2, step), eps),
    )


@mistake("adamw_step", "the mean is squared, not the gradient")
def mean_squared(*args: Any) -> Step:
    """You average the squares of the mean. Where gradients change sign, the mean is nearly 0, and
    its square says nothing about how large the gradients are. Square this step's gradient
    instead."""
    return adamw_step_with(*args, to_average=lambda gradient, old, new: new.square())


@mistake("adamw_step", "the gradient isn't squared")
def gradient_not_squared(*args: Any) -> Step:
    """You average the gradients themselves in both averages. The second average can then be
    negative, and its root is nan. It should be the average of their squares."""
    return adamw_step_with(*args, to_average=lambda gradient, old, new: gradient)


@mistake("adamw_step", "absolute values are averaged, not squares")
def absolute_values(*args: Any) -> Step:
    """You average absolute values and take the root of the average. A root undoes a square, so
    average the squares."""
    return adamw_step_with(*args, to_average=lambda gradient, old, new: gradient.abs())


@mistake("adamw_step", "the mean is subtracted before squaring")
def variance_around_the_mean(*args: Any) -> Step:
    """You average the squared distance from the mean, as in a statistician's variance. That's
    another optimizer, AdaBelief. Adam's `variance` is the average of the squared gradients
    themselves."""
    return adamw_step_with(*args, to_average=lambda gradient, old, new: (gradient - new).square())


@mistake("adamw_step", "the old mean is subtracted before squaring")
def variance_around_the_old_mean(*args: Any) -> Step:
    """You average the squared distance from the old mean, the one before this step. Despite its
    name, Adam's `variance` is just the average of the squared gradients."""
    return adamw_step_with(*args, to_average=lambda gradient, old, new: (gradient - old).square())


@mistake("adamw_step", "the squares are averaged over the tensor")
def one_variance_for_all(*args: Any) -> Step:
    """You average the squares over all entries, so all weights of the tensor share one step size.
    In Adam, every single weight has its own."""
    return adamw_step_with(
        *args, to_average=lambda gradient, old, new: gradient.square().mean().expand(gradient.shape)
    )


@mistake("adamw_step", "the gradient is added to the mean in full")
def mean_not_averaged(*args: Any) -> Step:
    """You add the whole gradient to the part of the mean that is kept, as momentum in SGD does.
    That makes a sum, which grows to many times the gradient. In an average, the shares of the old
    and the new value add up to 1."""
    return adamw_step_with(*args, new_mean=lambda average, new, beta: beta * average + new)


@mistake("adamw_step", "the squares are added to the variance in full")
def variance_not_averaged(*args: Any) -> Step:
    """You add the whole square to the part of the variance that is kept. That makes a sum, which
    grows to many times the square. In an average, the shares of the old and the new value add up to
    1."""
    return adamw_step_with(*args, new_variance=lambda average, new, beta: beta * average + new)


@mistake("adamw_step", "both are sums, not averages")
def sums_for_averages(*args: Any) -> Step:
    """You add the whole gradient, and its whole square, to the part of each average that is kept.
    These are sums, not averages. In an average, the shares of the old and the new value add up to
    1."""
    return adamw_step_with(
        *args,
        new_mean=lambda average, new, beta: beta * average + new,
        new_variance=lambda average, new, beta: beta * average + new,
    )


@mistake("adamw_step", "the variance never forgets")
def squares_added_up(*args: Any) -> Step:
    """You add up the squares of all steps, as AdaGrad does, so the steps keep getting smaller. A
    running average forgets: each step keeps only the fraction `beta2` of the old average."""
    return adamw_step_with(*args, new_variance=lambda average, new, beta: average + new)


@mistake("adamw_step", "beta is the share of the new gradient")
def shares_swapped(*args: Any) -> Step:
    """You multiply the old average by `1 - beta` and the new value by `beta`. It should be the
    other way around: with a beta of 0.9, most of the average is kept."""
    return adamw_step_with(
        *args,
        new_mean=lambda average, new, beta: (1 - beta) * average + beta * new,
        new_variance=lambda average, new, beta: (1 - beta) * average + beta * new,
    )


@mistake("adamw_step", "the step goes uphill")
def uphill(*args: Any) -> Step:
    """You add the step to the weight. The gradient points in the direction in which the loss grows,
    so you have to go the other way."""
    return adamw_step_with(*args, move=lambda weight, lr, direction: weight + lr * direction)


@mistake("adamw_step", "the learning rate isn't used for the step")
def lr_forgotten(*args: Any) -> Step:
    """You don't multiply the step by the learning rate. The mean divided by the root is about 1 in
    size, so every weight moves by about 1."""
    return adamw_step_with(*args, move=lambda weight, lr, direction: weight - direction)


@mistake("adamw_step", "the change is returned, not the weight")
def change_returned(*args: Any) -> Step:
    """Your first result is the change in the weight. The caller expects the new weight."""
    weight, mean, variance = adamw_step(*args)
    return weight - args[0], mean, variance


@mistake("adamw_step", "the corrected averages are returned")
def corrected_returned(*args: Any) -> Step:
    """Your weight is right, but you return the averages with the bias correction. The next step
    would continue from these and correct them again. Return the raw ones."""
    step, beta1, beta2 = args[4], args[6], args[7]
    weight, mean, variance = adamw_step(*args)
    return weight, corrected(mean, beta1, step), corrected(variance, beta2, step)


@mistake("adamw_step", "the old averages are returned")
def old_averages_returned(*args: Any) -> Step:
    """Your weight is right, but you return the averages unchanged, so the next step wouldn't know
    about this gradient."""
    weight, *_ = adamw_step(*args)
    return weight, args[2].clone(), args[3].clone()


@mistake("adamw_step", "the variance comes before the mean")
def variance_first(*args: Any) -> Step:
    """You return the variance second and the mean third. The order should be that of the arguments:
    weight, mean, variance."""
    weight, mean, variance = adamw_step(*args)
    return weight, variance, mean


@mistake("adamw_step", "the weight comes last")
def weight_last(*args: Any) -> Step:
    """You return the averages before the weight. The order should be that of the arguments: weight,
    mean, variance."""
    weight, mean, variance = adamw_step(*args)
    return mean, variance, weight


@mistake("adamw_step", "only the weight is returned")
def only_the_weight(*args: Any) -> Tensor:
    """You return only the weight. The next step needs this step's averages, so return all three."""
    return adamw_step(*args)[0]


@mistake("adamw_step", "a list is returned")
def list_returned(*args: Any) -> list[Tensor]:
    """Your values are right, but you return the three tensors in a list. The caller expects a
    tuple: commas without square brackets make one."""
    return list(adamw_step(*args))


@mistake("adamw_step", "the averages are changed in place")
def averages_in_place(*args: Any) -> Step:
    """Your result is right, but you change the caller's averages, for example with `mul_` or
    `lerp_`, as PyTorch's own optimizer does. This function should make new tensors."""
    weight, mean, variance = adamw_step(*args)
    return weight, args[2].copy_(mean), args[3].copy_(variance)


@mistake("adamw_step", "the mean is changed in place")
def mean_in_place(*args: Any) -> Step:
    """Your result is right, but you change the caller's mean, for example with `mul_` or `lerp_`,
    as PyTorch's own optimizer does. This function should make new tensors."""
    weight, mean, variance = adamw_step(*args)
    return weight, args[2].copy_(mean), variance


@mistake("adamw_step", "the variance is changed in place")
def variance_in_place(*args: Any) -> Step:
    """Your result is right, but you change the caller's variance, for example with `mul_` or
    `addcmul_`, as PyTorch's own optimizer does. This function should make new tensors."""
    weight, mean, variance = adamw_step(*args)
    return weight, mean, args[3].copy_(variance)


@mistake("adamw_step", "the weight is changed in place")
def weight_in_place(*args: Any) -> Step:
    """Your result is right, but you change the caller's weight, for example with `-=` or `mul_`.
    This function should make a new tensor."""
    weight, mean, variance = adamw_step(*args)
    return args[0].copy_(weight), mean, variance


@mistake("adamw_step", "weight and averages are changed in place")
def all_in_place(*args: Any) -> Step:
    """Your result is right, but you change the caller's tensors, as PyTorch's own optimizer does.
    Functions whose names end in an underscore do that, and so do `-=` and `*=`. This function
    should make new tensors."""
    weight, mean, variance = adamw_step(*args)
    return args[0].copy_(weight), args[2].copy_(mean), args[3].copy_(variance)
