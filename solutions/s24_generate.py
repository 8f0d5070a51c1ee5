"""Stage 24: write token after token, and turn bytes into text as they come.

Lesson: lessons/s24_generate.md
"""

import codecs
import random
from collections.abc import Iterable, Iterator
from typing import Any

import torch

from solutions.s22_kv_cache import cached_forward
from solutions.s23_sampling import next_token_probabilities, sample

Cache = list[tuple[torch.Tensor, torch.Tensor]]  # keys and values of each layer


def generate(
    tokens: list[int],
    weights: dict[str, torch.Tensor],
    params: dict[str, Any],
    cache: Cache | None,
    max_new_tokens: int,
    stop_tokens: list[int],
    temperature: float,
    top_p: float,
    seed: int,
) -> Iterator[tuple[int, Cache]]:
    """Write new tokens one by one, each when the caller asks for it.

    Args:
        tokens: the ids of the text to go on from, at least one. If there is a cache, they follow
            the text that it covers.
        weights: the whole checkpoint, under Meta's names.
        params: `params.json` as a dict.
        cache: what `cached_forward` returned for the text before `tokens`; None if there is none.
        max_new_tokens: how many tokens to write at most; 0 or more.
        stop_tokens: ids that end the text. There may be none.
        temperature: see `next_token_probabilities`.
        top_p: see `next_token_probabilities`.
        seed: with the same seed, the same text is written. The coins come from the `random()` of a
            single `random.Random(seed)`, one per token, whatever the temperature is.

    Yields:
        each new token, with the cache of everything before it: the token itself is not in there
        yet. A stop token ends the text and is not yielded. Nothing is computed before it is asked
        for, no argument is modified, and the caches already yielded stay as they were.

    Source: Meta's `llama/generation.py` (`generate`).
    """
    coins = random.Random(seed)
    for _ in range(max_new_tokens):
        logits, cache = cached_forward(torch.tensor(tokens), weights, params, cache)
        probabilities = next_token_probabilities(logits, temperature, top_p)  # [V]
        token = sample(probabilities, coins.random())
        if token in stop_tokens:
            return
        yield token, cache
        tokens = [token]


def stream_text(token_bytes: Iterable[bytes]) -> Iterator[str]:
    """Turn the bytes of tokens into text as they come.

    Args:
        token_bytes: the bytes of each token. A token may begin or end inside a character.

    Yields:
        pieces of text, none of them empty. Joined, they are what decoding all bytes at once would
        give. Each sequence of bytes that isn't UTF-8 becomes U+FFFD, as in `bytes.decode` with
        "replace". A character comes as soon as its last byte has been read, before any further byte
        is read.

    Source: RFC 3629, section 3; Python's `codecs.IncrementalDecoder`.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for piece in token_bytes:
        if text := decoder.decode(piece):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text
