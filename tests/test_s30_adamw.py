"""The graded suite of stage 30.

The settings of `adamw_step` are larger than those of a real training, so that each of them shows.
No test runs `clip_gradients` on the meta device: right code may ask whether the norm is too large.
"""

import torch

from grader.suite import Tolerance, grades, runs_on_meta, same_each

TIGHT = Tolerance(rtol=2e-5, atol=6e-6)  # a step is small beside its weight
RATES = Tolerance(rtol=1e-5, atol=1e-10)

# (warmup, total, peak, floor)
SCHEDULES = ((8, 40, 3e-4, 3e-5), (5, 23, 0.01, 0.004), (20, 50, 0.002, 0.0), (1, 12, 0.5, 0.1))


def gradients_of_length(rng, length, *shapes):
    """Draw gradients of different sizes whose global norm is `length`."""
    drawn = [
        (1 + place) ** 0.5 * rng.normal(*shape) + 0.01 * rng.uniform(*shape)
        for place, shape in enumerate(shapes)
    ]
    squares = sum(float(one.double().square().sum()) for one in drawn)
    scale = length / squares**0.5
    return {f"layers.{place}.weight": scale * one for place, one in enumerate(drawn)}


@grades("clip_gradients", points=1)
def test_gradients_that_are_too_long(yours, reference, rng):
    calls = [
        (gradients_of_length(rng, 5.0, (6, 8), (7,), (2, 2)), 1.0),
        (gradients_of_length(rng, 3.0, (9,), (2, 5)), 0.5),
        (gradients_of_length(rng, 40.0, (5, 4), (4,), (6, 2), (8,)), 3.0),
        (gradients_of_length(rng, 2.5, (12,)), 2.0),
        (gradients_of_length(rng, 0.02, (3, 4), (5,)), 0.007),
    ]
    same_each(yours.clip_gradients, reference.clip_gradients, calls, tolerance=TIGHT)


@grades("clip_gradients", points=1)
def test_only_long_gradients_are_changed(yours, reference, rng):
    shapes = ((5, 3), (6,), (2, 7))
    calls = []
    for length, max_norm in (
        (0.9, 1.0),  # a little shorter than allowed, and a little longer
        (1.1, 1.0),
        (0.3, 0.25),
        (0.2, 0.25),
        (2.0, 3.0),
        (3.6, 3.0),
        (0.001, 1.0),
        (60.0, 100.0),
    ):
        calls.append((gradients_of_length(rng, length, *shapes), max_norm))
    same_each(yours.clip_gradients, reference.clip_gradients, calls, tolerance=TIGHT)


@grades("clip_gradients")
def test_gradients_of_zero(yours, reference, rng):
    zeros = {"norm.weight": torch.zeros(4), "output.weight": torch.zeros(3, 5)}
    some = {**gradients_of_length(rng, 4.0, (3, 5)), **zeros}
    calls = [(zeros, 1.0), (some, 1.0), (some, 5.0)]
    same_each(yours.clip_gradients, reference.clip_gradients, calls, tolerance=TIGHT)


@grades("clip_gradients", hidden=True)
def test_gradients_of_a_small_model(yours, reference, rng):
    shapes = [(30, 12), (12,), (12, 12), (6, 12), (12,), (20, 12), (12, 20), (2, 3, 4)]
    calls = []
    for length, max_norm in ((8.0, 1.0), (0.7, 1.0), (1.9, 1.5), (900.0, 10.0)):
        calls.append((gradients_of_length(rng, length, *shapes), max_norm))
    same_each(yours.clip_gradients, reference.clip_gradients, calls, tolerance=TIGHT)


@grades("learning_rate", points=1)
def test_warm_up(yours, reference, rng):
    calls = []
    for schedule in SCHEDULES:
        warmup = schedule[0]
        steps = sorted({1, 2, warmup // 2, warmup - 1, warmup} & {*range(1, warmup + 1)})
        calls += [(step, *schedule) for step in steps]
    same_each(yours.learning_rate, reference.learning_rate, calls, tolerance=RATES)


@grades("learning_rate", points=1)
def test_down_the_cosine(yours, reference, rng):
    calls = []
    for warmup, total, peak, floor in SCHEDULES:
        between = rng.sample(range(warmup + 2, total - 1), 4)
        for step in (warmup, warmup + 1, *sorted(between), total - 1, total):
            calls.append((step, warmup, total, peak, floor))
    same_each(yours.learning_rate, reference.learning_rate, calls, tolerance=RATES)


@grades("learning_rate")
def test_no_warm_up(yours, reference):
    calls = [(step, 0, 12, 0.02, 0.005) for step in (1, 2, 6, 7, 11, 12, 13)]
    same_each(yours.learning_rate, reference.learning_rate, calls, tolerance=RATES)


@grades("learning_rate")
def test_after_the_last_step(yours, reference):
    calls = []
    for warmup, total, peak, floor in SCHEDULES:
        for after in (1, 3, warmup, total - warmup, 2 * total):
            calls.append((total + after, warmup, total, peak, floor))
    same_each(yours.learning_rate, reference.learning_rate, calls, tolerance=RATES)


@grades("learning_rate", hidden=True)
def test_a_long_training(yours, reference, rng):
    calls = []
    for schedule in ((2_000, 500_000, 3e-4, 3e-5), (8_000, 1_200_000, 8e-5, 8e-7)):
        warmup, total = schedule[:2]
        steps = [rng.randrange(1, warmup), warmup, total, total + 1000]
        steps += [rng.randrange(warmup, total) for _ in range(4)]
        calls += [(step, *schedule) for step in steps]
    same_each(yours.learning_rate, reference.learning_rate, calls, tolerance=RATES)


def first_step(rng, *shape):
    """Return a weight, its gradient, and averages of zeros."""
    return rng.normal(*shape), rng.normal(*shape), torch.zeros(*shape), torch.zeros(*shape)


def later_step(rng, *shape):
    """Return a weight, its gradient, and averages as earlier steps may have left them."""
    mean = rng.normal(*shape, scale=0.5)
    variance = mean.square() + rng.uniform(*shape, low=0.1, high=1.5)
    return rng.normal(*shape), rng.normal(*shape), mean, variance


# (lr, beta1, beta2, eps, weight_decay)
SETTINGS = (
    (0.1, 0.9, 0.95, 0.05, 0.1),
    (0.3, 0.8, 0.99, 0.2, 0.5),
    (0.05, 0.6, 0.7, 0.01, 1.5),
    (0.2, 0.95, 0.9, 0.1, 0.0),
    (0.5, 0.5, 0.999, 0.3, 0.2),
)


@grades("adamw_step", points=1)
def test_first_step(yours, reference, rng):
    shapes = [(4, 6), (7,), (5, 3), (1, 8), (9, 1)]
    calls = [
        (*first_step(rng, *shape), 1, *settings)
        for shape, settings in zip(shapes, SETTINGS, strict=True)
    ]
    same_each(yours.adamw_step, reference.adamw_step, calls, tolerance=TIGHT)


@grades("adamw_step", points=1)
def test_later_steps(yours, reference, rng):
    shapes = [(5, 5), (8,), (3, 7), (6, 1), (2, 9)]
    calls = []
    for step in (2, 3, 7, 15):
        for shape, settings in zip(shapes, SETTINGS, strict=True):
            calls.append((*later_step(rng, *shape), step, *settings))
    same_each(yours.adamw_step, reference.adamw_step, calls, tolerance=TIGHT)


@grades("adamw_step")
def test_a_gradient_of_zero(yours, reference, rng):
    calls = []
    for step in (1, 4):
        weight, gradient, mean, variance = first_step(rng, 6, 5)
        gradient[1:3] = 0.0
        calls.append((weight, gradient, mean, variance, step, 0.1, 0.9, 0.95, 1e-8, 0.3))
    same_each(yours.adamw_step, reference.adamw_step, calls, tolerance=TIGHT)


@grades("adamw_step")
def test_a_gradient_as_small_as_eps(yours, reference, rng):
    calls = []
    for step, eps in ((1, 1e-5), (2, 1e-5), (6, 1e-6)):
        weight, gradient, mean, variance = later_step(rng, 4, 6)
        small = 20 * eps
        averages = (small * mean, small**2 * variance) if step > 1 else (0 * mean, 0 * variance)
        calls.append((weight, small * gradient, *averages, step, 0.1, 0.9, 0.99, eps, 0.1))
    same_each(yours.adamw_step, reference.adamw_step, calls, tolerance=TIGHT)


@grades("adamw_step", hidden=True)
def test_settings_of_a_real_training(yours, reference, rng):
    weight, mean, variance = rng.weight(12, 16), torch.zeros(12, 16), torch.zeros(12, 16)
    calls = []
    for step in range(1, 7):
        call = (weight, rng.normal(12, 16), mean, variance, step, 0.02, 0.9, 0.95, 1e-8, 0.1)
        calls.append(call)
        weight, mean, variance = reference.adamw_step(*call)
    same_each(yours.adamw_step, reference.adamw_step, calls, tolerance=TIGHT)


@grades("adamw_step")
def test_on_the_default_device(yours, reference, rng):
    arguments = (*later_step(rng, 4, 6), 3, *SETTINGS[0])
    runs_on_meta(yours.adamw_step, reference.adamw_step, *arguments)
