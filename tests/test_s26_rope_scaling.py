"""The graded suite of stage 26."""

import torch

from grader.suite import Tolerance, grades, require, runs_on_meta, same_each

RELATIVE = Tolerance(rtol=1e-4, atol=0.0)  # the last frequencies are tiny and count just as much
LLAMA_3_1 = (8.0, 1.0, 4.0, 8192)
LLAMA_3_2 = (32.0, 1.0, 4.0, 8192)


def of_pairs(pairs, theta):
    """Return the frequencies of stage 10."""
    return theta ** (-torch.arange(pairs).float() / pairs)


def any_settings(rng):
    """Return frequencies and settings with fast pairs, slow pairs, and some between them."""
    frequencies = of_pairs(rng.randint(36, 60), 1000.0 * rng.randint(20, 900))
    low = rng.uniform(1, low=0.5, high=2.0).item()
    high = low * rng.uniform(1, low=3.0, high=6.0).item()
    factor = rng.uniform(1, low=2.0, high=12.0).item()
    return frequencies, factor, low, high, rng.randint(300, 4000)


@grades("scaled_frequencies", points=2)
def test_the_settings_of_llama_3(yours, reference):
    calls = [(of_pairs(pairs, 500000.0), *LLAMA_3_1) for pairs in (64, 40)]
    calls += [(of_pairs(pairs, 500000.0), *LLAMA_3_2) for pairs in (32, 50)]
    same_each(yours.scaled_frequencies, reference.scaled_frequencies, calls, tolerance=RELATIVE)


@grades("scaled_frequencies", points=1)
def test_other_settings(yours, reference, rng):
    calls = [any_settings(rng) for _ in range(4)]
    same_each(yours.scaled_frequencies, reference.scaled_frequencies, calls, tolerance=RELATIVE)


@grades("scaled_frequencies", points=1, hidden=True)
def test_settings_never_seen(yours, reference, rng):
    calls = [any_settings(rng) for _ in range(3)]
    calls += [(of_pairs(45, 10000.0), 4.0, 1.5, 16.0, 2048), (of_pairs(7, 3000.0), 16, 1, 2, 100)]
    same_each(yours.scaled_frequencies, reference.scaled_frequencies, calls, tolerance=RELATIVE)


@grades("scaled_frequencies")
def test_fast_pairs_alone(yours, reference):
    calls = [(of_pairs(24, 500000.0)[:7], *LLAMA_3_1), (torch.tensor([0.5]), 4.0, 2.0, 8.0, 500)]
    same_each(yours.scaled_frequencies, reference.scaled_frequencies, calls, tolerance=RELATIVE)


@grades("scaled_frequencies")
def test_slow_pairs_alone(yours, reference):
    calls = [(of_pairs(24, 500000.0)[15:], *LLAMA_3_1), (torch.tensor([0.01]), 4.0, 2.0, 8.0, 500)]
    same_each(yours.scaled_frequencies, reference.scaled_frequencies, calls, tolerance=RELATIVE)


@grades("scaled_frequencies")
def test_pairs_in_between_alone(yours, reference):
    calls = [(of_pairs(64, 500000.0)[29:35], *LLAMA_3_2), (torch.tensor([0.05]), 4.0, 2, 8, 500)]
    same_each(yours.scaled_frequencies, reference.scaled_frequencies, calls, tolerance=RELATIVE)


@grades("scaled_frequencies")
def test_settings_that_are_ints(yours, reference):
    calls = [(of_pairs(30, 500000), 8, 1, 4, 8192), (of_pairs(21, 10000), 3, 2, 7, 1000)]
    same_each(yours.scaled_frequencies, reference.scaled_frequencies, calls, tolerance=RELATIVE)


@grades("scaled_frequencies")
def test_a_factor_of_1_changes_nothing(yours, reference):
    calls = [(of_pairs(32, 500000.0), 1.0, 1.0, 4.0, 8192)]
    same_each(yours.scaled_frequencies, reference.scaled_frequencies, calls, tolerance=RELATIVE)


@grades("scaled_frequencies")
def test_no_pair_overtakes_another(yours):
    old = of_pairs(200, 500000.0)
    new = yours.scaled_frequencies(old, *LLAMA_3_2)
    require(
        bool((new[1:] < new[:-1]).all()),
        "each pair turns more slowly than the one before it, and should still do so afterward",
    )


@grades("scaled_frequencies")
def test_on_the_device_of_the_frequencies(yours, reference):
    frequencies = of_pairs(32, 500000.0)
    runs_on_meta(yours.scaled_frequencies, reference.scaled_frequencies, frequencies, *LLAMA_3_1)
