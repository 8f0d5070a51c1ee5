"""The numbers of lesson 13."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from benchmarks.figures import figures
from grader.calls.stage_modules import reference_modules
from grader.editions import find_kata
from grader.llama3_8b import PARAMS
from grader.plot.model_walk import Walk
from solutions.s13_attention_scores import attention_scores

HEAD_DIM = PARAMS["dim"] // PARAMS["n_heads"]
N_TOKENS = 17  # of the prompt
Q = torch.tensor([[1.0, 2, 0, 1], [2, 0, 2, 0]])
K = torch.tensor([[1.0, 1, 1, 1], [0, 2, 4, 0], [3, -1, 0, 1]])


def tiny_model() -> Walk:
    kata = find_kata()
    return Walk(reference_modules(kata.solutions), kata.tiny_weights / "trained")


def random_vectors(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def largest_weight(scores: Tensor) -> float:
    """Return the mean of the largest attention weight of each query."""
    return scores.softmax(-1).amax(-1).mean().item()


@figures("128", "11.3", "11.314", "3.162")
def roots_of_the_widths() -> Sequence[float]:
    root = math.sqrt(HEAD_DIM)
    return HEAD_DIM, root, root, math.sqrt(tiny_model().head_dim)


@figures("11.3", leeway=0.01)
def size_of_random_dot_products() -> Sequence[float]:
    q, k = (random_vectors(1000, HEAD_DIM, seed=seed) for seed in (0, 1))
    return ((q @ k.T).std().item(),)


@figures("-1", "4", "4", "2", "4", "8", "6")
def smallest_entry_and_dot_products_by_hand() -> Sequence[float]:
    return K.min().item(), *(Q @ K.T).flatten().tolist()


@figures("2", "2", "1", "2", "4", "3")
def scores_by_hand() -> Sequence[float]:
    return attention_scores(Q, K).flatten().tolist()


@figures("4", "2", "2")
def width_by_hand_with_its_root_and_its_half() -> Sequence[float]:
    width = Q.shape[1]
    return width, math.sqrt(width), width / 2


@figures("12.89", "5.81")
def highest_scores_of_the_last_token() -> Sequence[float]:
    model = tiny_model()
    highest = model.head(1, 0).scores[-1].topk(2)
    pieces = model.pieces(model.tokens)
    assert [pieces[position] for position in highest.indices] == ["·question", "·ultimate"]
    return highest.values.tolist()


@figures("17", "0.89", "0.24", "0.06", "0.07")
def largest_attention_weights() -> Sequence[float]:
    """Return the number of tokens, then: unscaled, scaled, equal shares, divided by the width."""
    q, k = (random_vectors(2000, N_TOKENS, HEAD_DIM, seed=seed) for seed in (0, 1))
    products = q @ k.mT
    divided = [products, products / math.sqrt(HEAD_DIM), 0 * products, products / HEAD_DIM]
    return N_TOKENS, *map(largest_weight, divided)


@figures("80")
def size_of_entries_that_overflow_float16() -> Sequence[float]:
    """Check the shares of infinite products, before and after the queries are divided."""
    size = 80
    q, k = (size * random_vectors(500, HEAD_DIM, seed=seed) for seed in (0, 1))
    largest = torch.finfo(torch.float16).max
    overflowing = ((q @ k.T).abs() > largest).float().mean().item()
    scaled_first = ((q / math.sqrt(HEAD_DIM)) @ k.T).abs().max().item()
    assert overflowing > 1 / 3
    assert scaled_first < largest
    return (size,)


@figures("2", "0", "4", "8", "4")
def query_1_with_key_1() -> Sequence[float]:
    products = (Q[1] * K[1]).tolist()
    return Q[1, 0].item(), K[1, 0].item(), K[1, 2].item(), sum(products), sum(products) / 2
