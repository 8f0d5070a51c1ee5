"""The numbers of lesson 21."""

import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from benchmarks.figures import figures, vocabulary_figures
from grader.diagnosis.known_mistakes import mistakes_of
from grader.editions import find_kata
from grader.stages import stage_of
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s02_regex_split import split_text
from solutions.s03_byte_pair_encoding import bpe_encode
from solutions.s21_bpe_training import train_bpe
from tiny_weights import corpus
from tiny_weights.checkpoint import HERE

BY_HAND = "hat the hat that"
MERGES_BY_HAND = (b"at", b"hat", b" t", b" hat")
OTHER = "Learning a tokenizer means counting pairs of neighbors."
SIZE = 320

EXEMPT = {
    "100,000": "of the table that Llama 3 took over: The Llama 3 Herd of Models, section 3.2",
    "28,000": "tokens that Llama 3 added: The Llama 3 Herd of Models, section 3.2",
}


@cache
def prompts() -> dict[str, str]:
    """Return this kata's prompt, and the text that the picture's table is trained on."""
    saved = json.loads((HERE / "prompts.json").read_text(encoding="utf-8"))
    text = "".join(f"{prompt}{answer}.\n" for prompt, answer in saved["contrasting"])
    return {"prompt": saved["prompt"], "text": text}


def tokens_in(text: str, ranks: dict[bytes, int]) -> int:
    return sum(len(bpe_encode(chunk.encode(), ranks)) for chunk in split_text(text))


@vocabulary_figures("256", "258", "259", "0", "220", "128,000", "127,744")
def the_table_of_the_8b(path: Path) -> Sequence[float]:
    table = parse_vocabulary(path.read_bytes())
    assert table[b"    "] == 257 and b" the" in table and b"onnell" not in table
    known = [table[token] for token in (b"  ", b"in", b" t", b"!", b" ")]
    return *known, len(table), sum(len(token) > 1 for token in table)


@figures("512", "256", "0", "220")
def the_table_of_the_tiny_model() -> Sequence[float]:
    table = parse_vocabulary((HERE / "trained" / "tokenizer.model").read_bytes())
    assert train_bpe(corpus.text(), len(table)) == table
    return len(table), sum(len(token) == 1 for token in table), table[b"!"], table[b" "]


@figures("87,285", "20,619", "163")
def the_text_of_the_tiny_model() -> Sequence[float]:
    chunks = split_text(corpus.text())
    return len(corpus.text()), len(chunks), len(set(chunks))


@figures("256", "257", "258", "259")
def ranks_by_hand() -> Sequence[float]:
    ranks = train_bpe(BY_HAND, 260)
    return [ranks[token] for token in MERGES_BY_HAND]


@figures("3", "3", "2", "2", "1", "1", "32")
def first_counts_by_hand() -> Sequence[float]:
    chunks = split_text(BY_HAND)
    pairs = Counter("".join(pair) for chunk in chunks for pair in pairwise(chunk))
    return *(pairs[pair] for pair in ("at", "ha", " t", "th", "he", " h")), ord(" ")


@figures("3,277", "77", "320", "16", "16")
def the_picture() -> Sequence[float]:
    prompt, text = prompts()["prompt"], prompts()["text"]
    bytes_alone = tokens_in(prompt, train_bpe(text, 256))
    count = tokens_in(prompt, train_bpe(text, SIZE))
    assert tokens_in(OTHER, train_bpe(text, SIZE)) > 2 * count
    return len(text), bytes_alone, SIZE, count, len(split_text(prompt))


@figures("34", "64", "40", "16")
def without_chunks() -> Sequence[float]:
    prompt, text = prompts()["prompt"], prompts()["text"]
    (mistake,) = (m for m in mistakes_of(find_kata(), stage_of(21)) if m.name == "one_chunk")
    ranks = mistake.replaces["train_bpe"](text, SIZE)
    learned = [token.decode() for token in ranks if len(token) > 1]
    assert {"e ", "the u"} <= set(learned)
    across = [token for token in learned if len(split_text(token)) > 1]
    return (
        len(across),
        len(learned),
        tokens_in(prompt, ranks),
        tokens_in(prompt, train_bpe(text, SIZE)),
    )
