"""Stage 14: attention of one head, which cannot look ahead.

Lesson: lessons/s14_masked_attention.md
"""

import torch

from exercises.s13_attention_scores import attention_scores


def causal_mask(seq_len: int) -> torch.Tensor:
    """Return the mask that hides the future.

    Args:
        seq_len: the number of tokens T.

    Returns:
        0 where a token (row) may look at another (column), -inf where the other one comes later,
        float32, `[T, T]`. Name no device: torch's default one is where the model runs, be it a CPU
        or a GPU.

    Source: Meta's `llama/model.py` (`Transformer.forward`).
    """
    raise NotImplementedError("causal_mask is not written yet")


def masked_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Return, for every token, a mix of the values of the tokens up to and including itself.

    Args:
        q: rotated queries of one head, `[T, d]`.
        k: rotated keys of one head, `[T, d]`.
        v: values of one head, `[T, d]`.

    Returns:
        for each token the values weighted by the softmax of its masked scores, `[T, d]`, in the
        dtype of `v`. The softmax runs over the keys, in float32, and scores may be in the
        thousands.

    Source: Vaswani et al. 2017, "Attention Is All You Need", sections 3.2.1 and 3.2.3.
    """
    raise NotImplementedError("masked_attention is not written yet")
