"""The numbers of lesson 22."""

from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import patch

import torch

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import checkpoint, encoded, logits_after, piece
from grader.answer.answer import PROMPT
from grader.diagnosis.known_mistakes import mistakes_of
from grader.editions import find_kata
from grader.llama3_8b import PARAMS
from grader.stages import stage_of
from solutions import s22_kv_cache
from solutions.s14_masked_attention import masked_attention
from solutions.s22_kv_cache import cached_attention, cached_forward

N_TOKENS, WRITTEN = len(encoded(PROMPT)), 100
TWO_CALLS, THREE_CALLS = (16, 17), (8, 13, 17)  # the tokens read after each
WIDTH = 4
KEYS = torch.tensor([[2.0, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0]])
VALUES = torch.tensor([[4.0, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0]])
QUERY = torch.tensor([1.0, 2, 0, 0])


@figures("100", "17", "18", "116", "6,650", "1")
def tokens_read() -> Sequence[float]:
    passes = range(N_TOKENS, N_TOKENS + WRITTEN)
    once = N_TOKENS + WRITTEN - 1
    return WRITTEN, N_TOKENS, passes[1], once, sum(passes), passes.step


@figures("131,072")
def bytes_per_token() -> Sequence[float]:
    head_dim = PARAMS["dim"] // PARAMS["n_heads"]
    entries = 2 * PARAMS["n_layers"] * PARAMS["n_kv_heads"] * head_dim
    return (entries * torch.bfloat16.itemsize,)


@figures("32", "4")
def pairs_in_a_cache() -> Sequence[float]:
    params, weights = checkpoint()
    _, cache = cached_forward(torch.tensor([0]), weights, params, None)
    return PARAMS["n_layers"], len(cache)


@figures("0", "1", "2", "3", "4")
def keys_in_a_mask_by_hand() -> Sequence[float]:
    """Return the numbers of the keys, and check that new token t sees keys 0 to S + t."""
    past = torch.zeros(1, 3, 2), torch.zeros(1, 3, 2)
    x, zeros, same = torch.eye(2), torch.zeros(2, 2), torch.eye(2)  # all scores are 0
    weights = zeros, zeros, same, same
    result, (keys, _) = cached_attention(x, *weights, torch.ones(2, 1) + 0j, 1, 1, past)
    assert torch.allclose(result, torch.tensor([[1 / 4, 0], [1 / 5, 1 / 5]]))
    return range(keys.shape[1])


@figures("2", "4", "0", "4", "2", "1", "2", "0")
def scores_by_hand() -> Sequence[float]:
    products = KEYS @ QUERY
    root = WIDTH**0.5
    return [*products.tolist(), WIDTH, root, *(products / root).tolist()]


@figures("0.245", "0.665", "0.090")
def weights_by_hand() -> Sequence[float]:
    return torch.softmax(KEYS @ QUERY / WIDTH**0.5, -1).tolist()


@figures("0.979", "2.661", "0.360", "0")
def result_by_hand() -> Sequence[float]:
    """Return the last row of what stage 14 computes for all three tokens."""
    return masked_attention(QUERY.expand(3, -1), KEYS, VALUES)[-1].tolist()


@figures("8", "5", "4")
def tokens_per_call_in_the_picture() -> Sequence[float]:
    return [end - begin for begin, end in zip((0, *THREE_CALLS), THREE_CALLS, strict=False)]


def logits_in(ends: Sequence[int], forward: Callable[..., Any] = cached_forward) -> torch.Tensor:
    """Return the logits after the prompt, read in calls that end at these tokens."""
    params, weights = checkpoint()
    tokens, cache, begin = torch.tensor(encoded(PROMPT)), None, 0
    for end in ends:
        logits, cache = forward(tokens[begin:end], dict(weights), dict(params), cache)
        begin = end
    return logits


def logits_with(slip: str, ends: Sequence[int], says: str) -> torch.Tensor:
    """Return the logits with a known mistake; check what the model says, and that one call hides
    the mistake."""
    known = {one.name: one.replaces for one in mistakes_of(find_kata(), stage_of(22))}
    [(name, wrong)] = known[slip].items()
    with patch.object(s22_kv_cache, name, wrong):
        logits, whole = (logits_in(one, s22_kv_cache.cached_forward) for one in (ends, ends[-1:]))
    torch.testing.assert_close(whole, logits_after(encoded(PROMPT)), rtol=1e-4, atol=1e-4)
    assert piece(int(logits.argmax())) == says
    return logits


def share_of_the_best(logits: torch.Tensor) -> float:
    return 100 * torch.softmax(logits, -1).max().item()


@figures("16", "1", "0", "64")
def positions_from_zero() -> Sequence[float]:
    logits = logits_with("positions_from_zero", TWO_CALLS, says="14")
    earlier, total = TWO_CALLS
    return earlier, total - earlier, 0, share_of_the_best(logits)


@figures("0", "81")
def mask_from_key_0() -> Sequence[float]:
    return 0, share_of_the_best(logits_with("mask_from_key_0", TWO_CALLS, says="the"))


@figures("64")
def no_mask_after_a_past() -> Sequence[float]:
    slip, right = "mask_only_without_past", logits_in(THREE_CALLS)
    logits_with(slip, TWO_CALLS, says="42")
    logits = logits_with(slip, THREE_CALLS, says="42")
    return (100 * ((logits - right).norm() / right.norm()).item(),)
