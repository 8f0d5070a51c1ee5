"""Stage 14: attention in one head, where no token can look ahead.

Lesson: lessons/s14_masked_attention.md
"""

import torch

from exercises.s13_attention_scores import attention_scores


def causal_mask(seq_len: int) -> torch.Tensor:
    """Return the mask that hides the future.

    Args:
        seq_len: the number of tokens T.

    Returns:
        the mask, float32, `[T, T]`: row t has 0 for the tokens that token t may look at, and -inf
        for the tokens after token t. Don't name a device: torch's default device is the one the
        model runs on, whether CPU or GPU.

    Source: Meta's `llama/model.py` (`Transformer.forward`).
    """
    raise NotImplementedError("causal_mask is not written yet")


def masked_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Return one vector per token: a weighted sum of the values up to and including its own.

    Args:
        q: the rotated queries of one head, `[T, d]`.
        k: the rotated keys of one head, `[T, d]`.
        v: the values of one head, `[T, d]`.

    Returns:
        for each token, the sum of the values, weighted by the softmax of the token's masked
        scores, `[T, d]`, in the dtype of `v`. Compute the softmax over the keys, in float32; it
        must handle scores in the thousands.

    Source: Vaswani et al. 2017, "Attention Is All You Need", sections 3.2.1 and 3.2.3.
    """
    raise NotImplementedError("masked_attention is not written yet")
