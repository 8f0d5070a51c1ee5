"""The graded suite of stage 22."""

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
from grader.suite.shared_inputs import random_weights, small_params


def one_layer(reference, rng, n_earlier, n_new, n_heads, n_kv_heads, head_dim):
    """Return random arguments of `cached_attention`; without earlier tokens there is no past."""
    dim = n_heads * head_dim
    past = [rng.normal(n_kv_heads, n_earlier, head_dim) for _ in ("keys", "values")]
    return (
        rng.normal(n_new, dim),
        rng.weight(dim, dim),
        rng.weight(n_kv_heads * head_dim, dim),
        rng.weight(n_kv_heads * head_dim, dim),
        rng.weight(dim, dim),
        reference.precompute_freqs_cis(head_dim, n_earlier + n_new, 100.0)[n_earlier:],
        n_heads,
        n_kv_heads,
        tuple(past) if n_earlier else None,
    )


def tiny_params(**changes):
    """Return params of a model of three layers, for tests where the size doesn't matter."""
    return small_params(**{"dim": 24, "n_heads": 4, **changes})


def without_kv_heads(**changes):
    """Return params in which every query head has its own key/value head, as none are named."""
    params = small_params(**changes)
    del params["n_kv_heads"]
    return params


def continued(reference, rng, weights, params, n_earlier, n_new):
    """Return arguments of `cached_forward` in the middle of a text."""
    tokens = rng.tokens(n_earlier + n_new, params["vocab_size"])
    cache = None
    if n_earlier:
        _, cache = reference.cached_forward(tokens[:n_earlier], weights, params, None)
    return tokens[n_earlier:], weights, params, cache


def close(one, other):
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-4, atol=1e-5)


@grades("cached_attention", points=1)
def test_one_or_more_tokens_after_a_past(yours, reference, rng):
    sizes = [(7, 1, 6, 3, 8), (5, 4, 6, 2, 10), (3, 5, 4, 2, 6), (9, 2, 4, 1, 6), (4, 3, 3, 3, 8)]
    calls = [one_layer(reference, rng, *size) for size in sizes]
    same_each(yours.cached_attention, reference.cached_attention, calls)


@grades("cached_attention", points=1)
def test_without_a_past(yours, reference, rng):
    sizes = [(0, 7, 6, 3, 8), (0, 1, 4, 2, 6), (0, 5, 6, 2, 10)]
    calls = [one_layer(reference, rng, *size) for size in sizes]
    same_each(yours.cached_attention, reference.cached_attention, calls)


@grades("cached_attention", points=1)
def test_bfloat16_and_float16(yours, reference, rng):
    calls = []
    for half, size in ((torch.bfloat16, (6, 4, 6, 3, 8)), (torch.float16, (0, 5, 4, 2, 8))):
        *tensors, freqs_cis, n_heads, n_kv_heads, past = one_layer(reference, rng, *size)
        past = past and tuple(one.to(half) for one in past)
        tensors = [one.to(half) for one in tensors]
        calls.append((*tensors, freqs_cis, n_heads, n_kv_heads, past))
    same_each(yours.cached_attention, reference.cached_attention, calls)


@grades("cached_attention", points=1, hidden=True)
def test_other_sizes(yours, reference, rng):
    sizes = [(30, 1, 6, 2, 6), (11, 6, 8, 4, 10), (1, 3, 6, 1, 8), (2, 2, 5, 5, 4), (0, 9, 8, 2, 4)]
    calls = [one_layer(reference, rng, *size) for size in sizes]
    same_each(yours.cached_attention, reference.cached_attention, calls)


@grades("cached_attention")
def test_pieces_give_what_the_whole_gives(yours, reference, rng):
    x, *weights, freqs_cis, n_heads, n_kv_heads, _ = one_layer(reference, rng, 0, 8, 6, 3, 8)
    rest = (n_heads, n_kv_heads)
    whole, (keys, values) = yours.cached_attention(x, *weights, freqs_cis, *rest, None)
    pieces, past = [], None
    for begin, end in ((0, 3), (3, 4), (4, 8)):
        rows = slice(begin, end)
        out, past = yours.cached_attention(x[rows], *weights, freqs_cis[rows], *rest, past)
        pieces.append(out)
    require(
        close(torch.cat(pieces), whole) and close(past[0], keys) and close(past[1], values),
        "8 tokens in pieces of 3, 1 and 4, each with the past that the one before returned, give "
        "something else than the 8 tokens in one call",
    )


@grades("cached_attention")
def test_one_token_builds_no_square(yours, reference, rng):
    args = one_layer(reference, rng, 119, 1, 4, 2, 6)
    builds_no_tensor_of(yours.cached_attention, 120 * 120, *args)


@grades("cached_attention")
def test_new_tensors_go_to_the_default_device(yours, reference, rng):
    args = one_layer(reference, rng, 5, 3, 4, 2, 6)
    runs_on_meta(yours.cached_attention, reference.cached_attention, *args)


@grades("cached_forward", points=1)
def test_a_whole_prompt(yours, reference, rng):
    calls = []
    for params, n_tokens in ((small_params(), 7), (without_kv_heads(dim=24, n_heads=3), 5)):
        weights = random_weights(rng, reference, params)
        calls.append(continued(reference, rng, weights, params, 0, n_tokens))
    calls.append(continued(reference, rng, weights, {**params, "n_kv_heads": None}, 0, 1))
    same_each(yours.cached_forward, reference.cached_forward, calls)


@grades("cached_forward", points=1)
def test_one_token_after_others(yours, reference, rng):
    calls = []
    for params, n_earlier in ((small_params(), 7), (small_params(dim=36, n_layers=2), 5)):
        weights = random_weights(rng, reference, params)
        calls.append(continued(reference, rng, weights, params, n_earlier, 1))
    same_each(yours.cached_forward, reference.cached_forward, calls)


@grades("cached_forward", points=1)
def test_several_tokens_after_others(yours, reference, rng):
    params = small_params()
    weights = random_weights(rng, reference, params)
    sizes = [(5, 4), (4, 6), (1, 3)]
    calls = [continued(reference, rng, weights, params, *size) for size in sizes]
    same_each(yours.cached_forward, reference.cached_forward, calls)


@grades("cached_forward", points=1, hidden=True)
def test_models_of_other_sizes(yours, reference, rng):
    calls = []
    multi_query = small_params(dim=40, n_heads=5, n_kv_heads=1, n_layers=4, vocab_size=56)
    for params, size in ((multi_query, (9, 3)), (without_kv_heads(dim=16, n_heads=2), (6, 1))):
        weights = random_weights(rng, reference, params)
        calls.append(continued(reference, rng, weights, params, *size))
    same_each(yours.cached_forward, reference.cached_forward, calls)


@grades("cached_forward")
def test_rope_theta_and_norm_eps_come_from_params(yours, reference, rng):
    weights = random_weights(rng, reference, tiny_params())
    calls = [
        continued(reference, rng, weights, tiny_params(**change), 6, 2)
        for change in ({"rope_theta": 100.0}, {"rope_theta": 10000.0, "norm_eps": 0.1})
    ]
    same_each(yours.cached_forward, reference.cached_forward, calls)


@grades("cached_forward")
def test_bfloat16(yours, reference, rng):
    params = small_params(n_layers=2)
    weights = random_weights(rng, reference, params, torch.bfloat16)
    args = continued(reference, rng, weights, params, 5, 3)
    whole = Tolerance(rtol=0, atol=0, relative=2.4e-2)
    same(yours.cached_forward, reference.cached_forward, *args, tolerance=whole)


@grades("cached_forward")
def test_any_pieces_give_the_logits_of_the_whole(yours, reference, rng):
    params = tiny_params()
    weights = random_weights(rng, reference, params)
    tokens = rng.tokens(9, params["vocab_size"])
    whole, _ = yours.cached_forward(tokens, weights, params, None)
    for ends in ((9,), (8, 9), (4, 5, 9), (1, 2, 3, 4, 5, 6, 7, 8, 9)):
        begin, cache = 0, None
        for end in ends:
            logits, cache = yours.cached_forward(tokens[begin:end], weights, params, cache)
            begin = end
        require(
            close(logits, whole),
            "9 tokens in calls that end after token {ends} give other logits than 9 tokens in one "
            "call",
            ends=", ".join(map(str, ends)),
        )


@grades("cached_forward")
def test_one_token_of_a_long_text_builds_no_square(yours, reference, rng):
    params = tiny_params(dim=16, n_heads=2, n_kv_heads=1, n_layers=2)
    weights = random_weights(rng, reference, params)
    args = continued(reference, rng, weights, params, 119, 1)
    builds_no_tensor_of(yours.cached_forward, 120 * 120, *args)


@grades("cached_forward")
def test_new_tensors_go_to_the_default_device_in_all_layers(yours, reference, rng):
    weights = random_weights(rng, reference, tiny_params())
    args = continued(reference, rng, weights, tiny_params(), 4, 2)
    runs_on_meta(yours.cached_forward, reference.cached_forward, *args)
