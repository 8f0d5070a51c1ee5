"""The numbers of lesson 15."""

from collections.abc import Sequence
from unittest.mock import patch

import torch

from benchmarks.figures import figures
from benchmarks.figures.s14_masked_attention import N_TOKENS, walk
from grader.llama3_8b import PARAMS
from solutions import s15_grouped_query_attention
from solutions.s12_heads import project, split_heads
from solutions.s15_grouped_query_attention import attention, kv_head_index

DIM, N_LAYERS = PARAMS["dim"], PARAMS["n_layers"]
N_HEADS, N_KV_HEADS = PARAMS["n_heads"], PARAMS["n_kv_heads"]
HEAD_DIM = DIM // N_HEADS
BFLOAT16 = torch.bfloat16.itemsize

X = torch.tensor([[1.0, 2]])
WV = torch.tensor([[1.0, 0], [0, 1], [1, 1], [2, -1]])
WO = torch.tensor([[1.0, 0, 1, 0, 0, 0, 0, 1], [0, 1, 0, 0, 1, 0, 1, 0]])
H, K, D = 4, 2, 2


def kv_weights(n_kv_heads: int) -> int:
    """Return how many weights `wk` and `wv` of one layer have."""
    return 2 * n_kv_heads * HEAD_DIM * DIM


def kv_cache(n_kv_heads: int) -> int:
    """Return how many bytes of keys and values one token has in all layers."""
    return 2 * N_LAYERS * n_kv_heads * HEAD_DIM * BFLOAT16


@figures("32", "8", "128", "4096", "17")
def sizes_of_the_8b() -> Sequence[float]:
    return N_HEADS, N_KV_HEADS, HEAD_DIM, N_HEADS * HEAD_DIM, N_TOKENS


@figures("33,554,432", "8,388,608", "1,048,576")
def weights_of_keys_and_values() -> Sequence[float]:
    return [kv_weights(n_kv_heads) for n_kv_heads in (N_HEADS, N_KV_HEADS, 1)]


@figures("512", "128", "16")
def cache_of_a_token_in_kib() -> Sequence[float]:
    return [kv_cache(n_kv_heads) / 2**10 for n_kv_heads in (N_HEADS, N_KV_HEADS, 1)]


@figures("8192", "4", "1", "128")
def cache_of_a_long_text_in_gib_and_mib() -> Sequence[float]:
    n_tokens = 8192
    many, grouped, single = (n_tokens * kv_cache(n) for n in (N_HEADS, N_KV_HEADS, 1))
    return n_tokens, many / 2**30, grouped / 2**30, single / 2**20


@figures("805")
def millions_of_weights_saved() -> Sequence[float]:
    return [N_LAYERS * (kv_weights(N_HEADS) - kv_weights(N_KV_HEADS)) / 1e6]


@figures("9248")
def scores_of_a_layer() -> Sequence[float]:
    return [N_HEADS * N_TOKENS * N_TOKENS]


@figures("6", "2", "3", "4")
def heads_and_group_sizes() -> Sequence[float]:
    tiny = walk()
    groups = tiny.n_heads // tiny.n_kv_heads, N_HEADS // N_KV_HEADS
    return tiny.n_heads, tiny.n_kv_heads, *groups


@figures("0", "1", "2", "3", "4", "5", "0", "1")
def groups_of_the_tiny_model() -> Sequence[float]:
    tiny = walk()
    heads = range(tiny.n_heads)
    shared = {kv_head_index(head, tiny.n_heads, tiny.n_kv_heads) for head in heads}
    return *heads, *sorted(shared)


@figures("1", "2", "3", "0")
def values_by_hand() -> Sequence[float]:
    return [entry for head in split_heads(WV, K) for entry in project(X, head)[0].tolist()]


@figures("4", "2", "2", "8")
def result_by_hand() -> Sequence[float]:
    return H, K, *result_of_one_token()


@figures("4", "6")
def result_with_heads_in_turn() -> Sequence[float]:
    with patch.object(s15_grouped_query_attention, "kv_head_index", lambda h, n, k: h % k):
        return result_of_one_token()


def result_of_one_token() -> list[float]:
    wq, wk = torch.ones(H * D, D), torch.ones(K * D, D)  # any: the softmax has one entry
    freqs_cis = torch.ones(1, D // 2, dtype=torch.complex64)  # position 0
    return attention(X, wq, wk, WV, WO, freqs_cis, H, K)[0].tolist()


@figures("1", "2", "1", "0", "0", "3", "0", "3")
def what_each_head_contributes() -> Sequence[float]:
    values = [project(X, split_heads(WV, K)[kv_head_index(head, H, K)]) for head in range(H)]
    parts = [value @ columns.T for value, columns in zip(values, WO.split(D, 1), strict=True)]
    return torch.cat(parts).flatten().tolist()


@figures("98")
def least_weight_of_the_words_of_heads_0_to_2() -> Sequence[float]:
    tiny = walk()
    words = {0: "·question", 1: "·ultimate", 2: "·life"}
    place = [tiny.pieces(tiny.tokens).index(word) for word in words.values()]
    weights = [tiny.head(1, head).weights[-1, at] for head, at in zip(words, place, strict=True)]
    return [int(100 * min(weights))]
