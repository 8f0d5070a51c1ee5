"""The graded suite of stage 25.

It compares values: code with a loop over heads passes too. `grader compare 25` shows the speed.
"""

import torch

from grader.suite import Tolerance, grades, require, runs_on_meta, same, same_each

WIDE = Tolerance(rtol=1e-3, atol=1e-3)  # a score of 100 is only exact to about 1e-5
NO_ROTATION = torch.ones(1, 8, dtype=torch.complex64)


def one_layer(reference, rng, n_new, n_past, n_heads, n_kv_heads, head_dim):
    """Return random arguments of `all_heads_attention`; without earlier tokens, `past` is None."""
    dim, kv_dim = n_heads * head_dim, n_kv_heads * head_dim
    past = tuple(rng.normal(n_kv_heads, n_past, head_dim) for _ in "kv") if n_past else None
    return (
        rng.normal(n_new, dim),
        rng.weight(dim, dim),
        rng.weight(kv_dim, dim),
        rng.weight(kv_dim, dim),
        rng.weight(dim, dim),
        reference.precompute_freqs_cis(head_dim, n_past + n_new, 100.0)[n_past:].clone(),
        n_heads,
        n_kv_heads,
        past,
    )


def in_dtype(args, dtype):
    """Return the same arguments with weights, vectors and cache in another dtype."""
    *tensors, freqs_cis, n_heads, n_kv_heads, past = args
    past = past and tuple(one.to(dtype) for one in past)
    return (*[one.to(dtype) for one in tensors], freqs_cis, n_heads, n_kv_heads, past)


def close(one, other):
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-4, atol=1e-5)


@grades("all_heads_attention", points=1)
def test_without_a_past(yours, reference, rng):
    sizes = [(7, 0, 6, 3, 8), (5, 0, 6, 2, 10), (9, 0, 4, 2, 6), (1, 0, 6, 2, 8)]
    calls = [one_layer(reference, rng, *size) for size in sizes]
    same_each(yours.all_heads_attention, reference.all_heads_attention, calls)


@grades("all_heads_attention", points=1)
def test_one_token_after_a_past(yours, reference, rng):
    sizes = [(1, 7, 6, 3, 8), (1, 12, 6, 2, 10), (1, 1, 4, 2, 6)]
    calls = [one_layer(reference, rng, *size) for size in sizes]
    same_each(yours.all_heads_attention, reference.all_heads_attention, calls)


@grades("all_heads_attention", points=1)
def test_several_tokens_after_a_past(yours, reference, rng):
    sizes = [(4, 7, 6, 3, 8), (7, 3, 6, 2, 10), (5, 5, 4, 2, 6), (2, 1, 6, 2, 8)]
    calls = [one_layer(reference, rng, *size) for size in sizes]
    same_each(yours.all_heads_attention, reference.all_heads_attention, calls)


@grades("all_heads_attention", points=1)
def test_from_multi_head_to_multi_query(yours, reference, rng):
    calls = [
        one_layer(reference, rng, *size, 6, n_kv_heads, 8)
        for n_kv_heads in (6, 3, 1)
        for size in ((5, 0), (4, 6), (1, 9))
    ]
    same_each(yours.all_heads_attention, reference.all_heads_attention, calls)


@grades("all_heads_attention", points=1)
def test_bfloat16_and_float16(yours, reference, rng):
    calls = [
        in_dtype(one_layer(reference, rng, *size, 6, 3, 8), half)
        for half in (torch.bfloat16, torch.float16)
        for size in ((7, 0), (4, 6), (1, 9))
    ]
    same_each(yours.all_heads_attention, reference.all_heads_attention, calls)


def one_key_that_takes_nearly_all(rng, score):
    """Return arguments in which every head gives the first key this score, and its value is zero.

    The result consists of the tiny weights of the other keys. A softmax in float32 keeps their
    digits; in half precision the subtraction of the large score loses them.
    """
    n_heads, n_kv_heads, n_past, head_dim = 4, 2, 24, 16
    keys, values = (rng.normal(n_kv_heads, n_past, head_dim) for _ in "kv")
    keys[:, 0], keys[:, :, 0], values[:, 0] = 0.0, 0.0, 0.0
    keys[:, 0, 0] = score
    queries = torch.zeros(n_heads, head_dim)
    queries[:, 0] = 4.0  # the square root of the width
    # The score of any other key is one of its entries.
    queries[range(n_heads), [1 + head for head in range(n_heads)]] = 4.0
    dim, kv_dim = n_heads * head_dim, n_kv_heads * head_dim
    x, wq = torch.zeros(1, dim), torch.zeros(dim, dim)
    x[0, 0], wq[:, 0] = 1.0, queries.flatten()
    nothing = torch.zeros(kv_dim, dim)
    weights = wq, nothing, nothing.clone(), torch.eye(dim)
    return x, *weights, NO_ROTATION, n_heads, n_kv_heads, (keys, values)


@grades("all_heads_attention")
def test_softmax_in_float32(yours, reference, rng):
    # Right ways differ from the reference by less than half of these shares.
    for half, score, share in ((torch.bfloat16, 20.0, 0.01), (torch.float16, 9.0, 1e-3)):
        args = in_dtype(one_key_that_takes_nearly_all(rng, score), half)
        whole = Tolerance(rtol=0.0, atol=0.0, relative=share)
        same(yours.all_heads_attention, reference.all_heads_attention, *args, tolerance=whole)


@grades("all_heads_attention")
def test_large_scores_do_not_overflow(yours, reference, rng):
    x, wq, *rest = one_layer(reference, rng, 4, 7, 6, 3, 8)
    args = x, 60 * wq, *rest  # exp(89) is infinite in float32
    same(yours.all_heads_attention, reference.all_heads_attention, *args, tolerance=WIDE)


@grades("all_heads_attention")
def test_in_pieces_as_in_one_call(yours, reference, rng):
    x, *weights, freqs_cis, n_heads, n_kv_heads, _ = one_layer(reference, rng, 9, 0, 6, 2, 8)
    heads = n_heads, n_kv_heads
    whole, _ = yours.all_heads_attention(x, *weights, freqs_cis, *heads, None)
    outputs, past = [], None
    for start, end in ((0, 4), (4, 5), (5, 8), (8, 9)):
        piece = x[start:end].clone(), *weights, freqs_cis[start:end].clone(), *heads, past
        out, past = yours.all_heads_attention(*piece)
        outputs.append(out)
    require(
        close(torch.cat(outputs), whole),
        "9 tokens in pieces of 4, 1, 3 and 1, each with the cache from before, give another "
        "result than all 9 in one call",
    )


@grades("all_heads_attention")
def test_the_past_does_not_see_the_future(yours, reference, rng):
    x, *rest = one_layer(reference, rng, 6, 4, 4, 2, 8)
    before, _ = yours.all_heads_attention(x, *rest)
    after, _ = yours.all_heads_attention(torch.cat([x[:4], rng.normal(2, 32)]), *rest)
    require(
        close(before[:4], after[:4]),
        "changing the last two of six new tokens changed the results for the four before them",
    )


@grades("all_heads_attention")
def test_new_tensors_go_to_the_default_device(yours, reference, rng):
    args = one_layer(reference, rng, 4, 3, 6, 2, 8)
    runs_on_meta(yours.all_heads_attention, reference.all_heads_attention, *args)


@grades("all_heads_attention", hidden=True)
def test_from_one_token_to_many(yours, reference, rng):
    sizes = [(40, 0), (11, 20), (2, 33), (1, 50), (1, 0)]
    calls = [one_layer(reference, rng, *size, 10, 5, 6) for size in sizes]
    same_each(yours.all_heads_attention, reference.all_heads_attention, calls)
