"""Stage 19: from the last vector to the next token.

Lesson: lessons/s19_next_token.md
"""

from typing import Any

import tiktoken
import torch

from exercises.s05_tokenizer import encode_prompt, token_pieces
from exercises.s18_transformer import transformer


def next_token_logits(hidden: torch.Tensor, output_weight: torch.Tensor) -> torch.Tensor:
    """Return the score that each token of the vocabulary gets as the next token.

    Args:
        hidden: the result of stage 18, one vector per token, `[T, D]`.
        output_weight: the output matrix, one row per token of the vocabulary, `[V, D]`, with the
            dtype of `hidden`.

    Returns:
        the logits after the last token, `[V]`, with the dtype of `hidden`.

    Source: Meta's `llama/model.py` (`output`).
    """
    raise NotImplementedError("next_token_logits is not written yet")


def predict_next_token(
    tokens: torch.Tensor, weights: dict[str, torch.Tensor], params: dict[str, Any]
) -> int:
    """Return the id of the most likely next token.

    Args:
        tokens: ids, int64, `[T]`.
        weights: the whole checkpoint, under Meta's names.
        params: `params.json` as a dict.

    Returns:
        the id of the token with the highest logit, as a Python int.

    Source: greedy decoding, as in Meta's `llama/generation.py` with temperature 0.
    """
    raise NotImplementedError("predict_next_token is not written yet")


def complete(
    prompt: str,
    tokenizer: tiktoken.Encoding,
    weights: dict[str, torch.Tensor],
    params: dict[str, Any],
) -> str:
    """Return the piece of text that comes next after a prompt.

    Args:
        prompt: any text, which may be empty. It reaches the model unchanged: leading and trailing
            spaces and line breaks count, and `<|eot_id|>` in it is text, not the special token.
        tokenizer: as made in stage 5.
        weights: the whole checkpoint, under Meta's names.
        params: `params.json` as a dict.

    Returns:
        only the new piece of text, without the prompt. Spaces in the piece stay. If the new token
        is special, the piece is its name; if it is only a part of a character, it is U+FFFD.

    Source: the last step of every walk-through; "42" after the prompt of this kata.
    """
    raise NotImplementedError("complete is not written yet")
