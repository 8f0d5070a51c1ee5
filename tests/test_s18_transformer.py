"""The graded suite of stage 18."""

import torch

from grader.suite import Tolerance, grades, require, same, same_each, shared
from grader.suite.shared_inputs import random_weights, small_params


def tiny_params(**changes):
    """Return params of a model of three layers, for tests where the size doesn't matter."""
    return small_params(**{"dim": 24, "n_heads": 4, **changes})


@grades("transformer", points=1)
def test_models_of_three_and_of_34_layers(yours, reference, rng):
    params = small_params()
    weights = random_weights(rng, reference, params)
    same(yours.transformer, reference.transformer, rng.tokens(9, 40), weights, params)
    params = small_params(dim=8, n_heads=1, n_kv_heads=1, n_layers=34)  # layer 10 follows layer 9
    weights = random_weights(rng, reference, params).args[0]
    names = rng.sample(list(weights), len(weights))  # a dict of weights may be in any order
    weights = shared({name: weights[name] for name in names})
    same(yours.transformer, reference.transformer, rng.tokens(4, 40), weights, params)


@grades("transformer", points=1, hidden=True)
def test_models_of_other_sizes(yours, reference, rng):
    no_kv_heads = small_params(dim=30, n_heads=3)
    del no_kv_heads["n_kv_heads"]  # every query head has its own then
    multi_query = small_params(dim=36, n_heads=3, n_kv_heads=1, n_layers=2, vocab_size=27)
    for params, seq_len in ((no_kv_heads, 6), (multi_query, 7)):
        weights = random_weights(rng, reference, params)
        tokens = rng.tokens(seq_len, params["vocab_size"])
        same(yours.transformer, reference.transformer, tokens, weights, params)


@grades("transformer", points=1)
def test_rope_theta_and_norm_eps_come_from_params(yours, reference, rng):
    weights = random_weights(rng, reference, tiny_params())
    for change in ({"rope_theta": 100.0}, {"rope_theta": 10000.0, "norm_eps": 0.1}):
        params = tiny_params(**change)
        same(yours.transformer, reference.transformer, rng.tokens(7, 40), weights, params)


@grades("transformer", points=1)
def test_bfloat16(yours, reference, rng):
    weights = random_weights(rng, reference, tiny_params(), torch.bfloat16)
    args = (rng.tokens(24, 40), weights, tiny_params())  # far enough for a wrong theta to show
    whole = Tolerance(rtol=0, atol=0, relative=2.4e-2)
    same(yours.transformer, reference.transformer, *args, tolerance=whole)


@grades("transformer")
def test_prompts_of_one_and_of_70_tokens(yours, reference, rng):
    weights = random_weights(rng, reference, tiny_params())
    calls = [(rng.tokens(seq_len, 40), weights, tiny_params()) for seq_len in (1, 70)]
    same_each(yours.transformer, reference.transformer, calls)


@grades("transformer")
def test_the_past_does_not_see_the_future(yours, reference, rng):
    weights = random_weights(rng, reference, tiny_params())
    tokens = rng.tokens(6, 40)
    whole = yours.transformer(tokens, weights, tiny_params())
    beginning = yours.transformer(tokens[:4], weights, tiny_params())
    shapes = [list(x.shape) for x in (whole, beginning) if isinstance(x, torch.Tensor)]
    require(
        shapes == [[6, 24], [4, 24]] and torch.allclose(whole[:4], beginning, rtol=1e-4, atol=1e-5),
        "leaving out tokens 4 and 5 changed the vectors of tokens 0 to 3",
    )
