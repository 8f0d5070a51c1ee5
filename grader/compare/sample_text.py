"""Inputs of the text stages: a vocabulary and texts of either size.

The large vocabulary is made up: random pairs of tokens are joined, starting from the tiny
vocabulary, until there are as many as in the 8B's file.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, cycle, islice
from pathlib import Path

from grader.calls.recipe import Recipe, shared
from grader.language import tr
from grader.suite.rng import Rng
from grader.suite.shared_inputs import tokenizer_with, trained_ranks
from grader.suite.yours_and_reference import Reference

TINY, EIGHT_B = "tiny", "8B"  # the sizes, which `in_words` names
LLAMA_3_TOKENS = 128_000  # ordinary tokens, that is, lines of tokenizer.model
CONTEXT = 8192  # tokens that Llama 3 reads at once
LONGEST_TOKEN = 16  # bytes; longer tokens are rare in the real vocabulary


def in_words(size: str) -> str:
    """Return a size in the reader's language."""
    return tr("tiny") if size == TINY else size


@dataclass(frozen=True)
class Text:
    """A vocabulary and a text of one size."""

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
        """The number of ordinary tokens, in words."""
        return tr("{count:,} ordinary tokens", count=len(self.ranks.args[0]))

    @cached_property
    def tokenizer(self) -> Recipe:
        return tokenizer_with(self.ranks, self.reference)

    @cached_property
    def prompt(self) -> str:
        """The kata's prompt; at the 8B's size, many prompts, with as many chunks as its context."""
        prompts = json.loads((self.tiny_weights / "prompts.json").read_text(encoding="utf-8"))
        if self.size != EIGHT_B:
            return str(prompts["prompt"])
        texts = (f"{prompt}{answer}.\n" for prompt, answer in cycle(prompts["contrasting"]))
        chunks = chain.from_iterable(map(self.reference.split_text, texts))
        return "".join(islice(chunks, CONTEXT))
