"""The numbers of lesson 4."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmarks.figures import figures, vocabulary_figures
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s02_regex_split import split_text
from solutions.s03_byte_pair_encoding import bpe_encode
from solutions.s04_special_tokens import special_token_ids

TINY = Path(__file__).parents[2] / "tiny_weights" / "trained"
BY_HAND = ["begin_of_text", "eot_id", "reserved_special_token_4", "reserved_special_token_5"]
BY_HAND += ["reserved_special_token_250"]


@cache
def table_in(path: Path) -> dict[bytes, int]:
    return parse_vocabulary(path.read_bytes())


def ids_of(names: list[str], n_mergeable: int) -> list[int]:
    ids = special_token_ids(n_mergeable)
    return [ids[f"<|{name}|>"] for name in names]


@figures("0", "1", "2", "5", "6", "7", "8", "9", "10", "255")
def positions() -> Sequence[float]:
    """Return the positions in the lesson's table: of each name, or of a run's first and last."""
    names = ["begin_of_text", "end_of_text", "reserved_special_token_0", "reserved_special_token_3"]
    names += ["start_header_id", "end_header_id", "reserved_special_token_4", "eot_id"]
    return ids_of([*names, "reserved_special_token_5", "reserved_special_token_250"], 0)


@figures("0", "1", "2", "3", "4", "5", "250")
def numbers_of_the_reserved_tokens() -> Sequence[float]:
    """Return the numbers at the positions 2 to 5, 8, 10 and 255."""
    names = list(special_token_ids(0))
    numbers = (names[position].rpartition("_")[2] for position in (2, 3, 4, 5, 8, 10, 255))
    return [float(number.removesuffix("|>")) for number in numbers]


@figures("5", "251", "0", "250", "256", "246")
def names_of_both_kinds() -> Sequence[float]:
    names = list(special_token_ids(0))
    reserved = [float(name[2:-2].rpartition("_")[2]) for name in names if "reserved" in name]
    others = len(names) - len(reserved)
    return others, len(reserved), min(reserved), max(reserved), len(names), len(names[10:])


@vocabulary_figures("128000", "256", "128256")
def sizes_of_the_8b(path: Path) -> Sequence[float]:
    n_mergeable = len(table_in(path))
    special = special_token_ids(n_mergeable)
    return n_mergeable, len(special), max(special.values()) + 1


@figures("512", "256", "768", "0", "511")
def sizes_of_the_tiny_model() -> Sequence[float]:
    table = table_in(TINY / "tokenizer.model")
    rows = json.loads((TINY / "params.json").read_text(encoding="utf-8"))["vocab_size"]
    assert len(table) + len(special_token_ids(len(table))) == rows
    return len(table), rows - len(table), rows, min(table.values()), max(table.values())


@figures("512", "521", "520", "522", "767")
def ids_by_hand() -> Sequence[float]:
    return ids_of(BY_HAND, len(table_in(TINY / "tokenizer.model")))


@vocabulary_figures("128000", "128009", "128008", "128010", "128255")
def the_same_ids_in_the_8b(path: Path) -> Sequence[float]:
    return ids_of(BY_HAND, len(table_in(path)))


@vocabulary_figures("27", "91", "7413", "3659", "4424", "91", "29")
def begin_of_text_as_ordinary_text(path: Path) -> Sequence[float]:
    chunks = split_text("<|begin_of_text|>")
    return [token for chunk in chunks for token in bpe_encode(chunk.encode(), table_in(path))]


@vocabulary_figures("128004", "128008", "128010")
def ids_renamed_in_llama_3_1(path: Path) -> Sequence[float]:
    reserved = ["reserved_special_token_2", "reserved_special_token_4", "reserved_special_token_5"]
    return ids_of(reserved, len(table_in(path)))
