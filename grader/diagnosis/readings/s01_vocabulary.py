"""Find the first line of a vocabulary whose entry is wrong."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from grader.diagnosis.comparing import instead, short
from grader.diagnosis.readings import WrongCall, told
from grader.diagnosis.text_relations import text_relation
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
        what = f"line {number}, {short(line)}"
        until = f"line {last}" if last else None
        came, missing = "doesn't have this token", f"no entry {short(token)}: {rank}"
        if token in got:
            came = f"gives it the rank {short(got[token])}{_line_with(contents, got[token])}"
            missing = instead(f"the rank {short(got[token])}", str(rank))
        text = told(
            f"You return {how}." if how else "",
            f"The first line whose entry is wrong in your table is {what}.",
            f"It holds the token {short(token)} with the rank {rank}; your table {came}.",
            _how_many(got, expected),
        )
        return Located(None, until, what, how or missing, text)
    return None


def _line_with(contents: bytes, rank: Any) -> str:
    """Return which line has the rank that another token was given."""
    lines = ((line, token) for _, line, token, own in _lines(contents) if own == rank)
    line, token = next(lines, (None, b""))
    return "" if line is None else f", which is the rank of {short(token)} in {short(line)}"


def _how_many(got: dict[Any, Any], expected: dict[bytes, int]) -> str:
    count = sum(key not in got or got[key] != rank for key, rank in expected.items())
    if count == 1:
        return "All other entries are right."
    if count == len(expected):
        return f"All {count} entries are wrong or missing."
    return f"{count} of the {len(expected)} entries are wrong or missing."


def _more_than_expected(wrong: WrongCall) -> Located | None:
    extra = [key for key in wrong.got if key not in wrong.expected]
    if not extra:
        return None
    first = extra[0]
    what = f"the entry {short(first)}: {short(wrong.got[first])}"
    text = told(
        f"Your table has all {len(wrong.expected)} entries of this file and {len(extra)} more; the "
        f"first extra entry is {short(first)}: {short(wrong.got[first])}.",
        _where_from(wrong, first),
    )
    return Located(None, None, what, f"{len(extra)} more entries than the file has", text)


def _where_from(wrong: WrongCall, key: Any) -> str:
    """Return a sentence if an entry belongs to another file that the code was given."""
    others = (one for one in wrong.others if isinstance(one.expected, dict))
    if any(key in one.expected for one in others):
        return "That is an entry of another file, from another call."
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
