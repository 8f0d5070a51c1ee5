"""The numbers of lesson 3."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from benchmarks.figures import figures, vocabulary_figures
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s02_regex_split import split_text
from solutions.s03_byte_pair_encoding import bpe_encode
from solutions.s05_tokenizer import build_tokenizer, encode_prompt

TINY_WEIGHTS = Path(__file__).parents[2] / "tiny_weights"
TINY = TINY_WEIGHTS / "trained" / "tokenizer.model"
FIRST_ADDED = 100_000  # tests/test_real_vocabulary.py looks below too, and finds no more

EXEMPT = {
    "100,000": "of the table that Llama 3 took over: The Llama 3 Herd of Models, section 3.2",
    "28,000": "tokens that Llama 3 added: The Llama 3 Herd of Models, section 3.2",
}


@cache
def table_in(path: Path) -> dict[bytes, int]:
    return parse_vocabulary(path.read_bytes())


def sizes(path: Path) -> list[int]:
    """Return the size of a table, its single bytes, and what becomes of the prompt."""
    table = table_in(path)
    prompt = json.loads((TINY_WEIGHTS / "prompts.json").read_text(encoding="utf-8"))["prompt"]
    chunks = split_text(prompt)
    tokens = [token for chunk in chunks for token in bpe_encode(chunk.encode(), table)]
    with_begin = encode_prompt(build_tokenizer(table), prompt)
    single = sum(len(token) == 1 for token in table)
    return [len(table), single, len(prompt.encode()), len(chunks), len(tokens), len(with_begin)]


@vocabulary_figures("128,000", "256", "77", "16", "16", "17")
def the_prompt_in_the_8b(path: Path) -> Sequence[float]:
    return sizes(path)


@figures("512", "256", "77", "16", "16", "17")
def the_prompt_in_the_tiny_model() -> Sequence[float]:
    return sizes(TINY)


@vocabulary_figures("263", "301", "616", "657", "818", "7521", "8301", "27476", "30052", "49565")
def ranks_of_parts_of_onnell(path: Path) -> Sequence[float]:
    table = table_in(path)
    assert b"onnell" not in table
    parts = [b"on", b"el", b"ell", b"ll", b"ne", b"nn", b"nel", b"onn", b"onne", b"nell"]
    return [table[part] for part in parts]


@vocabulary_figures("27476", "616")
def onnell(path: Path) -> Sequence[float]:
    return bpe_encode(b"onnell", table_in(path))


@vocabulary_figures("5418", "33746", "29558")
def ranks_of_runs_of_a(path: Path) -> Sequence[float]:
    table = table_in(path)
    assert b"aaaaa" not in table
    return [table[b"a" * length] for length in (2, 3, 4)]


@vocabulary_figures("29558", "64")
def five_times_a(path: Path) -> Sequence[float]:
    return bpe_encode(b"aaaaa", table_in(path))


@vocabulary_figures("588", "100,769")
def tokens_that_merging_does_not_reach(path: Path) -> Sequence[float]:
    """Return how many tokens aren't reached by merging, and the first of them.

    Without a token in the table, merging its bytes goes on as before up to the pair that would
    make it. So merging reaches the token exactly when two pieces are left.
    """
    table = dict(table_in(path))
    unreached = []
    for token, rank in list(table.items())[FIRST_ADDED:]:
        del table[token]
        if len(bpe_encode(token, table)) > 2:
            unreached.append(rank)
        table[token] = rank
    return len(unreached), unreached[0]


@vocabulary_figures("101798", "11655", "26298", "83")
def viet_with_and_without_the_lookup(path: Path) -> Sequence[float]:
    table, token = dict(table_in(path)), " Việt".encode()
    rank = table.pop(token)
    merged = bpe_encode(token, table)
    assert merged == [table[part.encode()] for part in (" Vi", "ệ", "t")]
    return rank, *merged


@figures("229", "155", "155", "161", "249", "249")
def a_chinese_four_in_the_tiny_model() -> Sequence[float]:
    four = "四".encode()
    return *four, *bpe_encode(four, table_in(TINY))


@figures("11", "16")
def longest_chunk_of_the_prompt() -> Sequence[float]:
    prompt = json.loads((TINY_WEIGHTS / "prompts.json").read_text(encoding="utf-8"))["prompt"]
    chunks = [chunk.encode() for chunk in split_text(prompt)]
    return max(map(len, chunks)), sum(chunk in table_in(TINY) for chunk in chunks)
