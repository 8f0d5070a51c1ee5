"""Stage 26, compared with Hugging Face's transformers."""

import os
from typing import Any

import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

os.environ["HF_HUB_OFFLINE"] = "1"  # nothing here needs the network

RELEASED = [(8.0, 1.0, 4.0, 8192), (32.0, 1.0, 4.0, 8192)]  # Llama 3.1 and 3.3; Llama 3.2
HEADS = (2, 6, 10, 64, 128)  # head dims


def theirs(head_dim: int, theta: float, settings: tuple[float, ...]) -> torch.Tensor:
    """Return Hugging Face's scaled frequencies, `[d/2]`."""
    factor, low, high, context = settings
    scaling = {
        "rope_type": "llama3",
        "factor": factor,
        "low_freq_factor": low,
        "high_freq_factor": high,
        "original_max_position_embeddings": int(context),
    }
    options: dict[str, Any] = {"rope_theta": theta, "rope_scaling": scaling}
    config = LlamaConfig(hidden_size=head_dim, num_attention_heads=1, **options)
    frequencies, attention_factor = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    assert attention_factor == 1.0
    return frequencies


def compare(
    reference: Reference, head_dim: int, theta: float, settings: tuple[float, ...]
) -> torch.Tensor:
    """Check one call, and return how many times slower each pair has become."""
    old = reference.rope_frequencies(head_dim, theta)
    new = reference.scaled_frequencies(old, *settings)
    assert new.dtype == torch.float32
    torch.testing.assert_close(new, theirs(head_dim, theta, settings), rtol=1e-5, atol=0.0)
    return old / new


@pytest.mark.parametrize("settings", RELEASED)
@pytest.mark.parametrize("head_dim", HEADS)
@pytest.mark.parametrize("theta", [10000.0, 500000.0])
def test_released_models(
    reference: Reference, settings: tuple[float, ...], head_dim: int, theta: float
) -> None:
    compare(reference, head_dim, theta, settings)


@pytest.mark.parametrize("seed", range(20))
def test_any_settings(reference: Reference, seed: int) -> None:
    rng = Rng(seed, "settings")
    low = rng.uniform(1, low=0.3, high=3.0).item()
    settings = (rng.randint(2, 40) / 2, low, low + rng.randint(1, 30), rng.randint(200, 9000))
    compare(reference, 2 * rng.randint(1, 100), 1000.0 * rng.randint(1, 900), settings)


def test_all_regions_are_met(reference: Reference) -> None:
    slower = compare(reference, 128, 500000.0, RELEASED[0])
    fast, slow = slower == 1.0, (slower - 8.0).abs() < 1e-4
    between = ~fast & ~slow
    assert (int(fast.sum()), int(between.sum()), int(slow.sum())) == (29, 6, 29)
