"""The tokens of untrusted code, without what people change when they copy: names, texts, layout.

Code is only read, token by token; it is neither parsed nor run.
"""

import builtins
import io
import keyword
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

MOST_CHARACTERS = 20_000  # of one stage file; the longest of the reference has fewer than 5,000
_KEPT_NAMES = {*keyword.kwlist, *dir(builtins)}
_NAME, _TEXT, _END = "name", "text", ";"
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
_STRINGS = {
    *(getattr(tokenize, name) for name in dir(tokenize) if name.startswith(("FSTRING", "TSTRING"))),
    tokenize.STRING,
}


@dataclass(frozen=True)
class CodeToken:
    """One token of a stage file, and where it is."""

    kind: str  # what is compared
    line: int  # the index of its line
    start: int  # the columns it takes up in that line
    end: int


def with_plain_lines(text: str) -> str:
    """Return a text whose lines end as Python reads them, without the spaces at their ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip("\n")


def tokens_of(text: str) -> tuple[CodeToken, ...]:
    """Return what is compared of a file, up to the first place that isn't Python.

    Names that the code may choose become one token, except attributes and keyword arguments, which
    libraries choose. Texts become another, and docstrings, comments and layout are left out.
    """
    found = list(_without_layout(text[:MOST_CHARACTERS]))
    statements, statement = [], list[tokenize.TokenInfo]()
    for token in found:
        if token.type == tokenize.NEWLINE or token.string == ";":
            statements.append(statement)
            statement = []
        else:
            statement.append(token)
    statements.append(statement)
    kept = (one for one in statements if one and any(part.type not in _STRINGS for part in one))
    return tuple(token for one in kept for token in _compared(one))


def _without_layout(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in _LAYOUT:
                yield token
    except (tokenize.TokenError, SyntaxError, ValueError):  # the text may be anything
        return


def _compared(statement: list[tokenize.TokenInfo]) -> Iterator[CodeToken]:
    depth = 0
    before = ""
    for index, token in enumerate(statement):
        after = statement[index + 1].string if index + 1 < len(statement) else ""
        depth += _BRACKETS.get(token.string, 0)
        if token.string == "," and after in (")", "]", "}"):
            continue  # formatters add it and take it away
        kind = token.string
        if token.type in _STRINGS:
            kind = _TEXT
        elif token.type == tokenize.NAME:
            given = before == "." or (after == "=" and depth > 0)
            kind = kind if given or kind in _KEPT_NAMES else _NAME
        yield _placed(kind, token)
        before = token.string
    if before != ":":  # what follows may be on the same line or on the next
        yield _placed(_END, statement[-1])


def _placed(kind: str, token: tokenize.TokenInfo) -> CodeToken:
    (line, start), (last, end) = token.start, token.end
    return CodeToken(kind, line - 1, start, end if last == line else len(token.line))
