"""The numbers of lesson 8."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.figures import figures, vocabulary_figures
from grader.answer.answer import PROMPT
from grader.llama3_8b import PARAMS
from grader.plot.pictures.s08_embedding import SHOWN
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s05_tokenizer import build_tokenizer, encode_prompt, token_pieces
from solutions.s08_embedding import embed

TINY = Path(__file__).parents[2] / "tiny_weights" / "trained"
ROWS, WIDTH = PARAMS["vocab_size"], PARAMS["dim"]


def prompt_ids(vocabulary: Path) -> list[int]:
    ranks = parse_vocabulary(vocabulary.read_bytes())
    return encode_prompt(build_tokenizer(ranks), PROMPT)


@vocabulary_figures("2983", "2984", "3391")
def ids_that_have_nothing_in_common(vocabulary: Path) -> Sequence[float]:
    tokenizer = build_tokenizer(parse_vocabulary(vocabulary.read_bytes()))
    return [tokenizer.encode_single_token(piece) for piece in ("42", "web", "43")]


@figures("17")
def tokens_of_the_prompt() -> Sequence[float]:
    return [len(prompt_ids(TINY / "tokenizer.model"))]


@vocabulary_figures("11", "9", "12")
def commas_of_the_prompt(vocabulary: Path) -> Sequence[float]:
    tokens = prompt_ids(vocabulary)
    pieces = token_pieces(build_tokenizer(parse_vocabulary(vocabulary.read_bytes())), tokens)
    first, second = (place for place, piece in enumerate(pieces) if piece == ",")
    return tokens[first], first, second


@figures("128256", "128,256", "4096", "525,336,576", "1.05")
def size_of_the_table() -> Sequence[float]:
    """Return rows, rows, columns, entries, and gigabytes in bfloat16."""
    entries = ROWS * WIDTH
    return ROWS, ROWS, WIDTH, entries, entries * torch.bfloat16.itemsize / 1e9


@figures("4", "2.1", "139")
def size_of_a_copy_in_float32_and_of_the_rows_of_the_prompt() -> Sequence[float]:
    (count,) = tokens_of_the_prompt.compute()
    entry = torch.float32.itemsize
    rows = torch.empty(int(count), WIDTH, dtype=torch.bfloat16)
    return entry, ROWS * WIDTH * entry / 1e9, rows.nbytes / 1e3


@figures("7", "8", "9", "1", "2", "3", "7", "8", "9")
def vectors_by_hand() -> Sequence[float]:
    table = torch.arange(1.0, 13.0).reshape(4, 3)
    return embed(torch.tensor([2, 0, 2]), table).flatten().tolist()


@figures("0", "1")
def one_hot_row() -> Sequence[float]:
    """Return the two entries of a one-hot row, whose product with a table is one of its rows."""
    table = torch.arange(1.0, 13.0).reshape(4, 3)
    chosen = torch.eye(4)[2]
    assert torch.equal(chosen @ table, embed(torch.tensor(2), table))
    return sorted(set(chosen.tolist()))


@figures("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12")
def table_by_hand() -> Sequence[float]:
    return torch.arange(1, 13).reshape(4, 3).flatten().tolist()


@figures("64")
def factor_of_the_original_transformer() -> Sequence[float]:
    return [math.sqrt(WIDTH)]


@figures("24")
def entries_in_the_picture() -> Sequence[float]:
    return [SHOWN]
