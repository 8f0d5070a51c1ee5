"""The numbers of lesson 25."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.figures import figures
from benchmarks.figures.s14_masked_attention import walk
from benchmarks.figures.s15_grouped_query_attention import kv_cache
from grader.llama3_8b import PARAMS
from solutions.s22_kv_cache import cached_attention
from solutions.s25_all_heads_at_once import all_heads_attention

N_LAYERS, N_HEADS, N_KV_HEADS = PARAMS["n_layers"], PARAMS["n_heads"], PARAMS["n_kv_heads"]
S, T = 3, 2  # of the mask by hand
ROWS = torch.arange(1, 9).view(2, 4)  # 2 tokens, 2 heads of width 2


class Counted(TorchDispatchMode):
    """Counts the operations that torch runs, by name."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = Counter[str]()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.count[func.__name__.split(".")[0]] += 1
        return func(*args, **(kwargs or {}))


def operations(attention: Callable[..., Any]) -> Counter[str]:
    """Count a layer's operations for one new token, with the 8B's heads but narrow ones."""
    width, n_past = 2, 5
    dim, kv_dim = N_HEADS * width, N_KV_HEADS * width
    x, wq, wo = torch.ones(1, dim), torch.ones(dim, dim), torch.ones(dim, dim)
    wk, wv = torch.ones(kv_dim, dim), torch.ones(kv_dim, dim)
    freqs_cis = torch.ones(1, width // 2, dtype=torch.complex64)
    past = torch.ones(N_KV_HEADS, n_past, width), torch.ones(N_KV_HEADS, n_past, width)
    with Counted() as mode:
        attention(x, wq, wk, wv, wo, freqs_cis, N_HEADS, N_KV_HEADS, past)
    return mode.count


@figures("410", "33", "113")
def operations_of_a_layer() -> Sequence[float]:
    loop, at_once = operations(cached_attention), operations(all_heads_attention)
    return loop.total(), at_once.total(), loop["mm"]


@figures("4", "1")
def products_at_once() -> Sequence[float]:
    counted = operations(all_heads_attention)
    library = [name for name in counted if name.startswith("_scaled_dot_product")]
    return counted["mm"], sum(counted[name] for name in library)


@figures("13,120", "1056")
def operations_of_a_token() -> Sequence[float]:
    return [
        N_LAYERS * operations(attention).total()
        for attention in (cached_attention, all_heads_attention)
    ]


@figures("1", "2", "3", "4", "5", "6", "7", "8")
def rows_by_hand() -> Sequence[float]:
    return ROWS.flatten().tolist()


@figures("1", "2", "5", "6", "3", "4", "7", "8")
def heads_by_hand() -> Sequence[float]:
    return ROWS.view(2, 2, 2).transpose(0, 1).flatten().tolist()


@figures("1", "0")
def place_of_the_wrong_pair() -> Sequence[float]:
    """Return the row and the head at which 3, 4 ends up if the rows are only reshaped."""
    head, row, _ = (ROWS.view(2, 2, 2) == 3).nonzero()[0].tolist()
    return row, head


@figures("3", "2", "4", "5", "1", "2")
def keys_that_rows_see() -> Sequence[float]:
    visible = torch.ones(T, S + T).tril(S).sum(-1)
    return S, T, *visible.tolist(), *torch.ones(T, S + T).tril().sum(-1).tolist()


@figures("0", "0", "1", "1", "0", "1", "0", "1")
def key_value_heads_of_four() -> Sequence[float]:
    heads = torch.arange(2)
    return *heads.repeat_interleave(2).tolist(), *heads.repeat(2).tolist()


@figures("8192", "1", "4")
def gib_read_per_token() -> Sequence[float]:
    n_tokens = 8192
    return n_tokens, *(n_tokens * kv_cache(n) / 2**30 for n in (N_KV_HEADS, N_HEADS))


@figures("6", "2", "0", "3", "5")
def heads_and_products_of_the_tiny_model() -> Sequence[float]:
    tiny = walk()
    group_size = tiny.n_heads // tiny.n_kv_heads
    return tiny.n_heads, tiny.n_kv_heads, 0, group_size, tiny.n_heads - 1
