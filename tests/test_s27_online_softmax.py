"""The graded suite of stage 27."""

import torch

from grader.suite import (
    Tolerance,
    builds_no_tensor_of,
    grades,
    require,
    runs_on_meta,
    same,
    same_each,
)

WIDE = Tolerance(rtol=1e-3, atol=1e-3)  # a score of 1000 is only exact to about 1e-4


def one_head(rng, n_queries, n_keys, width, block):
    """Return random arguments of `attention_in_blocks`."""
    q, k, v = (rng.normal(count, width) for count in (n_queries, n_keys, n_keys))
    return q, k, v, block


@grades("attention_in_blocks", points=2)
def test_several_blocks(yours, reference, rng):
    sizes = [(12, 12, 6, 4), (10, 10, 8, 5), (7, 7, 10, 1), (9, 9, 6, 9)]
    calls = [one_head(rng, *size) for size in sizes]
    same_each(yours.attention_in_blocks, reference.attention_in_blocks, calls)


@grades("attention_in_blocks", points=1)
def test_blocks_that_do_not_divide_the_keys(yours, reference, rng):
    sizes = [(10, 10, 6, 4), (13, 13, 8, 6), (9, 9, 10, 8), (5, 5, 6, 64), (1, 1, 8, 2)]
    calls = [one_head(rng, *size) for size in sizes]
    same_each(yours.attention_in_blocks, reference.attention_in_blocks, calls)


@grades("attention_in_blocks", points=1)
def test_more_keys_than_queries(yours, reference, rng):
    sizes = [(3, 11, 6, 4), (1, 9, 8, 2), (6, 14, 10, 5), (4, 8, 6, 20)]
    calls = [one_head(rng, *size) for size in sizes]
    same_each(yours.attention_in_blocks, reference.attention_in_blocks, calls)


@grades("attention_in_blocks", points=1)
def test_large_scores_do_not_overflow(yours, reference, rng):
    q, k, v, block = one_head(rng, 7, 12, 6, 3)
    calls = [(1000 * q, k, v, block)]
    for size in (30.0, -30.0):  # scores near 300 or -300; exp(89) is infinite in float32
        q[:, 0], k[:, 0] = size, 30.0 * 6**0.5 / 3 + rng.normal(12) / 30
        calls.append((q.clone(), k.clone(), v, block))
    for highest in (-1, 0):  # only the last query sees the key with the highest score, or all do
        keys = k.clone()
        keys[highest, 0] *= -1
        calls.append((q, keys, v, block))
    low, keys = torch.zeros(5, 16), torch.zeros(8, 16)
    low[:, 0], keys[:, 0] = -2048.0, 32.0  # every score is exactly -16384
    calls.append((low, keys, rng.normal(8, 16), block))
    same_each(yours.attention_in_blocks, reference.attention_in_blocks, calls, tolerance=WIDE)


def first_key_takes_nearly_all(rng, score):
    """Return queries, keys and values whose first weight is large, as in real models.

    That key's value is zero, so the result consists of many small weights. If they are added up in
    half precision, they are lost beside the first one.
    """
    q, k, v = torch.zeros(12, 16), rng.normal(40, 16), 3 + rng.normal(40, 16)
    k[0], k[:, 0], v[0] = 0.0, 0.0, 0.0
    k[0, 0] = score
    q[:, 0] = 4.0  # the square root of the width
    q[range(12), range(1, 13)] = 4.0  # the score of any other key is an entry of that key
    return q, k, v


@grades("attention_in_blocks", points=1)
def test_half_precision(yours, reference, rng):
    q, k, v, block = one_head(rng, 6, 30, 10, 4)
    calls = [(q.to(half), k.to(half), v.to(half), block) for half in (torch.bfloat16, torch.half)]
    same_each(yours.attention_in_blocks, reference.attention_in_blocks, calls)
    for half, score, share in ((torch.bfloat16, 6.0, 0.01), (torch.float16, 8.0, 2e-3)):
        args = [one.to(half) for one in first_key_takes_nearly_all(rng, score)]
        whole = Tolerance(rtol=0.0, atol=0.0, relative=share)
        same(yours.attention_in_blocks, reference.attention_in_blocks, *args, 1, tolerance=whole)


@grades("attention_in_blocks")
def test_the_whole_table_is_never_built(yours, rng):
    for block in (8, 25, 1):
        args = one_head(rng, 20, 30, 6, block)
        builds_no_tensor_of(yours.attention_in_blocks, 20 * 30, *args)


@grades("attention_in_blocks")
def test_any_block_gives_the_same(yours, rng):
    q, k, v, _ = one_head(rng, 6, 11, 8, 0)
    whole = yours.attention_in_blocks(q, k, v, 11)
    for block in (1, 2, 3, 5, 10):
        same(yours.attention_in_blocks, lambda *args: whole, q, k, v, block)


@grades("attention_in_blocks")
def test_the_past_does_not_see_the_future(yours, rng):
    q, k, v, block = one_head(rng, 6, 9, 8, 4)
    other_ending = [torch.cat([one[:-2], rng.normal(2, 8)]) for one in (q, k, v)]
    before = yours.attention_in_blocks(q, k, v, block)
    after = yours.attention_in_blocks(*other_ending, block)
    require(
        torch.allclose(before[:4], after[:4], rtol=1e-4, atol=1e-5),
        "changing the last two queries, keys and values changed the results of the other queries",
    )


@grades("attention_in_blocks", hidden=True)
def test_equal_keys_give_the_mean_so_far(yours, rng):
    k, v = rng.normal(1, 6).repeat(10, 1), rng.normal(10, 6)
    means = v.cumsum(0) / torch.arange(1, 11).unsqueeze(1)
    same(yours.attention_in_blocks, lambda *args: means[-7:], rng.normal(7, 6), k, v, 4)


@grades("attention_in_blocks")
def test_new_tensors_go_to_the_default_device(yours, reference, rng):
    runs_on_meta(
        yours.attention_in_blocks, reference.attention_in_blocks, *one_head(rng, 4, 7, 6, 3)
    )
