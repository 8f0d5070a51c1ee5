"""The graded suite of stage 8."""

import torch

from grader.suite import Tolerance, grades, require, same, same_each

LARGE_IDS = torch.tensor([69_999, 65_536, 127, 128, 40_001, 257, 513, 32_768, 2049, 65_535, 0])
EXACT = Tolerance(0.0, 0.0)  # a look-up rounds nothing


@grades("embed", points=1)
def test_every_token_gets_its_row(yours, reference, rng):
    calls = [
        (rng.tokens(count, vocab_size - 2) + 1, rng.normal(vocab_size, dim, scale=3.0))
        for count, vocab_size, dim in ((7, 40, 12), (5, 9, 9), (12, 6, 20), (3, 30, 5), (4, 8, 1))
    ]
    calls.append((calls[0][0], rng.normal(40, 12)))  # the same tokens, with another table
    same_each(yours.embed, reference.embed, calls, tolerance=EXACT)
    # Ids as large as Llama 3's, on both sides of the limits of 8 and 16 bits, with two columns.
    same(yours.embed, reference.embed, LARGE_IDS, rng.normal(70_000, 2), tolerance=EXACT)


@grades("embed", points=1, hidden=True)
def test_half_precision_rows_stay_as_they_are(yours, reference, rng):
    tokens, table = rng.tokens(6, 20), rng.normal(20, 10, scale=3.0)
    # As numbers of the table's dtype, most of these ids would be others.
    many, large = rng.normal(3000, 2), torch.tensor([257, 2049, 2997, 513])
    calls = [(tokens, table.bfloat16()), (tokens, table.half())]
    calls += [(large, many.bfloat16()), (large, many.half())]
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
    require(
        alike and torch.equal(result[0], result[4]),
        "token 4 has different vectors at positions 0, 2 and 4",
    )
