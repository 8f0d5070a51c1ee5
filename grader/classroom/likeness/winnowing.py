"""Fingerprints of code by winnowing.

Source: Schleimer, Wilkerson and Aiken 2003, "Winnowing: Local Algorithms for Document
Fingerprinting". Any run of `LENGTH + WINDOW - 1` equal tokens in two files gives them at least one
fingerprint in common; shorter than `LENGTH`, equal runs give none.
"""

from collections.abc import Sequence
from hashlib import blake2b

from grader.classroom.likeness.code_tokens import CodeToken

LENGTH = 8  # tokens per k-gram: less than a short statement, more than a call of one function
WINDOW = 4  # of which one k-gram is chosen


def k_grams(tokens: Sequence[CodeToken]) -> list[int]:
    """Return the hash of each run of `LENGTH` tokens, by the position of its first token."""
    kinds = [token.kind for token in tokens]
    count = len(kinds) - LENGTH + 1
    return [_hash("\0".join(kinds[start : start + LENGTH])) for start in range(count)]


def winnow(hashes: Sequence[int]) -> frozenset[int]:
    """Return the fingerprints: the smallest hash of each window."""
    windows = range(max(1, len(hashes) - WINDOW + 1)) if hashes else ()
    return frozenset(min(hashes[start : start + WINDOW]) for start in windows)


def _hash(text: str) -> int:
    # Not the built-in hash: it differs from run to run, and so would the choice.
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big")
