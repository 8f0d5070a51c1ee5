"""The ways that stage 1 goes wrong."""

import base64
from collections.abc import Callable
from typing import Any

from grader.diagnosis import mistake
from solutions.s01_vocabulary import parse_vocabulary


def read_line(line: bytes) -> tuple[bytes, int]:
    """Return a line's token and rank, or raise the error that Python itself raises."""
    token, rank = line.split()
    return base64.b64decode(token, validate=True), int(rank)


def table(contents: bytes, read: Callable[[bytes], tuple[Any, Any]]) -> dict[Any, Any]:
    """Read every line with `read`, and put the line's number before a ValueError."""
    ranks = {}
    for number, line in enumerate(contents.splitlines(), start=1):
        if line:
            try:
                token, rank = read(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
            ranks[token] = rank
    return ranks


@mistake("parse_vocabulary", "tokens are numbered by line")
def lines_counted(contents: bytes) -> dict[bytes, int]:
    """You number the tokens in the order of their lines. In Meta's file that happens to be right,
    but a file in any other order would give wrong ranks. The rank is the second field of the
    line."""
    ranks = parse_vocabulary(contents)
    return {token: place for place, token in enumerate(ranks)}


@mistake("parse_vocabulary", "tokens stay in base64")
def left_in_base64(contents: bytes) -> dict[bytes, int]:
    """Your tokens are the base64 text from the file, such as `IQ==`. Base64 is only the wrapping:
    it keeps a token's own spaces and line ends from being mistaken for those of the file. Decode it
    to get the token."""
    return table(contents, lambda line: (line.split()[0], read_line(line)[1]))


@mistake("parse_vocabulary", "tokens are decoded as UTF-8")
def decoded_as_utf8(contents: bytes) -> dict[str, int]:
    """You turn a token's bytes into a `str`. Many tokens aren't text: single bytes from 128 up, and
    pieces of characters that UTF-8 spells with several bytes. Keep tokens as bytes."""
    return {token.decode(): rank for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "tokens are decoded as UTF-8, replacing invalid bytes")
def decoded_with_replacement(contents: bytes) -> dict[str, int]:
    """You turn a token's bytes into a `str` and let Python replace what isn't UTF-8. Tokens that
    differ only in such bytes become the same string, and all but one of those are lost. Keep tokens
    as bytes."""
    ranks = parse_vocabulary(contents)
    return {token.decode(errors="replace"): rank for token, rank in ranks.items()}


@mistake("parse_vocabulary", "tokens are decoded as Latin-1")
def decoded_as_latin_1(contents: bytes) -> dict[str, int]:
    """You turn a token's bytes into a `str` with one character per byte. Nothing is lost that way,
    but the pieces of text looked up later are bytes, and a `str` is never equal to bytes."""
    return {token.decode("latin-1"): rank for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "tokens are the printed form of bytes")
def printed_form(contents: bytes) -> dict[str, int]:
    """Your tokens are what Python prints for bytes: a `str` that includes the letter b, the quotes
    and the backslashes. Calling `str` on bytes does that, for example. Keep the bytes
    themselves."""
    return {str(token): rank for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "ranks stay text")
def ranks_stay_text(contents: bytes) -> dict[bytes, bytes]:
    """Your ranks are the digits from the file, not numbers. Ranks are compared later, and as text,
    10 comes before 9."""
    return table(contents, lambda line: (read_line(line)[0], line.split()[1]))


@mistake("parse_vocabulary", "the table goes from rank to token")
def from_rank_to_token(contents: bytes) -> dict[int, bytes]:
    """Your table leads from a rank to its token, which is what decoding needs. Here we look a token
    up to find its rank."""
    return {rank: token for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "a list of pairs instead of a dict")
def list_of_pairs(contents: bytes) -> list[tuple[bytes, int]]:
    """You return a list of tokens with their ranks. Merging asks for a token's rank thousands of
    times: a dict answers at once, and a list has to be searched."""
    return list(parse_vocabulary(contents).items())


@mistake("parse_vocabulary", "the two fields are swapped")
def fields_exchanged(contents: bytes) -> dict[bytes, int]:
    """You decode the second field and read the first as a number. A line begins with the token; the
    rank comes after the space."""
    return table(contents, lambda line: read_line(b" ".join(reversed(line.split()))))


@mistake("parse_vocabulary", "the last line is lost when no line end follows it")
def last_line_lost(contents: bytes) -> dict[bytes, int]:
    """You drop whatever comes after the last line end. A file may end without one, and its last
    line holds a token all the same. Look at what you do with the last piece after splitting."""
    return parse_vocabulary(b"\n".join(contents.split(b"\n")[:-1]))


@mistake("parse_vocabulary", "reading stops at the first blank line")
def stops_at_blank_line(contents: bytes) -> dict[bytes, int]:
    """You treat a blank line as the end of the file. Just skip it: more lines may follow."""
    lines = contents.splitlines()
    return parse_vocabulary(b"\n".join(lines[: lines.index(b"") if b"" in lines else None]))


@mistake("parse_vocabulary", "a blank line is an error")
def blank_line_refused(contents: bytes) -> dict[bytes, int]:
    """Your code raises an error for a blank line because it doesn't have two fields. Blank lines
    are allowed in the file, so skip them before you look at the fields."""
    ranks = {}
    for number, line in enumerate(contents.splitlines(), start=1):
        try:
            token, rank = read_line(line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        ranks[token] = rank
    return ranks


@mistake("parse_vocabulary", "the error does not say which line")
def line_not_named(contents: bytes) -> dict[bytes, int]:
    """Your code lets Python's own error through. It says what is wrong but not where, and Meta's
    file has 128,000 lines. Catch it, and raise a ValueError that gives the line's number."""
    return dict(read_line(line) for line in contents.splitlines() if line)


@mistake("parse_vocabulary", "lines are numbered from 0")
def numbered_from_zero(contents: bytes) -> dict[bytes, int]:
    """The line number in your error is one too low. People and editors count lines from 1."""
    ranks = {}
    for number, line in enumerate(contents.splitlines()):
        if line:
            try:
                token, rank = read_line(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
            ranks[token] = rank
    return ranks


@mistake("parse_vocabulary", "blank lines are not counted")
def blank_lines_not_counted(contents: bytes) -> dict[bytes, int]:
    """Your error names a line above the bad one, because you don't count the blank lines before it.
    Number the lines first, then skip the blank ones."""
    return table(b"\n".join(filter(None, contents.splitlines())), read_line)


@mistake("parse_vocabulary", "malformed lines are skipped")
def malformed_lines_skipped(contents: bytes) -> dict[bytes, int]:
    """Your code goes on after a line that it can't read. The table then lacks a token, and text
    that needs it is encoded wrongly much later. Raise a ValueError at once: the file is damaged."""
    ranks = {}
    for line in contents.splitlines():
        try:
            token, rank = read_line(line)
        except ValueError:
            continue
        ranks[token] = rank
    return ranks


@mistake("parse_vocabulary", "the number of fields is not checked")
def fields_not_counted(contents: bytes) -> dict[bytes, int]:
    """You take the first two fields of a line, however many it has. A third field goes unnoticed,
    and a line with only one raises an IndexError instead of the ValueError that callers expect."""

    def first_two(line: bytes) -> tuple[bytes, int]:
        fields = line.split()
        return base64.b64decode(fields[0], validate=True), int(fields[1])

    return table(contents, first_two)


@mistake("parse_vocabulary", "the number of fields is asserted")
def fields_asserted(contents: bytes) -> dict[bytes, int]:
    """You check the line with `assert`, which raises an AssertionError and, under `python -O`,
    checks nothing at all. Assertions are for what can't happen. A damaged file can, so raise a
    ValueError."""

    def asserted(line: bytes) -> tuple[bytes, int]:
        assert len(line.split()) == 2
        return read_line(line)

    return table(contents, asserted)


@mistake("parse_vocabulary", "base64 is not decoded strictly")
def lenient_base64(contents: bytes) -> dict[bytes, int]:
    """Your decoding skips every character that isn't base64, as `b64decode` does by default. A
    damaged token then silently becomes another token. `b64decode` has an argument that makes it
    strict."""

    def lenient(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token), int(rank)

    return table(contents, lenient)


@mistake("parse_vocabulary", "missing padding is put back")
def padding_put_back(contents: bytes) -> dict[bytes, int]:
    """Your code accepts base64 without its padding, for example because you add `=` until the
    length fits. The padding is how a decoder notices that a token was cut off. Let strict decoding
    refuse what is incomplete."""

    def padded(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token + b"=" * (-len(token) % 4), validate=True), int(rank)

    return table(contents, padded)


@mistake("parse_vocabulary", "a whole float counts as a rank")
def whole_float_accepted(contents: bytes) -> dict[bytes, int]:
    """You accept a rank that is written as a float but is whole, so 7.0 and 1e3 are ranks. No
    tokenizer file writes ranks that way, so such a line is damaged. A rank has nothing but
    digits."""

    def whole(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        if not float(rank).is_integer():
            raise ValueError(f"{rank!r} is not whole")
        return base64.b64decode(token, validate=True), int(float(rank))

    return table(contents, whole)


@mistake("parse_vocabulary", "ranks in other bases are accepted")
def any_base_accepted(contents: bytes) -> dict[bytes, int]:
    """You accept ranks that aren't decimal, such as 0x7, for example because you let Python guess
    the base. Ranks are decimal, so such a line is damaged."""

    def in_any_base(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token, validate=True), int(rank, 0)

    return table(contents, in_any_base)


@mistake("parse_vocabulary", "the rank is read as a float")
def rank_through_float(contents: bytes) -> dict[bytes, int]:
    """You read the rank as a float and cut off its fraction, so 7.5 counts as 7. Ranks are whole
    numbers, so such a line is damaged."""

    def rounded(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token, validate=True), int(float(rank))

    return table(contents, rounded)
