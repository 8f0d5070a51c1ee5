"""The graded suite of stage 31.

Each call gets weights of its own, unless a test is about weights that are used twice. The models
are tiny, because the stages that compute their results are not graded here.
"""

import torch

from grader.suite import (
    Recipe,
    Tolerance,
    grades,
    item,
    requires_no_gradients,
    runs_on_meta,
    same,
    same_each,
    same_gradients,
    shared,
)
from grader.suite.shared_inputs import random_weights, small_params

CLOSE = Tolerance(rtol=1e-4, atol=2e-6)


def model(rng, reference, **changes):
    """Return the weights and the params of a random model."""
    sizes = {"dim": 12, "n_heads": 2, "n_kv_heads": 1, "n_layers": 1, "vocab_size": 19}
    params = small_params(**{**sizes, **changes})
    return random_weights(rng, reference, params).args[0], params


def texts(rng, rows, length, params):
    """Draw a batch, `[rows, length + 1]`, in which tokens may repeat, and token 0, which some take
    for padding, is a target."""
    count = rows * (length + 1)
    drawn = torch.tensor(rng.choices(range(params["vocab_size"]), k=count)).view(rows, length + 1)
    drawn[rng.randrange(rows), rng.randrange(1, length + 1)] = 0
    return drawn


def loss_call(rng, reference, rows, length, **changes):
    weights, params = model(rng, reference, **changes)
    return texts(rng, rows, length, params), weights, params


def optimizer_of(rng, weights, step, max_norm, **settings):
    """Return what the optimizer remembers after `step` steps; `eps` is large enough to show."""
    common = {"beta1": 0.9, "beta2": 0.95, "eps": 2e-3, "weight_decay": 0.3}
    mean = {name: rng.normal(*one.shape, scale=0.05) for name, one in weights.items()}
    variance = {name: rng.uniform(*one.shape, high=0.005) for name, one in weights.items()}
    if step == 0:
        mean = {name: torch.zeros_like(one) for name, one in weights.items()}
        variance = {name: torch.zeros_like(one) for name, one in weights.items()}
    state = {"step": step, "mean": mean, "variance": variance, **common, "max_norm": max_norm}
    return {**state, **settings}


def step_call(rng, reference, rows, length, step, max_norm, lr, settings=None, **changes):
    batch, weights, params = loss_call(rng, reference, rows, length, **changes)
    optimizer = optimizer_of(rng, weights, step, max_norm, **(settings or {}))
    return batch, weights, optimizer, params, lr


@grades("batch_loss", points=1)
def test_several_texts(yours, reference, rng):
    calls = [loss_call(rng, reference, 3, 5), loss_call(rng, reference, 2, 7, n_layers=2)]
    calls += [loss_call(rng, reference, 4, 4, vocab_size=31)]
    same_each(yours.batch_loss, reference.batch_loss, calls)


@grades("batch_loss", points=1, hidden=True)
def test_one_text_or_many(yours, reference, rng):
    calls = [loss_call(rng, reference, 1, 6), loss_call(rng, reference, 7, 2)]
    calls += [loss_call(rng, reference, 3, 1), loss_call(rng, reference, 1, 1)]
    calls += [loss_call(rng, reference, 5, 3, dim=16, n_heads=2, n_layers=3)]
    same_each(yours.batch_loss, reference.batch_loss, calls)


@grades("batch_loss")
def test_padding_counts(yours, reference, rng):
    calls = []
    for padding in (45, 0):  # the id of end-of-text in a vocabulary of 300, and a common choice
        batch, weights, params = loss_call(rng, reference, 4, 6, vocab_size=300)
        batch[0, 3:] = batch[1, 4:] = batch[2, 6:] = padding
        calls.append((batch, weights, params))
    same_each(yours.batch_loss, reference.batch_loss, calls)


@grades("batch_loss")
def test_gradients(yours, reference, rng):
    for rows, length in ((3, 5), (2, 3)):
        same_gradients(yours.batch_loss, *loss_call(rng, reference, rows, length), of=(1,))


@grades("batch_loss")
def test_new_tensors_go_to_the_default_device(yours, reference, rng):
    runs_on_meta(yours.batch_loss, reference.batch_loss, *loss_call(rng, reference, 3, 5))


@grades("train_step", points=1)
def test_the_first_step(yours, reference, rng):
    calls = [step_call(rng, reference, 3, 5, 0, 100.0, 0.02)]
    calls += [step_call(rng, reference, 2, 4, 0, 0.2, 0.01, n_layers=2)]
    same_each(yours.train_step, reference.train_step, calls, tolerance=CLOSE)


@grades("train_step", points=1)
def test_a_later_step(yours, reference, rng):
    calls = [step_call(rng, reference, 3, 4, 7, 100.0, 0.03)]
    calls += [step_call(rng, reference, 2, 5, 2, 0.3, 0.01)]
    same_each(yours.train_step, reference.train_step, calls, tolerance=CLOSE)


@grades("train_step", points=1, hidden=True)
def test_other_settings_of_the_optimizer(yours, reference, rng):
    one = {"beta1": 0.8, "beta2": 0.99, "eps": 0.01, "weight_decay": 0.05}
    other = {"beta1": 0.95, "beta2": 0.7, "eps": 0.005, "weight_decay": 0.0}
    calls = [step_call(rng, reference, 4, 3, 4, 0.4, 0.05, one, vocab_size=27)]
    calls += [step_call(rng, reference, 1, 6, 11, 0.1, 0.002, other)]
    calls += [step_call(rng, reference, 3, 2, 0, 1.5, 0.01, one, n_layers=2)]
    same_each(yours.train_step, reference.train_step, calls, tolerance=CLOSE)


@grades("train_step")
def test_three_steps_in_a_row(yours, reference, rng):
    batch, weights, optimizer, params, lr = step_call(rng, reference, 3, 4, 0, 0.5, 0.02)
    for next_lr in (0.03, 0.01):
        taken = Recipe("train_step", (batch, weights, optimizer, params, lr))
        batch, lr = texts(rng, 3, 4, params), next_lr
        weights, optimizer = item(taken, 1), item(taken, 2)
    args = batch, weights, optimizer, params, lr
    same(yours.train_step, reference.train_step, *args, tolerance=CLOSE)


@grades("train_step")
def test_two_steps_from_the_same_weights(yours, reference, rng):
    batch, weights, optimizer, params, lr = step_call(rng, reference, 3, 4, 3, 0.5, 0.02)
    weights = shared(weights)
    taken = Recipe("train_step", (batch, weights, optimizer, params, lr))
    args = texts(rng, 3, 4, params), weights, item(taken, 2), params, lr
    same(yours.train_step, reference.train_step, *args, tolerance=CLOSE)


@grades("train_step")
def test_nothing_requires_gradients_afterwards(yours, reference, rng):
    requires_no_gradients(yours.train_step, *step_call(rng, reference, 2, 3, 1, 0.5, 0.02))
