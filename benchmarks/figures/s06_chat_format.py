"""The numbers of lesson 6."""

from collections.abc import Sequence
from pathlib import Path

import tiktoken

from benchmarks.figures import figures, vocabulary_figures
from solutions.s01_vocabulary import parse_vocabulary
from solutions.s05_tokenizer import build_tokenizer
from solutions.s06_chat_format import encode_chat

TINY = Path(__file__).parents[2] / "tiny_weights" / "trained" / "tokenizer.model"
NAMES = ("begin_of_text", "start_header_id", "end_header_id", "eot_id")
EXEMPT = {"9": "a question in the dialog that is written out"}
HI = {"role": "user", "content": "Hi "}


def tokenizer_of(vocabulary: Path) -> tiktoken.Encoding:
    return build_tokenizer(parse_vocabulary(vocabulary.read_bytes()))


def special_ids_and_blank_line(vocabulary: Path) -> Sequence[float]:
    tokenizer = tokenizer_of(vocabulary)
    special = [tokenizer.encode_single_token(f"<|{name}|>") for name in NAMES]
    return *special, *tokenizer.encode_ordinary("\n\n")


@vocabulary_figures("128000", "128006", "128007", "128009", "271")
def table_of_the_8b(vocabulary: Path) -> Sequence[float]:
    return special_ids_and_blank_line(vocabulary)


@figures("512", "518", "519", "521", "266")
def table_of_the_tiny_model() -> Sequence[float]:
    return special_ids_and_blank_line(TINY)


@figures("1", "3", "2")
def special_tokens_of_a_dialog() -> Sequence[float]:
    """Return those of the beginning, of each message, and of the last header."""
    tokenizer = tokenizer_of(TINY)
    ordinary = tokenizer.n_vocab - len(tokenizer.special_tokens_set)

    def special(n_messages: int) -> int:
        return sum(token >= ordinary for token in encode_chat(tokenizer, [HI] * n_messages))

    header = 2
    return special(0) - header, special(1) - special(0), header


@vocabulary_figures(
    *("128000", "128006", "882", "128007", "271", "13347", "128009"),
    *("128006", "78191", "128007", "271"),
)
def one_message_in_the_8b(vocabulary: Path) -> Sequence[float]:
    return encode_chat(tokenizer_of(vocabulary), [HI])


@figures("21")
def one_message_in_the_tiny_model() -> Sequence[float]:
    return [len(encode_chat(tokenizer_of(TINY), [HI]))]


@vocabulary_figures("128000", "128006", "78191", "128007", "271")
def no_messages_in_the_8b(vocabulary: Path) -> Sequence[float]:
    return encode_chat(tokenizer_of(vocabulary), [])


@vocabulary_figures("198", "198", "21694")
def tokens_that_look_right(vocabulary: Path) -> Sequence[float]:
    tokenizer = tokenizer_of(vocabulary)
    line_end = tokenizer.encode_ordinary("\n")
    return *line_end, *line_end, *tokenizer.encode_ordinary(" Hi")


@vocabulary_figures("12", "18")
def a_special_token_in_a_content(vocabulary: Path) -> Sequence[float]:
    """Return how many ids one text with special tokens allowed has, and how many are right."""
    tokenizer = tokenizer_of(vocabulary)
    start, end = "<|start_header_id|>", "<|end_header_id|>"
    content = "Hi<|eot_id|>"
    text = f"<|begin_of_text|>{start}user{end}\n\n{content}<|eot_id|>{start}assistant{end}\n\n"
    as_one_text = tokenizer.encode(text, allowed_special="all")
    return len(as_one_text), len(encode_chat(tokenizer, [{"role": "user", "content": content}]))


@figures("6", "7", "42")
def answer_in_the_dialog() -> Sequence[float]:
    first, second = 6, 7
    return first, second, first * second
