"""Stage 23, compared with the samplers of Hugging Face's transformers and NumPy's search."""

from itertools import product
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers.generation.logits_process import TemperatureLogitsWarper, TopPLogitsWarper

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
LARGE = 128256  # tokens of Llama 3

SETTINGS = list(product((0.1, 0.6, 1.0, 2.5), (1e-6, 0.3, 0.9, 0.999, 1.0)))

seeds = pytest.mark.parametrize("seed", range(5))


def warped(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Return Hugging Face's probabilities, computed in float64."""
    scores = logits.double()[None]  # [1, V]
    no_tokens = cast(Any, None)  # neither of the two looks at the tokens so far
    scores = TemperatureLogitsWarper(temperature)(no_tokens, scores)
    scores = TopPLogitsWarper(top_p)(no_tokens, scores)
    return torch.softmax(scores, dim=-1)[0]


def close(got: Tensor, expected: Tensor) -> None:
    assert got.dtype == torch.float32
    torch.testing.assert_close(got.double(), expected, rtol=1e-5, atol=1e-7)


@seeds
@pytest.mark.parametrize("size", [1, 2, 9, 768])
def test_probabilities(reference: Reference, seed: int, size: int) -> None:
    for number, (temperature, top_p) in enumerate(SETTINGS):
        logits = Rng(seed, f"probabilities {number}").normal(size, scale=3.0)
        got = reference.next_token_probabilities(logits, temperature, top_p)
        expected = warped(logits, temperature, top_p)
        close(got, expected)
        assert bool((got[expected == 0] == 0).all())  # the same tokens are cut,
        assert bool((got[expected > 1e-30] > 0).all())  # as far as float32 reaches


@pytest.mark.parametrize(("temperature", "top_p"), SETTINGS)
def test_a_whole_vocabulary(reference: Reference, temperature: float, top_p: float) -> None:
    """Float32 sums are off by some 1e-5 here, so a token or two may be cut more or less."""
    logits = Rng(0, "vocabulary").normal(LARGE, scale=3.0)
    got = reference.next_token_probabilities(logits, temperature, top_p)
    assert float((got - warped(logits, temperature, top_p)).abs().sum()) < 1e-4


@seeds
@pytest.mark.parametrize("dtype", DTYPES)
def test_any_dtype(reference: Reference, seed: int, dtype: torch.dtype) -> None:
    logits = (0.25 * Rng(seed, "dtype").tokens(40, 40)).to(dtype)  # no two are equal
    for temperature, top_p in ((0.7, 0.8), (1.3, 1.0), (1.0, 0.5)):
        got = reference.next_token_probabilities(logits, temperature, top_p)
        close(got, warped(logits, temperature, top_p))


@seeds
@pytest.mark.parametrize("dtype", DTYPES)
def test_temperature_zero(reference: Reference, seed: int, dtype: torch.dtype) -> None:
    logits = Rng(seed, "zero").normal(50).to(dtype)
    logits[[20, 33]] = logits.max()  # the first of equals
    expected = np.zeros(50, dtype=np.float32)
    expected[np.argmax(logits.double().numpy())] = 1.0
    for top_p in (1e-6, 0.5, 1.0):
        got = reference.next_token_probabilities(logits, 0.0, top_p)
        assert got.dtype == torch.float32
        assert got.tolist() == expected.tolist()


@seeds
@pytest.mark.parametrize("top_p", [0.5, 1.0])
@pytest.mark.parametrize("size", [1, 6, 768])
def test_draws(reference: Reference, seed: int, size: int, top_p: float) -> None:
    rng = Rng(seed, "draws")
    probabilities = reference.next_token_probabilities(rng.normal(size, scale=2.0), 1.0, top_p)
    sums = np.cumsum(probabilities.double().numpy())
    coins = [coin for coin in (rng.random() for _ in range(400)) if abs(sums - coin).min() > 1e-6]
    assert len(coins) > 390  # the others lie where float32 may round to either side
    got = [reference.sample(probabilities, coin) for coin in coins]
    assert all(type(token) is int for token in got)
    assert got == np.searchsorted(sums, coins, side="right").tolist()
    counts, _ = np.histogram(coins, bins=[0.0, *sums[:-1], 2.0])
    assert np.bincount(got, minlength=size).tolist() == counts.tolist()


@seeds
def test_draws_on_borders(reference: Reference, seed: int) -> None:
    """Sums of 64ths are exact in float32, so a coin can lie on a border."""
    rng = Rng(seed, "borders")
    counts = np.bincount(rng.choices(range(12), k=64), minlength=14)
    sums = np.cumsum(counts / 64)
    coins = [step / 64 for step in range(64)]
    got = [reference.sample(torch.from_numpy(counts / 64).float(), coin) for coin in coins]
    assert got == np.searchsorted(sums, coins, side="right").tolist()


@seeds
def test_what_was_cut_is_never_drawn(reference: Reference, seed: int) -> None:
    """The largest possible coin is greater than many float32 sums."""
    rng, coin = Rng(seed, "cut"), float(np.nextafter(1.0, 0.0))
    short = 0
    for _ in range(100):
        probabilities = reference.next_token_probabilities(rng.normal(200), 1.0, 0.95)
        short += float(probabilities.cumsum(-1)[-1]) < coin
        expected = np.flatnonzero(probabilities.numpy())[-1]
        assert reference.sample(probabilities, coin) == expected
        assert probabilities[reference.sample(probabilities, 0.0)] > 0
    assert short > 0
