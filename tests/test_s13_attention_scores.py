"""The graded suite of stage 13."""

import math

import torch

from grader.suite import grades, require, same, same_each


@grades("attention_scores", points=1)
def test_scores_of_several_widths(yours, reference, rng):
    sizes = [(5, 5, 6), (9, 9, 24), (4, 6, 10)]  # queries, keys, width
    calls = [(rng.normal(queries, d), rng.normal(keys, d)) for queries, keys, d in sizes]
    same_each(yours.attention_scores, reference.attention_scores, calls)


@grades("attention_scores", points=1, hidden=True)
def test_more_queries_than_keys_or_fewer(yours, reference, rng):
    sizes = [(1, 7, 12), (6, 2, 10)]
    calls = [(rng.normal(queries, d), rng.normal(keys, d)) for queries, keys, d in sizes]
    same_each(yours.attention_scores, reference.attention_scores, calls)


@grades("attention_scores", points=1)
def test_half_precision(yours, reference, rng):
    q, k = rng.normal(5, 6), rng.normal(8, 6)
    calls = [(q.bfloat16(), k.bfloat16()), (q.half(), k.half())]
    same_each(yours.attention_scores, reference.attention_scores, calls, or_float32=True)


@grades("attention_scores")
def test_queries_along_the_axes_pick_entries_of_the_keys(yours, rng):
    k, d = rng.normal(7, 10), 10
    q = torch.eye(d)[:4] * math.sqrt(d)  # query i asks only for entry i
    same(yours.attention_scores, lambda q, k: k.T[:4], q, k)


@grades("attention_scores")
def test_scores_have_the_same_size_at_every_width(yours, rng):
    for d in (6, 96):
        scores = yours.attention_scores(rng.normal(60, d), rng.normal(50, d))
        spread = float(scores.std())
        require(
            0.7 < spread < 1.4,
            "scores of random vectors of width {d} should have a standard deviation near 1, "
            "not {spread:.3g}",
            d=d,
            spread=spread,
        )
