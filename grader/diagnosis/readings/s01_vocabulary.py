"""Find the first line of a vocabulary whose entry is wrong."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from grader.diagnosis.comparing import instead, short
from grader.diagnosis.readings import WrongCall, told
from grader.diagnosis.text_relations import text_relation
from grader.language import Words, mark, tr
from grader.verdict import Located

_LONGEST_LINE = 40


def parse_vocabulary(wrong: WrongCall) -> Located | None:
    (contents,) = wrong.args
    got, expected = wrong.got, wrong.expected
    if not isinstance(got, dict):
        return None
    how = text_relation(wrong.pairs)
    if all(key in got and got[key] == expected[key] for key in expected):
        return _more_than_expected(wrong)
    last = None
    for number, line, token, rank in _lines(contents):
        if token in got and type(got[token]) is type(rank) and got[token] == rank:
            last = number
            continue
        if expected.get(token) != rank:
            continue  # a later line has the same token
        what = tr("line {number}, {line}", number=number, line=short(line))
        until = tr("line {number}", number=last) if last else None
        missing = tr("no entry {token}: {rank}", token=short(token), rank=rank)
        if token in got:
            came = tr("the rank {rank}", rank=short(got[token]))
            missing = instead(came, str(rank))
        text = told(
            tr("You return {how}.", how=how) if how else "",
            tr("The first line whose entry is wrong in your table is {line}.", line=what),
            _entry(contents, got, token, rank),
            _how_many(got, expected),
        )
        return Located(None, until, what, how or missing, text)
    return None


def _entry(contents: bytes, got: dict[Any, Any], token: bytes, rank: int) -> Words:
    """Return what a line holds, and what the table has instead."""
    known = {"token": short(token), "rank": rank}
    if token not in got:
        words = mark(
            "It holds the token {token} with the rank {rank}; your table doesn't have this token."
        )
        return tr(words, **known)
    # Which line has the rank that this token was given?
    lines = ((line, other) for _, line, other, own in _lines(contents) if own == got[token])
    line, other = next(lines, (None, b""))
    known |= {"own": short(got[token])}
    if line is None:
        words = mark(
            "It holds the token {token} with the rank {rank}; your table gives it the rank {own}."
        )
        return tr(words, **known)
    words = mark(
        "It holds the token {token} with the rank {rank}; your table gives it the rank {own}, "
        "which is the rank of {other} in {line}."
    )
    return tr(words, **known, other=short(other), line=short(line))


def _how_many(got: dict[Any, Any], expected: dict[bytes, int]) -> Words:
    count = sum(key not in got or got[key] != rank for key, rank in expected.items())
    if count == 1:
        return tr("All other entries are right.")
    if count == len(expected):
        return tr("All {count} entries are wrong or missing.", count=count)
    words = mark("{count} of the {total} entries are wrong or missing.")
    return tr(words, count=count, total=len(expected))


def _more_than_expected(wrong: WrongCall) -> Located | None:
    extra = [key for key in wrong.got if key not in wrong.expected]
    if not extra:
        return None
    first = extra[0]
    entry = f"{short(first)}: {short(wrong.got[first])}"
    what = tr("the entry {entry}", entry=entry)
    text = told(
        tr(
            "Your table has all {total} entries of this file and {count} more; the first extra "
            "entry is {entry}.",
            total=len(wrong.expected),
            count=len(extra),
            entry=entry,
        ),
        _where_from(wrong, first),
    )
    how = tr("{count} more entries than the file has", count=len(extra))
    return Located(None, None, what, how, text)


def _where_from(wrong: WrongCall, key: Any) -> str:
    """Return a sentence if an entry belongs to another file that the code was given."""
    others = (one for one in wrong.others if isinstance(one.expected, dict))
    if any(key in one.expected for one in others):
        return tr("That is an entry of another file, from another call.")
    return ""


def _lines(contents: bytes) -> Iterator[tuple[int, bytes, bytes, int]]:
    """Yield number, line, token and rank of each valid line."""
    for number, line in enumerate(contents.splitlines(), 1):
        fields = line.split()
        if len(fields) == 2 and fields[1].isdigit():
            try:
                yield number, line, base64.b64decode(fields[0], validate=True), int(fields[1])
            except (binascii.Error, ValueError):
                continue
