"""The numbers of lesson 1."""

import base64
import json
import math
import string
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from timeit import repeat

from benchmarks.figures import figures, machine_figures, vocabulary_figures
from benchmarks.lesson_figures import vocabulary_path
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s04_special_tokens import special_token_ids

TINY = Path(__file__).parents[2] / "tiny_weights" / "trained"
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


def tiny_file() -> bytes:
    return (TINY / "tokenizer.model").read_bytes()


@cache
def real_table(path: Path) -> dict[bytes, int]:
    return parse_vocabulary(path.read_bytes())


def six_bits(letters: str) -> list[str]:
    """Return the six bits of each base64 letter."""
    return [f"{ALPHABET.index(letter):06b}" for letter in letters]


def in_eights(letters: str) -> list[str]:
    """Return the bits of some base64 letters in groups of eight; the last may be shorter."""
    bits = "".join(six_bits(letters))
    return [bits[start : start + 8] for start in range(0, len(bits), 8)]


def is_utf8(token: bytes) -> bool:
    try:
        token.decode()
    except UnicodeDecodeError:
        return False
    return True


@vocabulary_figures("128,000", "256", "0", "255", "256", "128,256")
def table_of_the_8b(path: Path) -> Sequence[float]:
    table = real_table(path)
    single = [rank for token, rank in table.items() if len(token) == 1]
    special = special_token_ids(len(table))
    size = len(table) + len(special)
    return len(table), len(single), min(single), max(single), len(special), size


@figures("512", "256", "0", "255", "256", "768", "509")
def table_of_the_tiny_model() -> Sequence[float]:
    table = parse_vocabulary(tiny_file())
    single = [rank for token, rank in table.items() if len(token) == 1]
    size = json.loads((TINY / "params.json").read_text())["vocab_size"]
    special = size - len(table)
    return len(table), len(single), min(single), max(single), special, size, table[b"42"]


@figures("0", "1", "2")
def first_lines_of_the_file() -> Sequence[float]:
    lines = tiny_file().splitlines()[:3]
    assert [line[:4] for line in lines] == [b"IQ==", b"Ig==", b"Iw=="]
    return [int(line.split()[1]) for line in lines]


@vocabulary_figures("59,615")
def tokens_with_a_space_or_a_line_end(path: Path) -> Sequence[float]:
    return [sum(not set(b" \n\r").isdisjoint(token) for token in real_table(path))]


@figures("64", "24")
def base64_letters_and_bits_of_a_group() -> Sequence[float]:
    return len(ALPHABET), math.lcm(6, 8)


@figures("1")
def number_of_the_first_line() -> Sequence[float]:
    try:
        parse_vocabulary(b"damaged\n")
    except ValueError as error:
        return [float(str(error).split(":")[0].removeprefix("line "))]
    raise AssertionError("a damaged line was read")


@figures("0", "25", "26", "51", "52", "61", "62", "63")
def numbers_of_the_base64_letters() -> Sequence[float]:
    return [ALPHABET.index(letter) for letter in "AZaz09+/"]


@figures("8", "16", "001000", "010000", "00100001", "0000", "33", "0")
def the_line_of_an_exclamation_mark() -> Sequence[float]:
    numbers = [ALPHABET.index(letter) for letter in "IQ"]
    byte, rest = in_eights("IQ")
    ((token, rank),) = parse_vocabulary(b"IQ== 0").items()
    assert token == b"!" and token[0] == int(byte, 2)
    return *numbers, *map(float, six_bits("IQ")), float(byte), float(rest), token[0], rank


@figures("13", "3", "8", "001101", "000011", "001000", "00110100", "00110010", "00", "52", "50")
def the_line_of_42() -> Sequence[float]:
    numbers = [ALPHABET.index(letter) for letter in "NDI"]
    (token,) = parse_vocabulary(b"NDI= 2983")
    assert [int(byte, 2) for byte in in_eights("NDI")[:2]] == list(token) == list(b"42")
    return *numbers, *map(float, six_bits("NDI")), *map(float, in_eights("NDI")), *token


@vocabulary_figures("2983", "42", "64803", "220")
def ranks_of_some_tokens(path: Path) -> Sequence[float]:
    table = real_table(path)
    answer = next(token for token, rank in table.items() if rank == 2983)
    return table[b"42"], float(answer), table["四".encode()], table[base64.b64decode("IA==")]


@vocabulary_figures("1,352", "128,000")
def tokens_that_are_not_utf_8(path: Path) -> Sequence[float]:
    table = real_table(path)
    return sum(not is_utf8(token) for token in table), len(table)


@vocabulary_figures("79,971", "128,000")
def tokens_whose_base64_ends_in_an_equals_sign(path: Path) -> Sequence[float]:
    lines = path.read_bytes().splitlines()
    assert all(
        line.split()[0].endswith(b"=") == bool(len(token) % 3)
        for line, token in zip(lines, real_table(path), strict=True)
    )
    return sum(b"= " in line for line in lines), len(lines)


@vocabulary_figures("33", "0", "32", "220", "0", "188", "188")
def bytes_and_their_ranks(path: Path) -> Sequence[float]:
    table = real_table(path)
    visible = [byte for byte in range(256) if chr(byte).isprintable() and chr(byte) != " "]
    assert sorted(table[bytes([byte])] for byte in visible) == list(range(len(visible)))
    return (*b"!", table[b"!"], *b" ", table[b" "], *b"\0", table[b"\0"], len(visible))


@figures("10", "5")
def what_int_also_reads() -> Sequence[float]:
    return int(b"1_0"), int(b"+5")


@machine_figures("1.2")
def checks_against_none() -> Sequence[float]:
    """Return how much longer the reference takes than a reader without checks."""
    path = vocabulary_path()
    contents = path.read_bytes() if path else tiny_file()

    def unchecked() -> dict[bytes, int]:
        lines = (line.split() for line in contents.splitlines() if line)
        return {base64.b64decode(token): int(rank) for token, rank in lines}

    def seconds(code: Callable[[], object]) -> float:
        return min(repeat(code, number=1, repeat=5))

    return [seconds(lambda: parse_vocabulary(contents)) / seconds(unchecked)]
