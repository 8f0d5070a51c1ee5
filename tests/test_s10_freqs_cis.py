"""The graded suite of stage 10."""

import torch

from grader.suite import Tolerance, grades, require, runs_on_meta, same_each

RELATIVE = Tolerance(rtol=1e-4, atol=0.0)  # the last frequencies are tiny and count just as much
FAR_OUT = Tolerance(rtol=1e-4, atol=2e-3)  # right ways round differently, the more the farther out


def rotations(yours, head_dim, seq_len, theta):
    turns = yours.precompute_freqs_cis(head_dim, seq_len, theta)
    shape = (seq_len, head_dim // 2)
    require(
        isinstance(turns, torch.Tensor) and turns.is_complex() and turns.shape == shape,
        "precompute_freqs_cis should return a complex tensor of shape {shape}",
        shape=list(shape),
    )
    return turns


def is_close(one, other):
    return torch.allclose(one, other, rtol=1e-4, atol=1e-5)


@grades("rope_frequencies", points=2)
def test_frequencies_of_several_head_dims(yours, reference, rng):
    head_dims = (6, 10, 16, 2, 2 * rng.randint(9, 60))
    calls = [(head_dim, theta) for head_dim in head_dims for theta in (10000.0, 500000.0)]
    same_each(yours.rope_frequencies, reference.rope_frequencies, calls, tolerance=RELATIVE)


@grades("rope_frequencies", points=1, hidden=True)
def test_frequencies_of_any_base(yours, reference, rng):
    bases = [rng.randint(50, 500) + 0.5, 10.0 * rng.randint(100, 6000), 1e6]
    calls = [(head_dim, theta) for head_dim, theta in zip((8, 14, 10), bases, strict=True)]
    same_each(yours.rope_frequencies, reference.rope_frequencies, calls, tolerance=RELATIVE)


@grades("rope_frequencies")
def test_a_base_that_is_an_int(yours, reference):
    calls = [(10, 500000), (18, 10000)]  # params.json may hold the base without a decimal point
    same_each(yours.rope_frequencies, reference.rope_frequencies, calls, tolerance=RELATIVE)


@grades("rope_frequencies")
def test_frequencies_on_the_default_device(yours, reference):
    runs_on_meta(yours.rope_frequencies, reference.rope_frequencies, 10, 10000.0)


@grades("precompute_freqs_cis", points=2)
def test_the_first_positions(yours, reference, rng):
    calls = [(6, 5, 10000.0), (10, 12, 500000.0), (2, 7, 10000.0)]
    calls.append((16, rng.randint(9, 15), 100.0 * rng.randint(2, 90)))
    calls.append((6, 5, 500000.0))  # the first call's sizes, with another base
    same_each(yours.precompute_freqs_cis, reference.precompute_freqs_cis, calls)


@grades("precompute_freqs_cis", points=1)
def test_positions_far_out(yours, reference, rng):
    calls = [(10, 8192, 500000.0), (6, rng.randint(4500, 5500), 10000.0)]
    same_each(yours.precompute_freqs_cis, reference.precompute_freqs_cis, calls, tolerance=FAR_OUT)


@grades("precompute_freqs_cis")
def test_rotations_with_a_base_that_is_an_int(yours, reference):
    calls = [(10, 7, 500000), (6, 5, 10000)]
    same_each(yours.precompute_freqs_cis, reference.precompute_freqs_cis, calls)


@grades("precompute_freqs_cis")
def test_a_single_position(yours, reference):
    calls = [(6, 1, 10000.0), (10, 1, 500000.0)]
    same_each(yours.precompute_freqs_cis, reference.precompute_freqs_cis, calls)


@grades("precompute_freqs_cis")
def test_position_zero_is_not_turned(yours):
    first = rotations(yours, 10, 7, 500000.0)[0]
    require(
        is_close(first, torch.ones_like(first)),
        "row 0 should be 1+0j throughout: {row}",
        row=first,
    )


@grades("precompute_freqs_cis")
def test_every_number_has_length_one(yours):
    lengths = rotations(yours, 10, 40, 500000.0).abs()
    require(
        is_close(lengths, torch.ones_like(lengths)),
        "all should have length 1, but they go from {shortest:.4g} to {longest:.4g}",
        shortest=lengths.min(),
        longest=lengths.max(),
    )


@grades("precompute_freqs_cis")
def test_each_position_turns_one_step_further(yours):
    turns = rotations(yours, 8, 11, 10000.0)
    require(
        is_close(turns[:-1] * turns[1], turns[1:]),
        "row m times row 1 should be row m + 1, because angles add when rotations are multiplied",
    )


@grades("precompute_freqs_cis")
def test_rotations_on_the_default_device(yours, reference):
    runs_on_meta(yours.precompute_freqs_cis, reference.precompute_freqs_cis, 10, 7, 10000.0)
