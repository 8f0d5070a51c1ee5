"""The numbers of lesson 5."""

from collections.abc import Sequence
from pathlib import Path

import tiktoken

from benchmarks.figures import figures, vocabulary_figures
from grader.answer.answer import PROMPT
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s04_special_tokens import special_token_ids
from solutions.s05_tokenizer import build_tokenizer, encode_prompt, token_pieces

TINY = Path(__file__).parents[2] / "tiny_weights" / "trained" / "tokenizer.model"

EXEMPT = {
    "400,000": "Meta's llama/tokenizer.py, TIKTOKEN_MAX_ENCODE_CHARS",
    "25,000": "Meta's llama/tokenizer.py, MAX_NO_WHITESPACES_CHARS",
}


def tokenizer_of(vocabulary: Path) -> tiktoken.Encoding:
    return build_tokenizer(parse_vocabulary(vocabulary.read_bytes()))


@vocabulary_figures("37890", "83739", "68", "354", "851", "91", "29")
def ordinary_tokens_of_a_special_name(vocabulary: Path) -> Sequence[float]:
    return tokenizer_of(vocabulary).encode_ordinary("say <|eot_id|>")


@vocabulary_figures("37890", "220", "128009")
def the_special_token_made_real(vocabulary: Path) -> Sequence[float]:
    return tokenizer_of(vocabulary).encode("say <|eot_id|>", allowed_special="all")


@vocabulary_figures("128000", "128000")
def ordinary_tokens_and_begin_of_text(vocabulary: Path) -> Sequence[float]:
    tokenizer = tokenizer_of(vocabulary)
    ordinary = tokenizer.n_vocab - len(tokenizer.special_tokens_set)
    return ordinary, tokenizer.encode_single_token("<|begin_of_text|>")


@figures("512", "512", "17", "1", "4")
def prompt_in_the_tiny_model() -> Sequence[float]:
    """Return counts, the id of begin-of-text, and the positions of `the` and ` the`."""
    ranks = parse_vocabulary(TINY.read_bytes())
    tokenizer = build_tokenizer(ranks)
    tokens = encode_prompt(tokenizer, PROMPT)
    pieces = token_pieces(tokenizer, tokens)
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    return len(ranks), begin, len(tokens), pieces.index("the"), pieces.index(" the")


@figures("512", "257", "220", "509", "0", "42")
def by_hand_in_the_tiny_model() -> Sequence[float]:
    tokenizer = tokenizer_of(TINY)
    tokens = encode_prompt(tokenizer, "the 42!")
    return *tokens, int(token_pieces(tokenizer, tokens)[3])


@vocabulary_figures("128000", "1820", "220", "2983", "0")
def by_hand_in_the_8b(vocabulary: Path) -> Sequence[float]:
    return encode_prompt(tokenizer_of(vocabulary), "the 42!")


@vocabulary_figures(
    *("128000", "1820", "4320", "311", "279", "17139", "3488", "315", "2324"),
    *("11", "279", "15861", "11", "323", "4395", "374", "220"),
)
def prompt_in_the_8b(vocabulary: Path) -> Sequence[float]:
    return encode_prompt(tokenizer_of(vocabulary), PROMPT)


@vocabulary_figures("17", "16")
def tokens_with_and_without_the_last_space(vocabulary: Path) -> Sequence[float]:
    tokenizer = tokenizer_of(vocabulary)
    return [len(encode_prompt(tokenizer, text)) for text in (PROMPT, PROMPT.strip())]


@figures("128001")
def end_of_text_is_one_above_begin_of_text() -> Sequence[float]:
    ids = special_token_ids(128000)
    assert ids["<|end_of_text|>"] == ids["<|begin_of_text|>"] + 1
    return [ids["<|end_of_text|>"]]


@vocabulary_figures("2181", "596", "220", "2983", "0")
def five_tokens(vocabulary: Path) -> Sequence[float]:
    return tokenizer_of(vocabulary).encode_ordinary("It's 42!")
