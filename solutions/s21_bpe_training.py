"""Stage 21: train a tokenizer.

Lesson: lessons/s21_bpe_training.md
"""

from collections import Counter
from itertools import pairwise

from solutions.s02_regex_split import split_text


def train_bpe(text: str, vocab_size: int) -> dict[bytes, int]:
    """Learn a table of tokens from a text by byte-pair encoding.

    Start from the 256 single bytes, and cut the text into chunks (stage 2), each a sequence of
    bytes. Then repeat: count the pairs of neighbors in all chunks, make the most frequent pair a
    new token, and merge it wherever it occurs. Stop when the table has `vocab_size` tokens, or when
    no chunk has a pair left.

    A pair counts at every position where it occurs, so `aaa` has the pair `a`, `a` twice. Merging
    goes from left to right and uses each piece once, so `aaa` becomes `aa`, `a`. If several pairs
    have the highest count, take the lowest of them, comparing pairs as the tuples (left bytes,
    right bytes).

    Args:
        text: the text to learn from; may be empty.
        vocab_size: the number of tokens wanted, 256 or more.

    Returns:
        the rank of every token. The ranks of the single bytes are 0 to 255, in Llama 3's order:
        first the bytes 0x21 to 0x7E, 0xA1 to 0xAC and 0xAE to 0xFF, then all others, each group in
        ascending order. Merged tokens get the ranks from 256 on, in the order they were learned.

    Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units",
    algorithm 1; the order of the bytes is from GPT-2's `bytes_to_unicode`.
    """
    ranks = {bytes([byte]): rank for rank, byte in enumerate(_byte_order())}
    counted = Counter(split_text(text))
    chunks = [(_single_bytes(chunk), count) for chunk, count in counted.items()]
    while len(ranks) < vocab_size and (pairs := _count_pairs(chunks)):
        left, right = min(pairs, key=lambda pair: (-pairs[pair], pair))
        ranks[left + right] = len(ranks)
        chunks = [(_merged(pieces, left, right), count) for pieces, count in chunks]
    return ranks


def _byte_order() -> list[int]:
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return printable + [byte for byte in range(256) if byte not in printable]


def _single_bytes(chunk: str) -> list[bytes]:
    return [bytes([byte]) for byte in chunk.encode()]


def _count_pairs(chunks: list[tuple[list[bytes], int]]) -> Counter[tuple[bytes, bytes]]:
    """Return how often each pair of neighbors occurs; each chunk comes with its own count."""
    pairs: Counter[tuple[bytes, bytes]] = Counter()
    for pieces, count in chunks:
        for pair in pairwise(pieces):
            pairs[pair] += count
    return pairs


def _merged(pieces: list[bytes], left: bytes, right: bytes) -> list[bytes]:
    """Merge a pair wherever it occurs, from left to right."""
    merged: list[bytes] = []
    for piece in pieces:
        if piece == right and merged[-1:] == [left]:
            merged[-1] = left + right
        else:
            merged.append(piece)
    return merged
