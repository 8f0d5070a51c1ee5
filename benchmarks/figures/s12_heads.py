"""The numbers of lesson 12."""

from collections.abc import Sequence

import torch

from benchmarks.figures import figures
from grader.llama3_8b import PARAMS
from solutions.s12_heads import project, split_heads

N_HEADS, N_KV_HEADS, DIM = PARAMS["n_heads"], PARAMS["n_kv_heads"], PARAMS["dim"]
HEAD_DIM = DIM // N_HEADS
X = torch.tensor([[1.0, 2, 3, 4]])
WEIGHT = torch.tensor([[1.0, 0, 2, -1], [0, 1, 1, 0], [3, 2, 0, 0], [0, -1, 0, 1]])
N_BY_HAND = 2


@figures("32", "128", "8", "4096", "512", "4,194,304")
def heads_of_the_8b() -> Sequence[float]:
    wk = torch.empty(N_KV_HEADS * HEAD_DIM, DIM, device="meta")
    return N_HEADS, HEAD_DIM, N_KV_HEADS, DIM, DIM / N_KV_HEADS, wk.numel()


@figures("1", "0", "6", "4", "0", "2", "3", "0", "3", "4", "0", "0", "0", "2", "0", "4")
def products_by_hand() -> Sequence[float]:
    return (X * WEIGHT).abs().flatten().tolist()


@figures("3", "5", "7", "2")
def heads_by_hand() -> Sequence[float]:
    heads = split_heads(WEIGHT, N_BY_HAND)
    return torch.stack([project(X, head) for head in heads]).flatten().tolist()


@figures("3", "7")
def head_0_with_every_second_row() -> Sequence[float]:
    return project(X, WEIGHT[::N_BY_HAND]).flatten().tolist()


@figures("-1", "10", "4", "4", "3")
def smallest_entry_and_results_without_the_transpose() -> Sequence[float]:
    return WEIGHT.min().item(), *(X @ WEIGHT).flatten().tolist()
