"""Stage 23: from logits to a token drawn at random.

Lesson: lessons/s23_sampling.md
"""

import torch
import torch.nn.functional as F


def next_token_probabilities(
    logits: torch.Tensor, temperature: float, top_p: float
) -> torch.Tensor:
    """Turn logits into the probabilities that the next token is drawn with.

    Args:
        logits: one score per token of the vocabulary, `[V]`.
        temperature: 0 or more. The logits are divided by it before the softmax. At 0, the token
            with the highest logit gets probability 1, whatever `top_p` is. If several tokens share
            the highest logit, only the one with the lowest id gets probability 1.
        top_p: above 0 and up to 1. Going from the most likely token to the least, only the tokens
            needed to reach this total probability stay, including the token that crosses it. At 1,
            all tokens stay.

    Returns:
        the probabilities in the order of the vocabulary, `[V]`: 0 for tokens that were cut, the
        others scaled so that they sum to 1. Computed and returned in float32, whatever the dtype
        of `logits`. If only some of several equally likely tokens can stay, those with the lowest
        ids do (the tests accept any of them).

    Source: Holtzman et al. 2019, "The Curious Case of Neural Text Degeneration", section 3.1;
    Meta's `llama/generation.py` (`sample_top_p`).
    """
    raise NotImplementedError("next_token_probabilities is not written yet")


def sample(probabilities: torch.Tensor, coin: float) -> int:
    """Pick the token that a random number falls on.

    Imagine the tokens side by side on a line from 0 to 1, in the order of the vocabulary, each as
    wide as its probability: `coin` is a point on that line.

    Args:
        probabilities: one per token of the vocabulary, float32, `[V]`; they sum to 1.
        coin: a random number, at least 0 and less than 1.

    Returns:
        the first id at which the running sum of the probabilities exceeds `coin`. If rounding
        keeps that sum at or below `coin` to the end, the last id with a probability above 0.

    Source: inverse transform sampling; `sample_mult` in Karpathy's `llama2.c`.
    """
    raise NotImplementedError("sample is not written yet")
