"""The graded suite of stage 23.

No test runs on the meta device: which tokens stay, and which one is drawn, depends on values, and a
right way may look at them. No `top_p` and no coin here falls on a border that rounding could move.
"""

import torch

from grader.suite import Tolerance, grades, require, same_each

EXACT = Tolerance(rtol=0.0, atol=0.0)


def reached_by(logits, temperature, count):
    """Return a `top_p` that the `count` most likely tokens reach and one fewer doesn't: it is
    halfway through the probability of the last one."""
    probabilities = torch.softmax(logits.double() / temperature, dim=-1)
    ordered = probabilities.sort(descending=True).values
    return float(ordered[:count].sum() - ordered[count - 1] / 2)


def spaced_logits(rng, size, step=0.25):
    """Return logits with clear gaps, in any order; bfloat16 can tell them apart too."""
    return step * rng.tokens(size, size).float()


@grades("next_token_probabilities", points=1)
def test_several_temperatures(yours, reference, rng):
    calls = [
        (rng.normal(size, scale=2.0), temperature, 1.0)
        for size, temperature in ((6, 1.0), (9, 0.5), (20, 2.0), (12, 0.7), (1, 1.5))
    ]
    same_each(yours.next_token_probabilities, reference.next_token_probabilities, calls)


@grades("next_token_probabilities", points=1)
def test_top_p_keeps_the_most_likely_tokens(yours, reference, rng):
    calls = []
    for count, scale, center in ((3, 1.5, 0.0), (1, 0.5, 0.0), (6, 1.5, -5.0), (11, 1.5, 0.0)):
        logits = rng.normal(12, scale=scale) + center
        calls.append((logits, 1.0, reached_by(logits, 1.0, count)))
    same_each(yours.next_token_probabilities, reference.next_token_probabilities, calls)


@grades("next_token_probabilities", points=1)
def test_temperature_zero_takes_the_best(yours, reference, rng):
    logits = spaced_logits(rng, 9)
    second_best = logits == 1.75  # the best has 2
    close = logits.masked_fill(second_best, 1.98)
    calls = [(logits, 0.0, 1.0), (-logits, 0.0, 0.4), (close, 0.0, 1.0), (close, 0.0, 1e-3)]
    expected = reference.next_token_probabilities
    same_each(yours.next_token_probabilities, expected, calls, tolerance=EXACT)
    equal = logits.masked_fill(second_best, 2.0)
    highest = yours.next_token_probabilities(equal, 0.0, 1.0).float().topk(2).values.tolist()
    require(
        highest == [1.0, 0.0],
        "two tokens share the highest logit; at temperature 0 one of them has probability 1, but "
        "the two highest probabilities are {highest}",
        highest=highest,
    )


@grades("next_token_probabilities")
def test_temperature_comes_before_top_p(yours, reference, rng):
    calls = []
    for temperature, count in ((0.5, 4), (2.0, 7), (1.5, 3)):
        logits = spaced_logits(rng, 15) + 0.02 * rng.uniform(15)
        calls.append((logits, temperature, reached_by(logits, temperature, count)))
    same_each(yours.next_token_probabilities, reference.next_token_probabilities, calls)


@grades("next_token_probabilities")
def test_float32_whatever_the_dtype(yours, reference, rng):
    logits = spaced_logits(rng, 24)
    top_p = reached_by(logits, 0.7, 5)
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        calls = [
            (logits.to(dtype), *settings) for settings in ((1.0, 1.0), (0.7, top_p), (0.0, 1.0))
        ]
        expected = reference.next_token_probabilities
        same_each(yours.next_token_probabilities, expected, calls, in_float32=True)


@grades("next_token_probabilities")
def test_large_logits_do_not_overflow(yours, reference, rng):
    logits = spaced_logits(rng, 10)
    top_p = reached_by(logits, 0.25, 2)
    calls = [(logits + 1000.0, 1.0, 1.0), (100.0 * logits, 1.0, 0.9), (logits, 0.01, 1.0)]
    calls.append((logits - 1000.0, 0.25, top_p))
    same_each(yours.next_token_probabilities, reference.next_token_probabilities, calls)


@grades("next_token_probabilities")
def test_a_tiny_top_p_keeps_the_best(yours, reference, rng):
    calls = [(rng.normal(size), 1.0, top_p) for size, top_p in ((8, 1e-3), (15, 1e-9))]
    same_each(yours.next_token_probabilities, reference.next_token_probabilities, calls)


@grades("next_token_probabilities")
def test_equal_tokens_at_the_border(yours, rng):
    logits = torch.tensor([0.0, 3.0, 0.0, 0.0, -2.0, 0.0])[rng.tokens(6, 6)]
    result = yours.next_token_probabilities(logits, 1.0, reached_by(logits, 1.0, 3))
    got = result.float().sort(descending=True).values
    most = float(torch.tensor(3.0).exp())
    expected = torch.tensor([most, 1.0, 1.0, 0.0, 0.0, 0.0]) / (most + 2)
    require(
        torch.allclose(got, expected, rtol=1e-4, atol=1e-5),
        "the most likely token and two of four equal ones are enough for top_p: the probabilities "
        "should be {expected} in some order, but they are {got}",
        expected=_rounded(expected),
        got=_rounded(got),
    )


def _rounded(values):
    return [round(value, 4) for value in values.tolist()]


@grades("next_token_probabilities", hidden=True)
def test_a_large_vocabulary(yours, reference, rng):
    calls = []
    for temperature, count in ((1.0, 40), (0.8, 5), (1.3, 150)):
        logits = rng.normal(400, scale=2.5)
        calls.append((logits, temperature, reached_by(logits, temperature, count)))
    same_each(yours.next_token_probabilities, reference.next_token_probabilities, calls)


@grades("sample", points=1)
def test_coins_evenly_spread(yours, reference, rng):
    counts = torch.tensor([0, 5, 0, 3, 9, 0, 1, 12, 2, 0])
    probabilities = torch.cat([counts[:1], counts[1:9][rng.tokens(8, 8)], counts[9:]]) / 32
    calls = [(probabilities, (step + 0.5) / 32) for step in range(32)]
    same_each(yours.sample, reference.sample, calls)


@grades("sample")
def test_coins_on_a_border(yours, reference):
    probabilities = torch.tensor([0.0, 0.25, 0.0, 0.5, 0.0, 0.125, 0.125])
    calls = [(probabilities, coin) for coin in (0.0, 0.25, 0.75, 0.875, 0.5)]
    same_each(yours.sample, reference.sample, calls)


@grades("sample")
def test_sums_that_fall_short(yours, reference):
    calls = [
        (torch.tensor([0.5, 0.25, 0.0, 0.2499, 0.0, 0.0]), 0.99995),
        (torch.tensor([0.0, 0.25, 0.4999, 0.25]), 0.99995),
        (torch.tensor([0.0, 0.9999, 0.0, 0.0, 0.0]), 0.99995),
        (torch.tensor([0.5, 0.25, 0.0, 0.2499, 0.0, 0.0]), 0.6),
    ]
    same_each(yours.sample, reference.sample, calls)


@grades("sample", hidden=True)
def test_a_coin_for_a_large_vocabulary(yours, reference, rng):
    probabilities = torch.softmax(rng.normal(3000), dim=-1)
    middles = probabilities.double().cumsum(-1) - probabilities / 2
    likely = sorted(probabilities.topk(200).indices.tolist())
    # Half precision can't add small probabilities to the large sums of the second half.
    tokens = rng.sample(likely[:100], 4) + rng.sample(likely[100:], 12)
    calls = [(probabilities, float(middles[token])) for token in tokens]
    same_each(yours.sample, reference.sample, calls)
