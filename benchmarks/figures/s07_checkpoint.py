"""The numbers of lesson 7."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.figures import figures
from grader.llama3_8b import PARAMS
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s04_special_tokens import special_token_ids
from solutions.s07_checkpoint import expected_shapes, ffn_hidden_dim, parameter_count

TINY = Path(__file__).parents[2] / "tiny_weights" / "trained"
TINY_PARAMS = json.loads((TINY / "params.json").read_text(encoding="utf-8"))
KEYS = ("dim", "n_layers", "n_heads", "n_kv_heads", "vocab_size", "multiple_of")
MORE_KEYS = ("ffn_dim_multiplier", "norm_eps", "rope_theta")


def counts(params: dict[str, Any]) -> dict[str, int]:
    return {name: math.prod(shape) for name, shape in expected_shapes(params).items()}


def percent(params: dict[str, Any], *parts: str) -> float:
    """Return the share of the weights with one of these parts in their name."""
    numbers = counts(params)
    chosen = sum(n for name, n in numbers.items() if any(part in name for part in parts))
    return 100 * chosen / sum(numbers.values())


@figures("4096", "32", "32", "8", "128256", "1024", "1.3", "1e-5", "500000")
def params_of_the_8b() -> Sequence[float]:
    assert len(PARAMS) == 9
    return [PARAMS[key] for key in (*KEYS, *MORE_KEYS)]


@figures("60", "4", "6", "2", "768", "16", "0.85", "1e-5", "500000")
def params_of_the_tiny_model() -> Sequence[float]:
    return [TINY_PARAMS[key] for key in (*KEYS, *MORE_KEYS)]


@figures("128", "10", "128,000", "512", "256")
def widths_of_heads_and_ordinary_and_special_tokens() -> Sequence[float]:
    head_dims = [params["dim"] // params["n_heads"] for params in (PARAMS, TINY_PARAMS)]
    special = len(special_token_ids(PARAMS["vocab_size"]))
    ordinary = len(parse_vocabulary((TINY / "tokenizer.model").read_bytes()))
    return *head_dims, PARAMS["vocab_size"] - special, ordinary, special


@figures("14198", "128", "110.9", "8", "14336", "112", "1792", "1")
def why_the_width_is_rounded_up() -> Sequence[float]:
    """Return widths, blocks, rows per GPU, and how many percent are added."""
    n_rows, n_gpus = 128, 8
    before = ffn_hidden_dim(PARAMS["dim"], 1, PARAMS["ffn_dim_multiplier"])
    after = ffn_hidden_dim(PARAMS["dim"], PARAMS["multiple_of"], PARAMS["ffn_dim_multiplier"])
    assert before % n_gpus and not after % n_gpus
    blocks = before / n_rows, after / n_rows
    return (
        *(before, n_rows, blocks[0], n_gpus, after),
        *(blocks[1], after / n_gpus, 100 * (after / before - 1)),
    )


@figures("6.5", "6.7", "1.7", "6.7", "23.4", "23.4", "0.003", "6.5")
def shares_of_the_8b() -> Sequence[float]:
    names = ("tok_embeddings", "wq", "wk", "wo", "w1", "w2", "norm", "output")
    return [percent(PARAMS, name) for name in names]


@figures("3", "9", "32", "291", "8,030,261,248", "16,060,522,496", "70", "17")
def sums_of_the_8b() -> Sequence[float]:
    names = expected_shapes(PARAMS)
    in_layer = sum(name.startswith("layers.0.") for name in names)
    n_layers = PARAMS["n_layers"]
    total = parameter_count(PARAMS)
    return (
        *(len(names) - in_layer * n_layers, in_layer, n_layers, len(names)),
        *(total, total * torch.bfloat16.itemsize),
        *(percent(PARAMS, "feed_forward"), percent(PARAMS, ".attention.")),
    )


@figures("16")
def gigabytes_of_the_8b() -> Sequence[float]:
    return [parameter_count(PARAMS) * torch.bfloat16.itemsize / 1e9]


@figures("8", "7", "3.4e38", "1/3", "0.333984")
def bfloat16() -> Sequence[float]:
    """Return bits of exponent and of fraction, the largest number, a third, and what it becomes."""
    info = torch.finfo(torch.bfloat16)
    fraction = round(-math.log2(info.eps))
    third = 1 / 3
    return (
        info.bits - 1 - fraction,
        fraction,
        info.max,
        third,
        torch.tensor(third).bfloat16().item(),
    )


@figures("39", "13")
def shares_of_embedding_and_output() -> Sequence[float]:
    return [percent(params, "tok_embeddings", "output") for params in (TINY_PARAMS, PARAMS)]


@figures("8", "3", "10922.67", "10922", "1.3", "14198.6", "14198", "13.87", "1024", "14", "14336")
def width_of_the_8b_by_hand() -> Sequence[float]:
    return width_by_hand(PARAMS)


@figures("8", "3", "160", "160", "0.85", "136", "136", "8.5", "16", "9", "144")
def width_of_the_tiny_model_by_hand() -> Sequence[float]:
    return width_by_hand(TINY_PARAMS)


def width_by_hand(params: dict[str, Any]) -> Sequence[float]:
    dim, multiple_of, multiplier = (params[key] for key in ("dim", *KEYS[-1:], *MORE_KEYS[:1]))
    numerator, denominator = 8, 3
    start = numerator * dim / denominator
    stretched = multiplier * int(start)
    blocks = int(stretched) / multiple_of
    width = ffn_hidden_dim(dim, multiple_of, multiplier)
    return (
        *(numerator, denominator, start, int(start), multiplier, stretched, int(stretched)),
        *(blocks, multiple_of, width / multiple_of, width),
    )


@figures("2", "60", "20", "3", "144", "35,640", "768", "234,780")
def parameters_of_the_tiny_model_by_hand() -> Sequence[float]:
    shapes = expected_shapes(TINY_PARAMS)
    layer = {name: n for name, n in counts(TINY_PARAMS).items() if name.startswith("layers.0.")}
    in_ffn = sum("feed_forward" in name for name in layer)
    norms = sum("norm" in name for name in layer)
    kv_dim, dim = shapes["layers.0.attention.wk.weight"]
    width = shapes["layers.0.feed_forward.w1.weight"][0]
    rows = shapes["output.weight"][0]
    total = parameter_count(TINY_PARAMS)
    return norms, dim, kv_dim, in_ffn, width, sum(layer.values()), rows, total


@figures("5324")
def width_from_dim_alone() -> Sequence[float]:
    return [int(PARAMS["ffn_dim_multiplier"] * PARAMS["dim"])]


@figures("0")
def first_layer() -> Sequence[float]:
    names = [name for name in expected_shapes(PARAMS) if name.startswith("layers.")]
    return [min(int(name.split(".")[1]) for name in names)]


@figures("4", "8", "3", "1", "2")
def three_matrices_at_two_thirds_of_the_width() -> Sequence[float]:
    """Return the usual width, three times two thirds of it, and how the parameters compare."""
    usual, n_usual, n_here = 4, 2, 3
    width = usual * 2 / 3
    assert math.isclose(n_here * width, n_usual * usual)
    return usual, width * n_here, n_here, n_here * width / (n_usual * usual), n_usual
