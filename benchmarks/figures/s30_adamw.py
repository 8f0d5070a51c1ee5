"""The numbers of lesson 30."""

import math
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import checkpoint, encoded
from grader.answer.answer import PROMPT
from grader.llama3_8b import PARAMS
from solutions.s07_checkpoint import expected_shapes
from solutions.s18_transformer import transformer
from solutions.s29_cross_entropy import cross_entropy
from solutions.s30_adamw import adamw_step, clip_gradients, learning_rate

# by hand
LR, BETA1, BETA2, DECAY = 0.1, 0.9, 0.95, 0.1
GRADIENTS = (2.0, -1.0)
TO_CLIP = {"first": torch.tensor([1.0, 2.0, 2.0]), "second": torch.tensor([4.0])}

# The Llama 3 Herd of Models, section 3.4.1 (the 405B) and table 3 (the 8B)
WARMUP, TOTAL, PEAK, FLOOR = 8_000, 1_200_000, 8e-5, 8e-7
PEAK_OF_THE_8B = 3e-4

# Llama 2, section 2.2
OF_LLAMA_2 = {"beta1": 0.9, "beta2": 0.95, "weight_decay": 0.1, "max_norm": 1}


def steps_by_hand(scale: float = 1.0) -> list[tuple[float, float, float]]:
    """Return weight, mean and variance after each of two steps from a weight of 1."""
    weight, mean, variance = torch.ones(1).double(), torch.zeros(1), torch.zeros(1)
    found = []
    for step, gradient in enumerate(GRADIENTS, 1):
        given = torch.tensor([scale * gradient]).double()
        settings = (step, LR, BETA1, BETA2, 1e-12, DECAY)
        weight, mean, variance = adamw_step(weight, given, mean, variance, *settings)
        found.append((weight.item(), mean.item(), variance.item()))
    return found


@cache
def sizes_of_gradients() -> list[float]:
    """Return the typical gradient of each matrix of the tiny model, with random weights."""
    params, trained = checkpoint()
    generator = torch.Generator().manual_seed(0)
    weights = {}
    for name, one in trained.items():
        drawn = 0.02 * torch.randn(one.shape, generator=generator)
        weights[name] = (drawn if one.ndim == 2 else torch.ones_like(one)).requires_grad_()
    tokens = torch.tensor(encoded(PROMPT + "42."))
    logits = transformer(tokens[:-1], weights, params) @ weights["output.weight"].T
    cross_entropy(logits, tokens[1:]).backward()
    gradients = [one.grad for one in weights.values() if one.ndim == 2 and one.grad is not None]
    return [gradient.square().mean().sqrt().item() for gradient in gradients]


@figures("390", leeway=0.1)
def largest_gradient_over_the_smallest() -> Sequence[float]:
    return (max(sizes_of_gradients()) / min(sizes_of_gradients()),)


@figures("0.9", "50", "0.995")
def shares_so_far() -> Sequence[float]:
    step = 50
    return BETA1, step, 1 - BETA1**step


@figures("0.1", "0.9", "0.95", "0.1", "2", "-1")
def settings_by_hand() -> Sequence[float]:
    return LR, BETA1, BETA2, DECAY, *GRADIENTS


@figures("0.2", "0.2", "0.08", "0.24")
def averages_by_hand() -> Sequence[float]:
    return [average for _, *averages in steps_by_hand() for average in averages]


@figures("0.1", "0.05", "2", "4", "0.19", "0.0975", "0.421", "2.462")
def corrected_by_hand() -> Sequence[float]:
    found: list[float] = []
    for step, (_, mean, variance) in enumerate(steps_by_hand(), 1):
        shares = 1 - BETA1**step, 1 - BETA2**step
        found += [*shares, mean / shares[0], variance / shares[1]]
    return found


@figures("1", "1.569", "0.268")
def directions_by_hand() -> Sequence[float]:
    (_, one), (root, other) = (direction(step) for step in (1, 2))
    return one, root, other


def direction(step: int) -> tuple[float, float]:
    """Return the root of the corrected variance, and the mean divided by it."""
    _, mean, variance = steps_by_hand()[step - 1]
    root = math.sqrt(variance / (1 - BETA2**step))
    return root, mean / (1 - BETA1**step) / root


@figures("0.01", "0.99", "0.89", "0.8811", "0.8543")
def weights_by_hand() -> Sequence[float]:
    (first, *_), (second, *_) = steps_by_hand()
    small = steps_by_hand(scale=0.001)
    assert math.isclose(small[0][0], first, rel_tol=1e-6)
    assert math.isclose(small[1][0], second, rel_tol=1e-6)
    kept = 1 - LR * DECAY
    return LR * DECAY, kept, first, kept * first, second


@figures("0.447")
def first_step_without_correction() -> Sequence[float]:
    _, mean, variance = steps_by_hand()[0]
    return (mean / math.sqrt(variance),)


@figures("1", "4", "4", "16", "25", "5", "0.2")
def norm_by_hand() -> Sequence[float]:
    numbers = torch.cat(list(TO_CLIP.values()))
    squares = numbers.square()
    norm = squares.sum().sqrt()
    return *squares[[0, 1, 2, 3]].tolist(), squares.sum().item(), norm.item(), (1 / norm).item()


@figures("3", "4", "2", "1.5")
def clipped_apart() -> Sequence[float]:
    """Return the tensors' norms, and how the two largest numbers compare before and after."""
    first, second = TO_CLIP.values()
    together = clip_gradients(TO_CLIP, 1.0)
    assert torch.allclose(together["first"], torch.tensor([0.2, 0.4, 0.4]))
    assert torch.allclose(together["second"], torch.tensor([0.8]))
    apart = [clip_gradients({"": one}, 1.0)[""] for one in (first, second)]
    assert torch.allclose(apart[0], torch.tensor([0.33, 0.67, 0.67]), atol=0.005)
    assert torch.allclose(apart[1], torch.tensor([1.0]))
    norms = first.norm().item(), second.norm().item()
    return *norms, (second / first[1]).item(), (apart[1] / apart[0][1]).item()


@figures(
    *("8 · 10⁻⁵", "8,000", "8 · 10⁻⁷", "1,200,000", "3 · 10⁻⁴"),
    *("1", "1 · 10⁻⁸", "4,000", "4 · 10⁻⁵", "604,000", "4.04 · 10⁻⁵"),
)
def rates_of_llama_3() -> Sequence[float]:
    schedule = (WARMUP, TOTAL, PEAK, FLOOR)
    assert learning_rate(WARMUP, *schedule) == PEAK
    assert learning_rate(TOTAL, *schedule) == FLOOR
    found: list[float] = [PEAK, WARMUP, FLOOR, TOTAL, PEAK_OF_THE_8B]
    for step in (1, WARMUP // 2, (WARMUP + TOTAL) // 2):
        found += [step, learning_rate(step, *schedule)]
    return found


@figures("100", "30", "2.62", "0.16")
def losses_in_the_picture() -> Sequence[float]:
    """Return how much steeper the valley is across, the steps, and the losses after them."""
    steep, steps = 100.0, 30
    slopes = torch.tensor([1.0, steep])
    start = torch.tensor([-4.0, 1.0])
    down = start * (1 - 0.019 * slopes) ** steps
    weights, mean, variance = start, torch.zeros(2), torch.zeros(2)
    for step in range(1, steps + 1):
        settings = (step, learning_rate(step, 4, steps, 0.25, 0.0), BETA1, BETA2, 1e-8, 0.0)
        weights, mean, variance = adamw_step(weights, slopes * weights, mean, variance, *settings)
    return steep, steps, *(loss_in_the_picture(slopes, one) for one in (down, weights))


def loss_in_the_picture(slopes: Tensor, weights: Tensor) -> float:
    return (slopes * weights.square()).sum().item() / 2


@figures("100", "22", "0.95", "100")
def after_a_gradient_that_is_too_long() -> Sequence[float]:
    """Return its size, that of the root then, and how many steps it stays above twice the usual."""
    size, root = 100.0, 0.0
    variance = BETA2 * 1 + (1 - BETA2) * size**2
    first, steps = math.sqrt(variance), 0
    while (root := math.sqrt(variance)) >= 2:
        variance, steps = BETA2 * variance + (1 - BETA2), steps + 1
    assert root < 2
    return size, first, BETA2, steps


@figures("0.9", "0.999", "3.2")
def first_step_without_correction_and_0_999() -> Sequence[float]:
    beta2 = 0.999
    return BETA1, beta2, (1 - BETA1) / math.sqrt(1 - beta2)


@figures("0.1", "23,105")
def steps_until_half_a_weight_is_gone() -> Sequence[float]:
    decay = OF_LLAMA_2["weight_decay"]
    return decay, math.log(0.5) / math.log(1 - PEAK_OF_THE_8B * decay)


@figures("3", "9", "0")
def variance_of_a_gradient_that_is_always_3() -> Sequence[float]:
    given = torch.full((1,), 3.0)
    averages = given, given.square()  # where they end up
    _, mean, variance = adamw_step(given, given, *averages, 1, LR, BETA1, BETA2, 0.0, 0.0)
    return mean.item(), variance.item(), given.var(correction=0).item()


@figures("0.9", "0.95", "0.1", "1")
def settings_of_llama_2() -> Sequence[float]:
    return list(OF_LLAMA_2.values())


@figures("64", "32", "32", "291", "39")
def memory_of_the_8b() -> Sequence[float]:
    """Return gigabytes of averages, weights and gradients, and how many tensors there are."""
    shapes = expected_shapes(PARAMS)
    in_float32 = sum(4 * math.prod(shape) for shape in shapes.values()) / 1e9
    return 2 * in_float32, in_float32, in_float32, len(shapes), len(checkpoint()[1])
