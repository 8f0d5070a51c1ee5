"""The graded suite of stage 29.

No test runs on the meta device: a right way may go through the targets one by one, and look at
their values.
"""

import torch

from grader.suite import grades, same_each, same_gradients


def text(rng, length, vocabulary, scale=2.0):
    """Draw logits for each position, and targets. All ids but the highest two occur, if the
    targets are many enough."""
    return rng.normal(length, vocabulary, scale=scale), rng.tokens(length, max(1, vocabulary - 2))


def offsets(rng, length, step):
    """Return numbers for the rows, `step` apart, around 0 and in any order, `[T, 1]`."""
    order = rng.tokens(length, length).float()
    return step * (order - order.mean())[:, None]


@grades("cross_entropy", points=1)
def test_wide_tall_and_square(yours, reference, rng):
    sizes = ((5, 9), (4, 20), (7, 7), (12, 6), (1, 7), (150, 8))
    calls = [text(rng, *size, scale=1.0) for size in sizes]
    calls += [(torch.zeros(4, 60), rng.tokens(4, 60))]  # all tokens equally likely
    same_each(yours.cross_entropy, reference.cross_entropy, calls)


@grades("cross_entropy", points=1)
def test_logits_of_any_size(yours, reference, rng):
    calls = [text(rng, 6, 9, scale=1e4)]
    logits, _ = text(rng, 1, 7)
    calls.append((logits + 120.0, logits.argmin(1)))
    for offset in (400.0, -400.0):
        logits, targets = text(rng, 5, 8, scale=20.0)
        calls.append((logits + offset, targets))
    logits, targets = text(rng, 6, 7, scale=20.0)
    calls.append((logits + offsets(rng, 6, 300.0), targets))
    for far in (300.0, 3000.0):
        logits, targets = text(rng, 6, 9)
        logits[:, -1] -= far  # never a target
        calls.append((logits, targets))
    # Every target is less likely than another token, by a factor of e^2 to e^40.
    logits, targets = text(rng, 20, 25, scale=0.5)
    rows = torch.arange(20)
    logits[rows, targets] = logits.amax(1) - 2.0 * (rows + 1)
    calls.append((logits, targets))
    same_each(yours.cross_entropy, reference.cross_entropy, calls)


@grades("cross_entropy", points=1)
def test_float32_whatever_the_dtype(yours, reference, rng):
    calls = []
    for half in (torch.bfloat16, torch.float16):
        for length, vocabulary, scale in ((1, 7, 4.0), (5, 30, 4.0), (9, 9, 6.0), (6, 8, 3000.0)):
            logits, targets = text(rng, length, vocabulary, scale)
            calls.append((logits.to(half), targets))
    same_each(yours.cross_entropy, reference.cross_entropy, calls, in_float32=True)


@grades("cross_entropy")
def test_gradients(yours, rng):
    for length, vocabulary in ((5, 9), (7, 7), (1, 6), (12, 6)):
        same_gradients(yours.cross_entropy, *text(rng, length, vocabulary), of=[0])


@grades("cross_entropy")
def test_gradients_of_large_logits(yours, rng):
    logits, targets = text(rng, 6, 9, scale=3.0)
    for large in (logits + 400.0, logits + offsets(rng, 6, 300.0), 1e4 * logits):
        same_gradients(yours.cross_entropy, large, targets, of=[0])


@grades("cross_entropy", hidden=True)
def test_a_larger_vocabulary(yours, reference, rng):
    calls = [text(rng, 40, 300), text(rng, 25, 200, scale=50.0)]
    logits, targets = text(rng, 30, 100, scale=5.0)
    calls += [(logits.bfloat16(), targets), (logits, logits.argmax(1))]
    same_each(yours.cross_entropy, reference.cross_entropy, calls, in_float32=True)
