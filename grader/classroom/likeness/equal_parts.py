"""The two sides of a stage for a page, with the parts marked that both have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from grader.classroom.likeness.code_tokens import CodeToken, tokens_of, with_plain_lines
from grader.classroom.likeness.winnowing import LENGTH, k_grams
from grader.report.plain_text import plain

MOST_LINES = 60  # of one side
_WIDEST = 160  # characters of one line
_LEFT_OUT = "..."


@dataclass(frozen=True)
class Piece:
    """A part of a line."""

    text: str
    is_equal: bool


Side = list[list[Piece]]  # the lines


def sides_of(first: str, second: str, stub: str, common: frozenset[int]) -> tuple[Side, Side]:
    """Return both files as lines of pieces, without the lines that stand in the stub.

    Args:
        common: the hashes that count for nothing, and are never marked.
    """
    texts = with_plain_lines(first), with_plain_lines(second)
    tokens = tuple(map(tokens_of, texts))
    grams = tuple(map(k_grams, tokens))
    equal = set(grams[0]) & set(grams[1]) - common
    stub_lines = (line.strip() for line in stub.split("\n"))
    from_stub = {line for line in stub_lines if not line.startswith("def ")}
    left, right = (
        _side(text, _places(some, hashes, equal), from_stub)
        for text, some, hashes in zip(texts, tokens, grams, strict=True)
    )
    return left, right


def _places(
    tokens: Sequence[CodeToken], hashes: Sequence[int], equal: set[int]
) -> dict[int, list[tuple[int, int]]]:
    """Return the columns from the first to the last equal token next to each other, by line."""
    marked = [False] * len(tokens)
    for start, one in enumerate(hashes):
        if one in equal:
            marked[start : start + LENGTH] = [True] * LENGTH
    places: dict[int, list[tuple[int, int]]] = {}
    numbered = zip(tokens, marked, strict=True)
    for (line, is_equal), run in groupby(numbered, lambda pair: (pair[0].line, pair[1])):
        if is_equal:
            some = [token for token, _ in run]
            places.setdefault(line, []).append((some[0].start, some[-1].end))
    return places


def _side(text: str, places: dict[int, list[tuple[int, int]]], from_stub: set[str]) -> Side:
    side: Side = []
    gap = False
    for number, line in enumerate(text.split("\n")):
        if line.strip() in from_stub:
            gap = gap or bool(line)
            continue
        if gap and side:
            side.append([Piece(_LEFT_OUT, False)])
        gap = False
        if len(side) >= MOST_LINES:
            side.append([Piece(f"{_LEFT_OUT} and more", False)])
            break
        side.append(list(_pieces(line, places.get(number, ()))))
    return side


def _pieces(line: str, places: Iterable[tuple[int, int]]) -> Iterable[Piece]:
    done = 0
    for start, end in places:
        yield from _piece(line[done:start], False)
        yield from _piece(line[start:end], True)
        done = end
    yield from _piece(line[done:], False)


def _piece(text: str, is_equal: bool) -> Iterable[Piece]:
    if text:
        shown = text if len(text) <= _WIDEST else text[:_WIDEST] + _LEFT_OUT
        yield Piece(plain(shown), is_equal)
