"""The graded suite of stage 17."""

import torch

from grader.suite import Tolerance, grades, require, same, same_each, shared
from grader.suite.shared_inputs import random_weights, small_params


def tiny_params(**changes):
    """Return the parameters of a model of two layers, for tests where size does not matter."""
    return small_params(**{"dim": 24, "n_heads": 4, "n_layers": 2, **changes})


def rotations(reference, params, seq_len):
    """Return the rotations that belong to `params`, for `seq_len` positions."""
    head_dim = params["dim"] // params["n_heads"]
    return reference.precompute_freqs_cis(head_dim, seq_len, params["rope_theta"])  # [T, d/2]


def is_like(result, x):
    """Return whether a result is a tensor of the shape and dtype of `x`."""
    return isinstance(result, torch.Tensor) and (result.shape, result.dtype) == (x.shape, x.dtype)


@grades("transformer_block", points=2)
def test_every_layer_uses_its_own_weights(yours, reference, rng):
    params = small_params()
    weights = random_weights(rng, reference, params)
    x, freqs_cis = rng.normal(7, 48, scale=2.0), rotations(reference, params, 7)
    calls = [(x, weights, layer, freqs_cis, params) for layer in (1, 2, 0)]
    same_each(yours.transformer_block, reference.transformer_block, calls)
    params = tiny_params(n_layers=12)  # so that "layers.11" also begins with "layers.1"
    weights = random_weights(rng, reference, params).args[0]
    names = rng.sample(list(weights), len(weights))  # a dict of weights may be in any order
    weights = shared({name: weights[name] for name in names})
    x, freqs_cis = rng.normal(5, 24), rotations(reference, params, 5)
    calls = [(x, weights, layer, freqs_cis, params) for layer in (1, 11)]
    same_each(yours.transformer_block, reference.transformer_block, calls)


@grades("transformer_block", points=1, hidden=True)
def test_models_of_other_sizes(yours, reference, rng):
    sizes = [(60, 6, 3, 5), (40, 5, 1, 8)]  # the second is multi-query
    for dim, n_heads, n_kv_heads, seq_len in sizes:
        params = small_params(dim=dim, n_heads=n_heads, n_kv_heads=n_kv_heads, n_layers=2)
        weights = random_weights(rng, reference, params)
        x, freqs_cis = rng.normal(seq_len, dim), rotations(reference, params, seq_len)
        same(yours.transformer_block, reference.transformer_block, x, weights, 1, freqs_cis, params)


@grades("transformer_block", points=1)
def test_norm_eps_comes_from_params(yours, reference, rng):
    weights = random_weights(rng, reference, tiny_params())
    freqs_cis = rotations(reference, tiny_params(), 6)
    calls = []
    for size, eps in ((1e-3, 1e-6), (1.0, 0.1)):  # where eps makes a difference
        params = tiny_params(norm_eps=eps)
        calls.append((rng.normal(6, 24, scale=size), weights, 1, freqs_cis, params))
    same_each(yours.transformer_block, reference.transformer_block, calls)


@grades("transformer_block", points=1)
def test_without_n_kv_heads_every_query_head_has_its_own(yours, reference, rng):
    null = tiny_params(n_kv_heads=None)
    absent = {name: value for name, value in null.items() if name != "n_kv_heads"}
    weights = random_weights(rng, reference, null)
    x, freqs_cis = rng.normal(5, 24), rotations(reference, null, 5)
    calls = [(x, weights, 1, freqs_cis, params) for params in (absent, null)]
    same_each(yours.transformer_block, reference.transformer_block, calls)


@grades("transformer_block", points=1)
def test_bfloat16(yours, reference, rng):
    params = small_params(n_layers=2)
    weights = random_weights(rng, reference, params, torch.bfloat16)
    x, freqs_cis = rng.normal(7, 48).bfloat16(), rotations(reference, params, 7)
    args = (x, weights, 1, freqs_cis, params)
    whole = Tolerance(rtol=0, atol=0, relative=1.8e-2)
    same(yours.transformer_block, reference.transformer_block, *args, tolerance=whole)


@grades("transformer_block")
def test_rotates_by_the_given_freqs_cis(yours, reference, rng):
    params = tiny_params()
    weights = random_weights(rng, reference, params)
    freqs_cis = reference.precompute_freqs_cis(6, 6, 100.0)  # not the rope_theta of params
    x = rng.normal(6, 24)
    same(yours.transformer_block, reference.transformer_block, x, weights, 1, freqs_cis, params)


@grades("transformer_block")
def test_a_single_token(yours, reference, rng):
    params = tiny_params()
    weights = random_weights(rng, reference, params)
    x, freqs_cis = rng.normal(1, 24), rotations(reference, params, 1)
    same(yours.transformer_block, reference.transformer_block, x, weights, 1, freqs_cis, params)


@grades("transformer_block")
def test_x_passes_through_a_layer_that_adds_little(yours, reference, rng):
    params = tiny_params()
    weights = dict(random_weights(rng, reference, params).args[0])
    for name in ("layers.1.attention.wo.weight", "layers.1.feed_forward.w2.weight"):
        weights[name] = weights[name] / 100  # so that both halves return almost nothing
    x = rng.normal(5, 24, scale=2.0)
    freqs_cis = rotations(reference, params, 5)
    result = yours.transformer_block(x, shared(weights), 1, freqs_cis, params)
    require(
        is_like(result, x) and (result - x).norm() < 0.1 * x.norm(),
        "wo and w2 are almost zero, so the layer should return x almost unchanged",
    )


@grades("transformer_block")
def test_the_past_does_not_see_the_future(yours, reference, rng):
    params = tiny_params()
    weights = random_weights(rng, reference, params)
    freqs_cis = rotations(reference, params, 6)
    x = rng.normal(6, 24)
    other = torch.cat([x[:5], rng.normal(1, 24)])  # another last token
    before = yours.transformer_block(x, weights, 1, freqs_cis, params)
    after = yours.transformer_block(other, weights, 1, freqs_cis, params)
    alike = is_like(before, x) and is_like(after, x)
    require(
        alike and torch.allclose(before[:5], after[:5], rtol=1e-4, atol=1e-5),
        "changing the last token changed the results for tokens before it",
    )
