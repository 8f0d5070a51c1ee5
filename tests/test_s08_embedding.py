"""The graded suite of stage 8."""

import torch

from grader.suite import Tolerance, grades, require, runs_on_meta, same, same_each

EXACT = Tolerance(0.0, 0.0)  # looking up rounds nothing


@grades("embed", points=1)
def test_every_token_gets_its_row(yours, reference, rng):
    calls = [
        (rng.tokens(count, vocab_size - 2) + 1, rng.normal(vocab_size, dim, scale=3.0))
        for count, vocab_size, dim in ((7, 40, 12), (5, 9, 9), (12, 6, 20), (3, 30, 5))
    ]
    same_each(yours.embed, reference.embed, calls, tolerance=EXACT)


@grades("embed", points=1, hidden=True)
def test_half_precision_rows_as_they_are(yours, reference, rng):
    tokens, table = rng.tokens(6, 20), rng.normal(20, 10, scale=3.0)
    calls = [(tokens, table.bfloat16()), (tokens, table.half())]
    same_each(yours.embed, reference.embed, calls, tolerance=EXACT)


@grades("embed")
def test_the_first_and_the_last_row(yours, reference, rng):
    tokens = torch.tensor([3, 0, 7, 0, 7])
    same(yours.embed, reference.embed, tokens, rng.normal(8, 6), tolerance=EXACT)


@grades("embed")
def test_one_token(yours, reference, rng):
    same(yours.embed, reference.embed, rng.tokens(1, 9), rng.normal(9, 6), tolerance=EXACT)


@grades("embed")
def test_position_makes_no_difference(yours, rng):
    result = yours.embed(torch.tensor([4, 1, 4, 2, 4]), rng.normal(6, 8))
    alike = result.shape == (5, 8) and torch.equal(result[0], result[2])
    require(alike and torch.equal(result[0], result[4]), "token 4 has three different vectors")


@grades("embed")
def test_runs_on_the_default_device(yours, reference, rng):
    runs_on_meta(yours.embed, reference.embed, rng.tokens(5, 9), rng.normal(9, 6))
