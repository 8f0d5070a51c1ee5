"""The graded suite of stage 11."""

import torch

from grader.suite import grades, require, same, same_each


def random_turns(rng, seq_len, pairs):
    arrows = torch.complex(rng.normal(seq_len, pairs), rng.normal(seq_len, pairs))
    return arrows / arrows.abs()


def turned(yours, x, freqs_cis):
    result = yours.rotate(x, freqs_cis)
    require(
        isinstance(result, torch.Tensor) and (result.shape, result.dtype) == (x.shape, x.dtype),
        "rotate should return a float32 tensor of the shape of x, {shape}",
        shape=list(x.shape),
    )
    return result


def is_close(one, other):
    return torch.allclose(one, other, rtol=1e-4, atol=1e-4)


@grades("rotate", points=2)
def test_neighboring_entries_turn_together(yours, reference, rng):
    # One shape comes twice in a row, as in a model, with another table.
    sizes = [(5, 6), (5, 6), (9, 10), (4, 16), (7, 2), (1, 8), (40, 4)]
    calls = [(rng.normal(rows, dim), random_turns(rng, rows, dim // 2)) for rows, dim in sizes]
    same_each(yours.rotate, reference.rotate, calls)


@grades("rotate", points=1, hidden=True)
def test_with_the_table_of_stage_10(yours, reference, rng):
    sizes = [(11, 6), (9, 10), (6, 16)]
    calls = [
        (rng.normal(rows, dim), reference.precompute_freqs_cis(dim, rows, 500000.0))
        for rows, dim in sizes
    ]
    same_each(yours.rotate, reference.rotate, calls)


@grades("rotate", points=2)
def test_several_heads_at_once(yours, reference, rng):
    shapes = [(3, 7, 6), (6, 5, 10), (2, 3, 5, 8), (4, 1, 6)]  # the positions come before d
    calls = [(rng.normal(*shape), random_turns(rng, shape[-2], shape[-1] // 2)) for shape in shapes]
    same_each(yours.rotate, reference.rotate, calls)


@grades("rotate", points=1)
def test_bfloat16_vectors(yours, reference, rng):
    x = rng.normal(3, 7, 12).bfloat16()
    same(yours.rotate, reference.rotate, x, random_turns(rng, 7, 6))


@grades("rotate", points=1)
def test_float16_vectors(yours, reference, rng):
    x = rng.normal(8, 10).half()
    same(yours.rotate, reference.rotate, x, random_turns(rng, 8, 5))


@grades("rotate")
def test_the_length_of_every_pair_is_kept(yours, rng):
    x = rng.normal(6, 10)
    before = x.reshape(6, 5, 2).norm(dim=-1)
    after = turned(yours, x, random_turns(rng, 6, 5)).reshape(6, 5, 2).norm(dim=-1)
    require(is_close(before, after), "turning keeps every length, but some pairs changed theirs")


@grades("rotate")
def test_position_zero_stays_as_it_is(yours, reference, rng):
    x = rng.normal(5, 8)
    first = turned(yours, x, reference.precompute_freqs_cis(8, 5, 10000.0))[0]
    require(
        is_close(first, x[0]),
        "position 0 should stay {before}, but it became {after}",
        before=x[0],
        after=first,
    )


@grades("rotate")
def test_scores_depend_on_the_distance_alone(yours, reference, rng):
    freqs_cis = reference.precompute_freqs_cis(8, 9, 10000.0)
    q = turned(yours, rng.normal(1, 8).repeat(9, 1), freqs_cis)  # one query at every position
    k = turned(yours, rng.normal(1, 8).repeat(9, 1), freqs_cis)
    scores = q @ k.T  # [9, 9]
    require(
        is_close(scores[1:, 1:], scores[:-1, :-1]),
        "a query and a key that both move on by one position should keep their score",
    )


@grades("rotate")
def test_later_positions_alone(yours, rng):
    x, freqs_cis = rng.normal(8, 6), random_turns(rng, 8, 3)
    whole = turned(yours, x, freqs_cis)
    later = turned(yours, x[5:].clone(), freqs_cis[5:].clone())
    require(is_close(whole[5:], later), "rows 5 to 7 change without the rows before them")
