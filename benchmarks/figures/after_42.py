"""The numbers of the closing lesson."""

import json
from collections.abc import Sequence

import torch

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import checkpoint, encoded, logits_after, piece
from grader.answer.answer import PROMPT
from grader.llama3_8b import PARAMS
from solutions.s04_special_tokens import special_token_ids
from solutions.s07_checkpoint import parameter_count
from tiny_weights.checkpoint import HERE

_HERD = "published in The Llama 3 Herd of Models"
_H100 = "published by the GPU's maker"
EXEMPT = {
    "15": _HERD,
    "15.6": _HERD,
    "400": _HERD,
    "16,384": _HERD,
    "20": "published in Training Compute-Optimal Large Language Models",
    "80": _H100,
    "3.35": _H100,
}
TOKENS_8B, TOKENS_405B = 15e12, 15.6e12
OPERATIONS_PER_SECOND, GPUS = 400e12, 16_384
BYTES_PER_SECOND = 3.35e12
DAY, YEAR = 86_400, 365.25 * 86_400  # seconds
TWO, FOUR = torch.bfloat16.itemsize, torch.float32.itemsize  # bytes


def size_8b() -> int:
    return parameter_count(PARAMS)


def operations() -> float:
    """Return the operations of the whole training of the 405B."""
    forward = 2  # a multiplication and an addition
    return (forward + 2 * forward) * 405e9 * TOKENS_405B


def cache_bytes(tokens: int) -> int:
    head = PARAMS["dim"] // PARAMS["n_heads"]
    return tokens * 2 * PARAMS["n_layers"] * PARAMS["n_kv_heads"] * head * TWO


@figures("42", "41")
def what_the_tiny_model_says_and_is_asked() -> Sequence[float]:
    prompts = json.loads((HERE / "prompts.json").read_text(encoding="utf-8"))
    said = piece(int(logits_after(encoded(PROMPT)).argmax()))
    return int(said), len(prompts["contrasting"])


@figures("234,780", "8,030,261,248", "34,203")
def sizes_of_both_models() -> Sequence[float]:
    tiny = parameter_count(checkpoint()[0])
    return tiny, size_8b(), size_8b() / tiny


@figures("1,868")
def tokens_per_parameter() -> Sequence[float]:
    return (TOKENS_8B / size_8b(),)


@figures("128,000")
def ordinary_tokens() -> Sequence[float]:
    return (PARAMS["vocab_size"] - len(special_token_ids(0)),)


@figures("6", "3.8 · 10²⁵", "3,003", "67")
def training_the_405b() -> Sequence[float]:
    alone = operations() / OPERATIONS_PER_SECOND  # seconds
    per_parameter = operations() / (405e9 * TOKENS_405B)
    return per_parameter, operations(), alone / YEAR, alone / GPUS / DAY


@figures("16", "128")
def memory_of_training() -> Sequence[float]:
    weight_and_gradient, averages_and_weight = 2 * TWO, 3 * FOUR
    each = weight_and_gradient + averages_and_weight
    return each, each * size_8b() / 1e9


@figures("16.06", "209")
def reading_all_weights_for_each_token() -> Sequence[float]:
    weights = TWO * size_8b()
    return weights / 1e9, BYTES_PER_SECOND / weights


@figures("131,072", "8,192", "1.07", "131,072", "17.2")
def memory_of_the_cache() -> Sequence[float]:
    short, long = 2**13, 2**17
    return cache_bytes(1), short, cache_bytes(short) / 1e9, long, cache_bytes(long) / 1e9


@figures("8", "4", "4")
def weights_in_fewer_bits() -> Sequence[float]:
    whole, half = torch.iinfo(torch.int8).bits, torch.iinfo(torch.int8).bits // 2
    return whole, half, half / 8 * size_8b() / 1e9
