"""Stage 19: from the last vector to the next token.

Lesson: lessons/s19_next_token.md
"""

from typing import Any

import tiktoken
import torch

from solutions.s05_tokenizer import encode_prompt, token_pieces
from solutions.s18_transformer import transformer


def next_token_logits(hidden: torch.Tensor, output_weight: torch.Tensor) -> torch.Tensor:
    """Score every token of the vocabulary as the next one.

    Args:
        hidden: the result of stage 18, one vector a token, `[T, D]`.
        output_weight: the output matrix, one row a token of the vocabulary, `[V, D]`.

    Returns:
        the logits after the last token, `[V]`.

    Source: Meta's `llama/model.py` (`output`).
    """
    return hidden[-1] @ output_weight.T  # [V]


def predict_next_token(
    tokens: torch.Tensor, weights: dict[str, torch.Tensor], params: dict[str, Any]
) -> int:
    """Name the most likely next token.

    Args:
        tokens: ids, int64, `[T]`.
        weights: the whole checkpoint, under Meta's names.
        params: `params.json` as a dict.

    Returns:
        the id of the token with the highest logit.

    Source: greedy decoding, as in Meta's `llama/generation.py` with temperature 0.
    """
    hidden = transformer(tokens, weights, params)  # [T, D]
    logits = next_token_logits(hidden, weights["output.weight"])  # [V]
    return int(torch.argmax(logits))


def complete(
    prompt: str,
    tokenizer: tiktoken.Encoding,
    weights: dict[str, torch.Tensor],
    params: dict[str, Any],
) -> str:
    """Say what comes next after a prompt.

    Args:
        prompt: any text.
        tokenizer: as made in stage 5.
        weights: the whole checkpoint, under Meta's names.
        params: `params.json` as a dict.

    Returns:
        the one new piece of text, without the prompt.

    Source: the last step of every walk-through; "42" after the prompt of this kata.
    """
    tokens = torch.tensor(encode_prompt(tokenizer, prompt))  # [T]
    next_token = predict_next_token(tokens, weights, params)
    return token_pieces(tokenizer, [next_token])[0]
