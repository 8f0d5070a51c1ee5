"""What the functions of stages 1 to 6 are called with: a vocabulary and texts of either size.

The large vocabulary is made up: the tiny one's tokens, joined two by two at random until there are
as many as in the 8B's file.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle
from pathlib import Path

from grader.calls.recipe import Recipe, shared
from grader.calls.requests import Callee
from grader.compare.case import EIGHT_B, Asked, Inputs
from grader.suite.fixtures import Reference
from grader.suite.inputs import tokenizer_with, trained_ranks
from grader.suite.rng import Rng

LLAMA_3_TOKENS = 128_000  # ordinary ones, that is, lines of tokenizer.model
CONTEXT = 8192  # tokens that Llama 3 reads at once
LONGEST_TOKEN = 16  # bytes; longer ones are rare in the real vocabulary
LONGEST_WORD, LONGEST_RUN = 30, 300  # letters of a word, and in scripts that have no spaces


@dataclass(frozen=True)
class Text:
    """A vocabulary and texts of one size."""

    size: str
    tiny_weights: Path
    reference: Reference
    rng: Rng

    @cached_property
    def ranks(self) -> Recipe:
        """The rank of every ordinary token."""
        tiny = trained_ranks(self.tiny_weights, self.reference)
        if self.size != EIGHT_B:
            return tiny
        ranks = dict(tiny.args[0])
        halves = [token for token in ranks if len(token) <= LONGEST_TOKEN // 2]
        while len(ranks) < LLAMA_3_TOKENS:
            joined = self.rng.choice(halves) + self.rng.choice(halves)
            if joined not in ranks:
                ranks[joined] = len(ranks)
                halves += [joined] if len(joined) <= LONGEST_TOKEN // 2 else []
        return shared(ranks)

    @property
    def vocabulary(self) -> str:
        """How many tokens there are, in words."""
        return f"{len(self.ranks.args[0]):,} ordinary tokens"

    @cached_property
    def tokenizer(self) -> Recipe:
        return tokenizer_with(self.ranks, self.reference)

    @cached_property
    def text(self) -> str:
        """The kata's prompt; at the 8B's size prompts one after another, as many chunks as the 8B
        reads tokens at once."""
        prompts = json.loads((self.tiny_weights / "prompts.json").read_text(encoding="utf-8"))
        if self.size != EIGHT_B:
            return str(prompts["prompt"])
        chunks: list[str] = []
        for prompt, answer in cycle(prompts["contrasting"]):
            chunks += self.reference.split_text(f"{prompt}{answer}.\n")
            if len(chunks) >= CONTEXT:
                return "".join(chunks[:CONTEXT])
        raise AssertionError("there are no prompts")


def _parse_vocabulary(text: Text) -> Inputs:
    ranks = text.ranks.args[0]
    lines = [base64.b64encode(token) + b" %d\n" % rank for token, rank in ranks.items()]
    contents = b"".join(lines)
    return Inputs((contents,), f"{len(lines):,} lines, {len(contents):,} bytes")


def _split_text(text: Text) -> Inputs:
    chunks = len(text.reference.split_text(text.text))
    return Inputs((text.text,), f"{len(text.text):,} characters, {chunks:,} chunks")


def _bpe_encode(text: Text) -> Inputs:
    letters = "".join(filter(str.isalpha, text.text)).encode()
    chunk = letters[: LONGEST_RUN if text.size == EIGHT_B else LONGEST_WORD]
    return Inputs((chunk, text.ranks), f"a chunk of {len(chunk)} letters, {text.vocabulary}")


def _special_token_ids(text: Text) -> Inputs:
    return Inputs((len(text.ranks.args[0]),), text.vocabulary)


def _build_tokenizer(text: Text) -> Inputs:
    built = Callee("build_tokenizer", "encode_ordinary", Recipe("build_tokenizer", (text.ranks,)))
    sizes = f"{text.vocabulary}, compared by what it makes of the text of stage 2"
    return Inputs((text.ranks,), sizes, compared=Asked(built, (text.text,)))


def _encode_prompt(text: Text) -> Inputs:
    sizes = f"{len(text.text):,} characters, {text.vocabulary}"
    return Inputs((text.tokenizer, text.text), sizes)


def _token_pieces(text: Text) -> Inputs:
    tokens = text.reference.encode_prompt(text.tokenizer, text.text)
    return Inputs((text.tokenizer, tokens), f"{len(tokens):,} tokens, {text.vocabulary}")


def _encode_chat(text: Text) -> Inputs:
    count = 41 if text.size == EIGHT_B else 3
    step = len(text.text) // count
    contents = [text.text[i * step : (i + 1) * step] for i in range(count)]
    roles = ["system", *(("user", "assistant")[i % 2] for i in range(count - 1))]
    messages = [
        {"role": role, "content": content} for role, content in zip(roles, contents, strict=True)
    ]
    sizes = f"{count} messages of {step} characters, {text.vocabulary}"
    return Inputs((text.tokenizer, messages), sizes)


TEXT_INPUTS: dict[str, Callable[[Text], Inputs]] = {
    "parse_vocabulary": _parse_vocabulary,
    "split_text": _split_text,
    "PATTERN": _split_text,
    "bpe_encode": _bpe_encode,
    "special_token_ids": _special_token_ids,
    "build_tokenizer": _build_tokenizer,
    "encode_prompt": _encode_prompt,
    "token_pieces": _token_pieces,
    "encode_chat": _encode_chat,
}
