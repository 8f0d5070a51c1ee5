"""Rows of tokens to train on: texts from begin-of-text to end-of-text, padded to one length."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

from grader.errors import UsageError
from grader.language import tr
from grader.train.learned_text import learned_from
from grader.train.own_text import read_own_text, texts_in

LONGEST = 64  # tokens of a row of one's own text, besides the first
_FEWEST = 20  # rows of one's own text
_HELD_OUT = 10  # one row out of this many
Encode = Callable[[str], list[int]]  # begin-of-text comes first


@dataclass(frozen=True)
class Rows:
    """What a model learns from."""

    tokens: torch.Tensor  # [N, T + 1], int64
    held_out: torch.Tensor | None  # rows that it never learns from, [M, T + 1]
    name: str  # what they are, in English

    @property
    def per_row(self) -> int:
        """How many predictions a row makes."""
        return self.tokens.shape[1] - 1


def padded(rows: list[list[int]], end: int) -> torch.Tensor:
    """Return rows of equal length, filled up with end-of-text."""
    longest = max(map(len, rows))
    return torch.tensor([row + [end] * (longest - len(row)) for row in rows])


def kata_rows(sentences: Iterable[str], encode: Encode, end: int) -> Rows:
    """Return a row for each sentence of the kata's own text; all of it is to be learned."""
    tokens = padded([[*encode(sentence), end] for sentence in sentences], end)
    return Rows(tokens, None, f"{len(tokens):,} {learned_from(None)}")


def own_rows(path: Path, encode: Encode, end: int, seed: int) -> Rows:
    """Return the rows of the learner's own text, a tenth of which is held out.

    A row has at most `LONGEST` tokens after its begin-of-text; longer texts are cut.

    Raises:
        UsageError: if the file can't be used.
    """
    texts = texts_in(read_own_text(path))
    rows = [row for text in texts for row in _cut(encode(text), end)]
    if len(rows) < _FEWEST:
        words = tr(
            "--text {path} is too short: training needs at least {fewest} rows, and it has "
            "{count}. A row is a line, or {longest} tokens of a text with blank lines",
            path=path,
            fewest=_FEWEST,
            count=len(rows),
            longest=LONGEST,
        )
        raise UsageError(words)
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    tokens = padded(rows, end)[order]
    held = len(rows) // _HELD_OUT
    name = f"{len(rows) - held:,} {learned_from(path)}"
    return Rows(tokens[held:], tokens[:held], name)


def _cut(tokens: list[int], end: int) -> list[list[int]]:
    """Cut a text after every `LONGEST` tokens; each piece begins with begin-of-text."""
    begin, rest = tokens[0], [*tokens[1:], end]
    return [[begin, *rest[at : at + LONGEST]] for at in range(0, len(rest), LONGEST)]
