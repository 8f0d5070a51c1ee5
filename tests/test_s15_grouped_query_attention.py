"""The graded suite of stage 15."""

import torch

from grader.suite import grades, require, same_each


def one_layer(reference, rng, n_tokens, n_heads, n_kv_heads, head_dim, dim=None):
    """Return random arguments of `attention`; `dim` is the width of all heads unless given."""
    dim = dim or n_heads * head_dim
    return (
        rng.normal(n_tokens, dim),
        rng.weight(n_heads * head_dim, dim),
        rng.weight(n_kv_heads * head_dim, dim),
        rng.weight(n_kv_heads * head_dim, dim),
        rng.weight(dim, n_heads * head_dim),
        reference.precompute_freqs_cis(head_dim, n_tokens, 100.0),
        n_heads,
        n_kv_heads,
    )


def close(one, other):
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-4, atol=1e-5)


@grades("kv_head_index", points=1)
def test_neighbors_share_a_kv_head(yours, reference):
    sizes = [(6, 2), (10, 5), (12, 2), (15, 5), (32, 8)]
    calls = [(head, n_heads, n_kv) for n_heads, n_kv in sizes for head in range(n_heads)]
    same_each(yours.kv_head_index, reference.kv_head_index, calls)


@grades("kv_head_index", points=1)
def test_index_from_multi_head_to_multi_query(yours, reference):
    calls = [(head, 12, n_kv) for n_kv in (12, 6, 4, 3, 2, 1) for head in range(12)]
    same_each(yours.kv_head_index, reference.kv_head_index, calls)


@grades("attention", points=3)
def test_groups_of_two_and_three(yours, reference, rng):
    sizes = [(7, 6, 3, 8), (5, 6, 2, 10), (9, 4, 2, 6)]
    calls = [one_layer(reference, rng, *size) for size in sizes]
    same_each(yours.attention, reference.attention, calls)


@grades("attention", points=2)
def test_attention_from_multi_head_to_multi_query(yours, reference, rng):
    calls = [one_layer(reference, rng, 7, 6, n_kv_heads, 8) for n_kv_heads in (6, 3, 1)]
    same_each(yours.attention, reference.attention, calls)


@grades("attention", points=2, hidden=True)
def test_from_one_token_to_many(yours, reference, rng):
    calls = [one_layer(reference, rng, n_tokens, 6, 3, 8) for n_tokens in (40, 11, 2, 1)]
    same_each(yours.attention, reference.attention, calls)


@grades("attention", points=1)
def test_bfloat16_and_float16(yours, reference, rng):
    calls = []
    for half in (torch.bfloat16, torch.float16):
        *tensors, freqs_cis, n_heads, n_kv_heads = one_layer(reference, rng, 7, 6, 3, 8)
        calls.append((*[one.to(half) for one in tensors], freqs_cis, n_heads, n_kv_heads))
    same_each(yours.attention, reference.attention, calls)


@grades("attention")
def test_shared_heads_are_copies_of_one_head(yours, reference, rng):
    x, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads = one_layer(reference, rng, 7, 6, 3, 8)
    grouped = yours.attention(x, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads)
    wk, wv = (  # every key/value head twice in a row, once per query head of its group
        weight.view(3, 8, 48).repeat_interleave(2, dim=0).reshape(48, 48) for weight in (wk, wv)
    )
    multi_head = yours.attention(x, wq, wk, wv, wo, freqs_cis, n_heads, n_heads)
    require(
        close(grouped, multi_head),
        "6 query heads on 3 key/value heads give another result than 6 on 6, although the 6 are "
        "the same 3, each repeated twice in a row",
    )


@grades("attention")
def test_the_past_does_not_see_the_future(yours, reference, rng):
    x, *rest = one_layer(reference, rng, 9, 4, 2, 8)
    before = yours.attention(x, *rest)
    after = yours.attention(torch.cat([x[:5], rng.normal(4, 32)]), *rest)
    require(
        close(before[:5], after[:5]),
        "changing tokens 5 to 8 changed the results for tokens 0 to 4",
    )


@grades("attention")
def test_only_distances_count(yours, reference, rng):
    *args, _, n_heads, n_kv_heads = one_layer(reference, rng, 7, 4, 2, 8)
    freqs_cis = reference.precompute_freqs_cis(8, 12, 100.0)
    here = yours.attention(*args, freqs_cis[:7], n_heads, n_kv_heads)
    further = yours.attention(*args, freqs_cis[5:].clone(), n_heads, n_kv_heads)
    require(
        close(here, further),
        "the same tokens give another result at positions 5 to 11 than at positions 0 to 6",
    )
