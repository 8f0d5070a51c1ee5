"""The numbers of lesson 27."""

import math
from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import encoded
from grader.answer.answer import PROMPT
from grader.calls.stage_modules import reference_modules
from grader.editions import find_kata
from grader.llama3_8b import PARAMS
from grader.plot.model_walk import Walk
from solutions.s07_checkpoint import parameter_count
from solutions.s27_online_softmax import attention_in_blocks
from tiny_weights.checkpoint import HERE

CONTEXT, LONGER_CONTEXT = 8192, 131072  # tokens that the 8B and its successor can read
BLOCK_OF_THE_8B, BLOCK = 128, 4
BYTES = torch.float32.itemsize

EXPONENTIALS = (1, 2, 8, 4)  # by hand, of the four scores
VALUES = (0, 60, 30, 45)


@figures("17")
def tokens_of_the_prompt() -> Sequence[float]:
    return [len(encoded(PROMPT))]


@figures("8,192", "32", "8.6", "131,072", "69")
def gigabytes_of_scores() -> Sequence[float]:
    one_head = CONTEXT**2 * BYTES
    layer = PARAMS["n_heads"] * one_head
    assert layer > parameter_count(PARAMS) * torch.bfloat16.itemsize / 2
    return (
        *(CONTEXT, PARAMS["n_heads"], layer / 1e9),
        *(LONGER_CONTEXT, LONGER_CONTEXT**2 * BYTES / 1e9),
    )


@figures("128", "4", "4.2", "268")
def megabytes_of_a_block() -> Sequence[float]:
    block = CONTEXT * BLOCK_OF_THE_8B * BYTES
    return BLOCK_OF_THE_8B, BLOCK, block / 1e6, CONTEXT**2 * BYTES / 1e6


@figures("89", "0")
def first_whole_number_with_an_infinite_exponential() -> Sequence[float]:
    numbers = torch.arange(200.0)
    return [int(numbers.exp().isinf().nonzero()[0]), math.exp(-math.inf)]


@figures("1")
def factor_if_the_maximum_stays() -> Sequence[float]:
    return [math.exp(0)]


def by_hand(count: int) -> float:
    """Return the attention of a query to the first keys, by the stage's function."""
    keys = torch.tensor(EXPONENTIALS[:count]).log()[:, None]
    values = torch.tensor(VALUES[:count]).float()[:, None]
    return attention_in_blocks(torch.ones(1, 1), keys, values, 2).item()


@figures("1", "2", "8", "4", "0", "60", "30", "45")
def inputs_by_hand() -> Sequence[float]:
    return *EXPONENTIALS, *VALUES


@figures("1", "2", "0", "1/2", "2/2", "1.5", "60")
def the_first_block_by_hand() -> Sequence[float]:
    block, values = EXPONENTIALS[:2], VALUES[:2]
    weights = [one / max(block) for one in block]
    mixed = sum(weight * value for weight, value in zip(weights, values, strict=True))
    assert math.isclose(by_hand(2), mixed / sum(weights), rel_tol=1e-6)
    return 1, 2, math.exp(-math.inf), *weights, sum(weights), mixed


@figures("2/8", "0.25", "8/8", "4/8", "1.5", "1.875", "30", "22.5", "67.5")
def the_second_block_by_hand() -> Sequence[float]:
    factor = max(EXPONENTIALS[:2]) / max(EXPONENTIALS)
    weights = [one / max(EXPONENTIALS) for one in EXPONENTIALS[2:]]
    terms = [weight * value for weight, value in zip(weights, VALUES[2:], strict=True)]
    total, mixed = 1.5 * factor + sum(weights), 60 * factor + sum(terms)
    return factor, factor, *weights, sum(weights), total, *terms, mixed


@figures("36", "1/15", "2/15", "8/15", "4/15", "540", "15")
def the_whole_softmax_by_hand() -> Sequence[float]:
    total = sum(EXPONENTIALS)
    terms = [one * value for one, value in zip(EXPONENTIALS, VALUES, strict=True)]
    assert math.isclose(by_hand(4), sum(terms) / total, rel_tol=1e-6)
    return by_hand(4), *(one / total for one in EXPONENTIALS), sum(terms), total


@figures("52.5", "1.5", "37.5")
def without_the_factor_by_hand() -> Sequence[float]:
    new_terms, weights = 52.5, 1.5
    assert new_terms == VALUES[2] * 8 / 8 + VALUES[3] * 4 / 8
    return new_terms, weights, (60 + new_terms) / (1.5 + weights)


@cache
def scores_in_the_picture() -> Tensor:
    """Return the last token's scores in layer 1, head 2 of the tiny model, `[S]`."""
    modules = reference_modules(find_kata(HERE).solutions)
    return Walk(modules, HERE / "trained").head(1, 2).scores[-1]


@figures("95", "0.06")
def a_weight_that_fades() -> Sequence[float]:
    scores = scores_in_the_picture()
    largest = [float(scores[:end].max()) for end in range(BLOCK, len(scores) + BLOCK, BLOCK)]
    assert largest[0] < largest[1] < largest[2] == largest[-1]  # it grows twice
    first = int(scores[:BLOCK].argmax())
    return (
        100 * float(scores[:BLOCK].softmax(0)[first]),
        100 * float(scores.softmax(0)[first]),
    )
