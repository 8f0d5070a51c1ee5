"""The graded suite of stage 32.

The weight is never updated here, so only `a` and `b` need gradients.
"""

import torch

from grader.suite import Tolerance, grades, require, same_each, same_gradients

# in, out, r, alpha
SIZES = [(8, 12, 3, 5.0), (10, 6, 4, 7.0), (7, 7, 4, 14), (9, 5, 6, 2.5), (5, 5, 5, 8.0)]


def matrices(rng, columns, rows, rank):
    """Return a weight with small matrices that change it about as much as it is large."""
    return rng.weight(rows, columns), rng.weight(rank, columns), rng.weight(rows, rank)


@grades("lora_linear", points=1)
def test_wide_tall_and_square(yours, reference, rng):
    calls = []
    for tokens, (columns, rows, rank, alpha) in zip((5, 4, 7, 1, 6), SIZES, strict=True):
        calls.append((rng.normal(tokens, columns), *matrices(rng, columns, rows, rank), alpha))
    same_each(yours.lora_linear, reference.lora_linear, calls)


@grades("lora_linear", points=1, hidden=True)
def test_small_and_large_alpha(yours, reference, rng):
    calls = []
    for columns, rows, rank in ((12, 9, 4), (6, 6, 3), (11, 11, 2)):
        for alpha in (0.3, 7.0, 40):
            weights = matrices(rng, columns, rows, rank)
            calls.append((rng.normal(5, columns), *weights, alpha))
    same_each(yours.lora_linear, reference.lora_linear, calls)


@grades("lora_linear")
def test_products_in_half_precision(yours, reference, rng):
    calls = []
    for half in (torch.bfloat16, torch.float16):
        for columns, rows, rank, alpha in SIZES:
            tensors = rng.normal(5, columns, scale=0.3), *matrices(rng, columns, rows, rank)
            calls.append((*(one.to(half) for one in tensors), alpha))
    same_each(yours.lora_linear, reference.lora_linear, calls)


@grades("lora_linear")
def test_a_new_b_changes_nothing(yours, reference, rng):
    weight, a, b = matrices(rng, 8, 8, 3)
    x = rng.normal(6, 8)
    same_each(yours.lora_linear, reference.lora_linear, [(x, weight, a, torch.zeros_like(b), 5.0)])


@grades("lora_linear")
def test_products_can_be_trained(yours, rng):
    for columns, rows, rank, alpha in ((8, 12, 3, 5.0), (6, 6, 4, 10.0)):
        weights = matrices(rng, columns, rows, rank)
        same_gradients(yours.lora_linear, rng.normal(5, columns), *weights, alpha, of=(2, 3))


@grades("merge_lora", points=1)
def test_merged_weights(yours, reference, rng):
    calls = []
    for columns, rows, rank, alpha in (*SIZES, (12, 9, 4, 0.3), (6, 6, 3, 40)):
        calls.append((*matrices(rng, columns, rows, rank), alpha))
    same_each(yours.merge_lora, reference.merge_lora, calls)


@grades("merge_lora")
def test_merged_in_half_precision(yours, reference, rng):
    for half, share in ((torch.bfloat16, 2e-2), (torch.float16, 2.5e-3)):
        calls = []
        for columns, rows, rank, alpha in SIZES:
            weights = matrices(rng, columns, rows, rank)
            calls.append((*(one.to(half) for one in weights), alpha))
        whole = Tolerance(rtol=0.0, atol=0.0, relative=share)
        same_each(yours.merge_lora, reference.merge_lora, calls, tolerance=whole)


@grades("merge_lora")
def test_merged_weights_do_the_same(yours, reference, rng):
    for columns, rows, rank, alpha in SIZES:
        weights = matrices(rng, columns, rows, rank)
        x = rng.normal(6, columns)
        merged = yours.merge_lora(*weights, alpha)
        require(
            merged.shape == weights[0].shape
            and torch.allclose(
                x @ merged.T, reference.lora_linear(x, *weights, alpha), rtol=1e-4, atol=1e-4
            ),
            "x times the merged matrix differs from lora_linear with the three matrices",
        )


@grades("merge_lora")
def test_merged_weights_can_be_trained(yours, rng):
    for columns, rows, rank, alpha in ((8, 12, 3, 5.0), (6, 6, 4, 10.0)):
        same_gradients(yours.merge_lora, *matrices(rng, columns, rows, rank), alpha, of=(1, 2))
