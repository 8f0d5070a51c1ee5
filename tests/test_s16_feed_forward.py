"""The graded suite of stage 16."""

import torch

from grader.suite import Tolerance, grades, require, same_each


def one_layer(rng, n_tokens, dim, width):
    """Return random arguments of `feed_forward`."""
    x = rng.normal(n_tokens, dim)
    return x, rng.weight(width, dim), rng.weight(dim, width), rng.weight(width, dim)


@grades("feed_forward", points=2)
def test_wider_narrower_and_square(yours, reference, rng):
    sizes = [(7, 12, 20), (5, 16, 10), (6, 14, 14), (1, 6, 9)]
    calls = [one_layer(rng, *size) for size in sizes]
    same_each(yours.feed_forward, reference.feed_forward, calls)


@grades("feed_forward", points=1, hidden=True)
def test_small_and_large_gates(yours, reference, rng):
    calls = []
    for scale in (0.05, 1.0, 30.0, 1000.0):  # exp(89) is infinite in float32
        x, w1, w2, w3 = one_layer(rng, 6, 12, 12)
        calls.append((x, w1 * scale, w2 / scale, w3))
    same_each(yours.feed_forward, reference.feed_forward, calls)


@grades("feed_forward", points=1)
def test_bfloat16_and_float16(yours, reference, rng):
    for half, share in ((torch.bfloat16, 2e-2), (torch.float16, 2.5e-3)):
        calls = []
        for width, scale in ((20, 1.0), (12, 1.0), (14, 20.0)):  # exp(12) is infinite in float16
            x, w1, w2, w3 = one_layer(rng, 7, 12, width)
            layer = (x, w1 * scale, w2 / scale, w3)
            calls.append(tuple(one.to(half) for one in layer))
        whole = Tolerance(rtol=0.0, atol=0.0, relative=share)
        same_each(yours.feed_forward, reference.feed_forward, calls, tolerance=whole)


@grades("feed_forward")
def test_tokens_do_not_look_at_each_other(yours, rng):
    x, *weights = one_layer(rng, 5, 12, 12)
    together = yours.feed_forward(x, *weights)
    alone = yours.feed_forward(x[2:3], *weights)
    require(
        together.shape == x.shape and torch.allclose(together[2:3], alone, rtol=1e-4, atol=1e-5),
        "token 2 gives another result alone than together with other tokens",
    )


@grades("feed_forward")
def test_twice_w3_gives_twice_the_result(yours, rng):
    x, w1, w2, w3 = one_layer(rng, 5, 12, 12)
    once, twice = yours.feed_forward(x, w1, w2, w3), yours.feed_forward(x, w1, w2, 2 * w3)
    require(
        once.shape == twice.shape and torch.allclose(2 * once, twice, rtol=1e-4, atol=1e-5),
        "doubling w3 should double the result, but it does not",
    )
