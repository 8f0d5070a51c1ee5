"""The trained tiny model, as several lessons ask it: from text to logits, through the solutions."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import tiktoken
import torch

from solutions.s01_vocabulary import parse_vocabulary
from solutions.s05_tokenizer import build_tokenizer, encode_prompt, token_pieces
from solutions.s07_checkpoint import load_checkpoint
from solutions.s18_transformer import transformer
from solutions.s19_next_token import next_token_logits
from tiny_weights.checkpoint import HERE

_FOLDER = HERE / "trained"


@cache
def tokenizer() -> tiktoken.Encoding:
    return build_tokenizer(parse_vocabulary((_FOLDER / "tokenizer.model").read_bytes()))


@cache
def checkpoint() -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Return its params and weights."""
    return load_checkpoint(str(_FOLDER))


def encoded(text: str) -> list[int]:
    return encode_prompt(tokenizer(), text)


def piece(token: int) -> str:
    return token_pieces(tokenizer(), [token])[0]


def hidden_after(tokens: Sequence[int]) -> torch.Tensor:
    """Return one vector per token, `[T, D]`."""
    params, weights = checkpoint()
    return transformer(torch.tensor(tokens), weights, params)


def logits_after(tokens: Sequence[int]) -> torch.Tensor:
    """Return the logits after the last token, `[V]`."""
    return next_token_logits(hidden_after(tokens), checkpoint()[1]["output.weight"])
