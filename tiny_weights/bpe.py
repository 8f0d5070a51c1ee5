"""Train a byte-pair vocabulary and write it as `tokenizer.model` in Meta's format."""

import base64
from collections import Counter
from itertools import pairwise
from pathlib import Path

import regex
import tiktoken

# Llama 3's pattern: contractions, letters, up to three digits, punctuation, line breaks, spaces.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    r"|[^\r\n\p{L}\p{N}]?\p{L}+"
    r"|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+"
    r"|\s+(?!\S)"
    r"|\s+"
)
N_SPECIAL = 256

Pair = tuple[bytes, bytes]


def byte_order() -> list[int]:
    """Return the 256 bytes in Llama 3's order: first those that are printable in Latin-1."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return printable + [byte for byte in range(256) if byte not in printable]


def count_pairs(chunks: dict[tuple[bytes, ...], int]) -> Counter[Pair]:
    """Return how often each pair of neighbors occurs in all chunks."""
    pairs: Counter[Pair] = Counter()
    for parts, count in chunks.items():
        for pair in pairwise(parts):
            pairs[pair] += count
    return pairs


def merge_pair(parts: tuple[bytes, ...], pair: Pair) -> tuple[bytes, ...]:
    """Join the pair wherever it occurs, from the left."""
    merged: list[bytes] = []
    place = 0
    while place < len(parts):
        width = 2 if parts[place : place + 2] == pair else 1
        merged.append(b"".join(parts[place : place + width]))
        place += width
    return tuple(merged)


def train_bpe(text: str, vocab_size: int) -> dict[bytes, int]:
    """Return the ranks: single bytes, then the most frequent pair at each step (ties: lowest)."""
    ranks = {bytes([byte]): rank for rank, byte in enumerate(byte_order())}
    chunks = {
        tuple(bytes([byte]) for byte in piece.encode()): count
        for piece, count in Counter(regex.findall(PATTERN, text)).items()
    }
    while len(ranks) < vocab_size and (pairs := count_pairs(chunks)):
        pair = min(pairs, key=lambda pair: (-pairs[pair], pair))
        # Two pairs can spell the same token, which keeps its first rank.
        ranks.setdefault(b"".join(pair), len(ranks))
        chunks = {merge_pair(parts, pair): count for parts, count in chunks.items()}
    return ranks


def write_tokenizer(path: Path, ranks: dict[bytes, int]) -> None:
    """Write one token per line: base64, a space, the rank."""
    lines = [f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items()]
    path.write_bytes("".join(lines).encode())


def build_encoding(ranks: dict[bytes, int]) -> tiktoken.Encoding:
    """Return the tokenizer without its special tokens, which training adds by id."""
    return tiktoken.Encoding(name="tiny", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
