"""Stage 22: remember the keys and values of earlier tokens.

Lesson: lessons/s22_kv_cache.md
"""

from typing import Any

import torch

from exercises.s08_embedding import embed
from exercises.s09_rms_norm import rms_norm
from exercises.s10_freqs_cis import precompute_freqs_cis
from exercises.s11_rotate import rotate
from exercises.s12_heads import project, split_heads
from exercises.s13_attention_scores import attention_scores
from exercises.s15_grouped_query_attention import kv_head_index
from exercises.s16_feed_forward import feed_forward
from exercises.s19_next_token import next_token_logits


def cached_attention(
    x: torch.Tensor,
    wq: torch.Tensor,
    wk: torch.Tensor,
    wv: torch.Tensor,
    wo: torch.Tensor,
    freqs_cis: torch.Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: tuple[torch.Tensor, torch.Tensor] | None,
) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """Return the attention of one layer for new tokens that follow earlier ones.

    Args:
        x: the normalized vectors of the T new tokens alone, `[T, D]`.
        wq: the query weights of all heads, `[H * d, D]`.
        wk: the key weights of all key/value heads, `[K * d, D]`.
        wv: the value weights of all key/value heads, `[K * d, D]`.
        wo: the output weights, `[D, H * d]`.
        freqs_cis: the rotations of the new tokens' positions, complex64, `[T, d/2]`.
        n_heads: the number of query heads H.
        n_kv_heads: the number of key/value heads K.
        past: the keys and values of the S earlier tokens, `[K, S, d]` each, the keys already
            rotated; None if there are no earlier tokens. The tensors are not modified.

    Returns:
        the results of all heads mixed by `wo`, `[T, D]`, in the dtype of `x`; and the keys and
        values of all S + T tokens, `[K, S + T, d]` each. New token t sees keys 0 to S + t. Nothing
        as large as `[S + T, S + T]` is built, so that a single new token stays cheap.

    Source: Shazeer 2019, "Fast Transformer Decoding"; Meta's `llama/model.py` (`cache_k`).
    """
    raise NotImplementedError("cached_attention is not written yet")


def cached_forward(
    tokens: torch.Tensor,
    weights: dict[str, torch.Tensor],
    params: dict[str, Any],
    cache: list[tuple[torch.Tensor, torch.Tensor]] | None,
) -> tuple[torch.Tensor, list[tuple[torch.Tensor, torch.Tensor]]]:
    """Return the logits after new tokens that follow the cached ones, and the longer cache.

    Args:
        tokens: the ids of the new tokens alone, int64, `[T]`.
        weights: the whole checkpoint, under Meta's names.
        params: `params.json` as a dict. `n_kv_heads` may be absent or None.
        cache: one pair per layer, the keys and values of the S earlier tokens; None at the start
            of a text. It is not modified: the caller may go on from it again.

    Returns:
        the logits after the last token, `[V]`, the same as for the whole text at once; and a new
        cache, one pair per layer, in which the new tokens' keys and values follow the earlier ones.

    Source: Meta's `llama/model.py` (`Transformer.forward`, `start_pos`).
    """
    raise NotImplementedError("cached_forward is not written yet")
