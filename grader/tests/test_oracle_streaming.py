"""Stage 24's `stream_text`, compared with Python's own decoding of the whole bytes."""

import random
from collections.abc import Iterator
from itertools import product

import pytest

from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.suite.yours_and_reference import Reference

# The first byte of each kind, and those next to the limits of what is valid after them.
BYTES = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF]
BYTES += [0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFE, 0xFF]


def cut(rng: random.Random, data: bytes) -> list[bytes]:
    """Return bytes in pieces of random sizes, some of them empty."""
    ends = sorted(rng.choices(range(len(data) + 1), k=rng.randint(0, len(data) + 1)))
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


def streamed(reference: Reference, pieces: list[bytes]) -> list[str]:
    texts = list(reference.stream_text(pieces))
    assert "" not in texts
    return texts


def test_all_short_sequences(reference: Reference) -> None:
    """Byte by byte, so every cut is made."""
    for size in range(4):
        for values in product(BYTES, repeat=size):
            data = bytes(values)
            pieces = [data[index : index + 1] for index in range(size)]
            assert "".join(streamed(reference, pieces)) == data.decode("utf-8", "replace")


@pytest.mark.parametrize("seed", range(5))
def test_random_bytes_cut_anywhere(reference: Reference, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(1000):
        data = bytes(rng.choices(BYTES, k=rng.randint(0, 20)))
        assert "".join(streamed(reference, cut(rng, data))) == data.decode("utf-8", "replace")


@pytest.mark.parametrize("seed", range(5))
def test_characters_come_with_their_last_byte(kata: Kata, texts: list[str], seed: int) -> None:
    stream_text = reference_modules(kata.solutions).find("stream_text")
    rng = random.Random(seed)
    for text in rng.sample(texts, 200):
        pieces = cut(rng, text.encode())
        read: list[bytes] = []

        def reading(source: list[bytes] = pieces, so_far: list[bytes] = read) -> Iterator[bytes]:
            for piece in source:
                so_far.append(piece)
                yield piece

        came = ""
        for piece in stream_text(reading()):
            came += piece
            assert came == b"".join(read).decode("utf-8", "ignore")
        assert came == text
