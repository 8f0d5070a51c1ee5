"""The graded suite of stage 14."""

import torch

from grader.suite import Tolerance, grades, require, runs_on_meta, same, same_each

EXACT = Tolerance(rtol=0.0, atol=0.0)
WIDE = Tolerance(rtol=1e-3, atol=1e-3)  # a score of 1000 is only exact to about 1e-4


@grades("causal_mask", points=2)
def test_masks_of_several_sizes(yours, reference):
    sizes = [(5,), (2,), (1,), (12,), (70,)]
    same_each(yours.causal_mask, reference.causal_mask, sizes, tolerance=EXACT)


@grades("causal_mask")
def test_mask_on_the_default_device(yours, reference):
    runs_on_meta(yours.causal_mask, reference.causal_mask, 5)


@grades("masked_attention", points=2)
def test_prompts_of_several_lengths(yours, reference, rng):
    sizes = [(5, 6), (9, 12), (1, 8), (4, 10), (70, 4)]  # tokens, width
    calls = [tuple(rng.normal(tokens, d) for _ in "qkv") for tokens, d in sizes]
    same_each(yours.masked_attention, reference.masked_attention, calls)


@grades("masked_attention", points=1)
def test_large_scores_do_not_overflow(yours, reference, rng):
    q, k, v = (rng.normal(9, 6) for _ in "qkv")
    calls = [(q, k, v), (1000 * q, k, v)]  # exp(89) is infinite in float32
    same_each(yours.masked_attention, reference.masked_attention, calls, tolerance=WIDE)


def first_token_that_takes_nearly_all(rng, score):
    """Return queries, keys and values as real models have them.

    Every query gives the first token this score, and that token's value is zero, so the result
    consists of the tiny weights of the other tokens. A softmax in float32 keeps their digits; in
    half precision the subtraction of the large score loses them.
    """
    k, v = rng.normal(24, 16), rng.normal(24, 16)
    k[0], k[:, 0], v[0] = 0.0, 0.0, 0.0
    k[0, 0] = score
    q = torch.zeros(24, 16)
    q[:, 0] = 4.0  # the square root of the width
    # The score of any other token is an entry of its key.
    q[range(24), [1 + t % 15 for t in range(24)]] = 4.0
    return q, k, v


@grades("masked_attention", points=1)
def test_half_precision(yours, reference, rng):
    q, k, v = (rng.normal(6, 10) for _ in "qkv")
    calls = [(q.bfloat16(), k.bfloat16(), v.bfloat16()), (q.half(), k.half(), v.half())]
    same_each(yours.masked_attention, reference.masked_attention, calls)
    # Right ways differ from the reference by three quarters of these shares at most.
    for half, score, share in ((torch.bfloat16, 20.0, 0.01), (torch.float16, 9.0, 6e-4)):
        args = [one.to(half) for one in first_token_that_takes_nearly_all(rng, score)]
        whole = Tolerance(rtol=0.0, atol=0.0, relative=share)
        same(yours.masked_attention, reference.masked_attention, *args, tolerance=whole)


@grades("masked_attention")
def test_a_score_of_zero_is_a_score(yours, reference, rng):
    q, k, v = (rng.normal(6, 8) for _ in "qkv")
    q[1], q[4] = 0.0, 0.0  # their scores are 0, so they get the mean so far
    same(yours.masked_attention, reference.masked_attention, q, k, v)


@grades("masked_attention")
def test_the_past_does_not_see_the_future(yours, rng):
    qkv = [rng.normal(6, 8) for _ in "qkv"]
    other_ending = [torch.cat([tensor[:4], rng.normal(2, 8)]) for tensor in qkv]
    before, after = yours.masked_attention(*qkv), yours.masked_attention(*other_ending)
    require(
        bool(before.isfinite().all() and after.isfinite().all()),
        "the results for six ordinary tokens should be finite numbers",
    )
    require(
        before.shape == after.shape == (6, 8)
        and torch.allclose(before[:4], after[:4], rtol=1e-4, atol=1e-5),
        "changing tokens 4 and 5 changed the results for tokens 0 to 3",
    )


@grades("masked_attention")
def test_equal_values_give_that_value(yours, rng):
    v = rng.normal(1, 10).repeat(6, 1)
    same(yours.masked_attention, lambda q, k, v: v, rng.normal(6, 10), rng.normal(6, 10), v)


@grades("masked_attention", hidden=True)
def test_equal_keys_give_the_mean_so_far(yours, rng):
    k = rng.normal(1, 6).repeat(5, 1)
    v = rng.normal(5, 6)
    mean_so_far = v.cumsum(0) / torch.arange(1, 6).unsqueeze(1)
    same(yours.masked_attention, lambda q, k, v: mean_so_far, rng.normal(5, 6), k, v)
