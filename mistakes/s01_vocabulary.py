"""The ways that stage 1 goes wrong."""

import base64
from collections.abc import Callable
from typing import Any

from grader.diagnosis import mistake
from solutions.s01_vocabulary import parse_vocabulary


def read_line(line: bytes) -> tuple[bytes, int]:
    """Read a line as it should be read, with the errors that Python itself raises."""
    token, rank = line.split()
    return base64.b64decode(token, validate=True), int(rank)


def table(contents: bytes, read: Callable[[bytes], tuple[Any, Any]]) -> dict[Any, Any]:
    """Read every line with `read`, and name the line when that raises a ValueError."""
    ranks = {}
    for number, line in enumerate(contents.splitlines(), start=1):
        if line:
            try:
                token, rank = read(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
            ranks[token] = rank
    return ranks


@mistake("parse_vocabulary", "ranks are counted, not read")
def lines_counted(contents: bytes) -> dict[bytes, int]:
    """You number the tokens in the order of their lines. In Meta's file that happens to give the
    same numbers, but the rank is what the second field of the line says: in a file in another order
    every id would be wrong."""
    ranks = parse_vocabulary(contents)
    return {token: place for place, token in enumerate(ranks)}


@mistake("parse_vocabulary", "tokens are left in base64")
def left_in_base64(contents: bytes) -> dict[bytes, int]:
    """Your tokens are the base64 spelling that stands in the file, such as `IQ==`. Base64 is only
    the wrapping that keeps line ends and odd bytes out of the file: decode it."""
    return table(contents, lambda line: (line.split()[0], read_line(line)[1]))


@mistake("parse_vocabulary", "tokens are decoded as UTF-8")
def decoded_as_utf8(contents: bytes) -> dict[str, int]:
    """You turn the token's bytes into a `str`. Many tokens are no text at all: single bytes from
    128 up, and pieces of characters that UTF-8 spells with several bytes. Keep tokens as bytes."""
    return {token.decode(): rank for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "tokens are decoded as UTF-8, and what does not decode is replaced")
def decoded_with_replacement(contents: bytes) -> dict[str, int]:
    """You turn the token's bytes into a `str` and let Python replace what is no UTF-8. All such
    tokens then have the same spelling, so all but one of them are lost. Keep tokens as bytes."""
    ranks = parse_vocabulary(contents)
    return {token.decode(errors="replace"): rank for token, rank in ranks.items()}


@mistake("parse_vocabulary", "tokens are decoded as Latin-1")
def decoded_as_latin_1(contents: bytes) -> dict[str, int]:
    """You turn the token's bytes into a `str` with a character a byte. Nothing is lost that way,
    but the chunks that are looked up later are bytes, and a `str` is never equal to bytes."""
    return {token.decode("latin-1"): rank for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "tokens are the printed form of bytes")
def printed_form(contents: bytes) -> dict[str, int]:
    """You call `str` on the bytes, which gives what Python prints for them: a letter b, quotes and
    backslashes included. Keep the bytes themselves."""
    return {str(token): rank for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "ranks stay text")
def ranks_stay_text(contents: bytes) -> dict[bytes, bytes]:
    """Your ranks are the digits as they stand in the file, not numbers. Ranks are compared later,
    and as text 10 comes before 9."""
    return table(contents, lambda line: (read_line(line)[0], line.split()[1]))


@mistake("parse_vocabulary", "the table is the wrong way round")
def from_rank_to_token(contents: bytes) -> dict[int, bytes]:
    """Your table leads from the rank to the token, which is what decoding needs. Here a token is
    looked up to find its rank."""
    return {rank: token for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "pairs are given in place of a table")
def list_of_pairs(contents: bytes) -> list[tuple[bytes, int]]:
    """You give a list of tokens with their ranks. Merging asks for the rank of a token thousands of
    times, and only a dict answers without a search."""
    return list(parse_vocabulary(contents).items())


@mistake("parse_vocabulary", "the two fields are exchanged")
def fields_exchanged(contents: bytes) -> dict[bytes, int]:
    """You decode the second field and read the first as a number. A line begins with the token."""
    return table(contents, lambda line: read_line(b" ".join(reversed(line.split()))))


@mistake("parse_vocabulary", "the last line is lost when no line end follows it")
def last_line_lost(contents: bytes) -> dict[bytes, int]:
    """You cut at the line ends and drop what comes after the last one. A file may end without a
    line end, and then that is a token."""
    return parse_vocabulary(b"\n".join(contents.split(b"\n")[:-1]))


@mistake("parse_vocabulary", "reading stops at the first blank line")
def stops_at_blank_line(contents: bytes) -> dict[bytes, int]:
    """You take a blank line for the end of the file. It is only to be skipped: lines may follow."""
    lines = contents.splitlines()
    return parse_vocabulary(b"\n".join(lines[: lines.index(b"") if b"" in lines else None]))


@mistake("parse_vocabulary", "a blank line is an error")
def blank_line_refused(contents: bytes) -> dict[bytes, int]:
    """You split every line into two fields, and a blank one has none. Skip blank lines; they are no
    mistake of whoever wrote the file."""
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
    """You let Python's own error through. It says what is wrong, but not where, and the file has
    128,000 lines: catch it, and raise a ValueError that gives the number of the line."""
    return dict(read_line(line) for line in contents.splitlines() if line)


@mistake("parse_vocabulary", "lines are numbered from 0")
def numbered_from_zero(contents: bytes) -> dict[bytes, int]:
    """The line that your error names is one too low. People and editors count lines from 1."""
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
    """You take the blank lines away before you number the rest, so your error names a line that
    stands higher up than the bad one. Skip them only after they have got their number."""
    return table(b"\n".join(filter(None, contents.splitlines())), read_line)


@mistake("parse_vocabulary", "malformed lines are skipped")
def malformed_lines_skipped(contents: bytes) -> dict[bytes, int]:
    """You go on after a line that can't be read. The table then lacks a token, and the text that
    needs it comes out wrong much later. Raise a ValueError at once: the file is damaged."""
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
    """You take the first two fields whatever their number is. A line with a third field goes
    through unseen, and one with a single field ends in an IndexError that names no line."""

    def first_two(line: bytes) -> tuple[bytes, int]:
        fields = line.split()
        return base64.b64decode(fields[0], validate=True), int(fields[1])

    return table(contents, first_two)


@mistake("parse_vocabulary", "the number of fields is asserted")
def fields_asserted(contents: bytes) -> dict[bytes, int]:
    """You check the fields with `assert`, which raises an AssertionError and, under `python -O`,
    checks nothing at all. Assertions are for what cannot happen; a damaged file can: raise a
    ValueError."""

    def asserted(line: bytes) -> tuple[bytes, int]:
        assert len(line.split()) == 2
        return read_line(line)

    return table(contents, asserted)


@mistake("parse_vocabulary", "base64 is not decoded strictly")
def lenient_base64(contents: bytes) -> dict[bytes, int]:
    """You decode with Python's defaults, which leave out every character that base64 does not know
    and go on. A damaged token then becomes another token. `b64decode` has an argument for this."""

    def lenient(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token), int(rank)

    return table(contents, lenient)


@mistake("parse_vocabulary", "missing padding is put back")
def padding_put_back(contents: bytes) -> dict[bytes, int]:
    """You fill the base64 up with `=` until its length fits. The padding is how the decoder sees
    that a token was cut off: leave it to strict decoding to refuse what is not whole."""

    def padded(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token + b"=" * (-len(token) % 4), validate=True), int(rank)

    return table(contents, padded)


@mistake("parse_vocabulary", "a float that is whole passes for a rank")
def whole_float_accepted(contents: bytes) -> dict[bytes, int]:
    """You read the rank as a float and accept it when it is whole, so 7.0 and 1e3 are ranks. No
    tokenizer file says it that way: such a line is damaged. Ranks are digits alone."""

    def whole(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        if not float(rank).is_integer():
            raise ValueError(f"{rank!r} is not whole")
        return base64.b64decode(token, validate=True), int(float(rank))

    return table(contents, whole)


@mistake("parse_vocabulary", "ranks in other bases are accepted")
def any_base_accepted(contents: bytes) -> dict[bytes, int]:
    """You let Python guess the base of the rank, so 0x7 is a rank as well. Ranks are decimal, and a
    line that says otherwise is damaged."""

    def in_any_base(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token, validate=True), int(rank, 0)

    return table(contents, in_any_base)


@mistake("parse_vocabulary", "the rank goes through a float")
def rank_through_float(contents: bytes) -> dict[bytes, int]:
    """You read the rank as a float and round it down, so that 7.5 passes for 7. A rank is the
    number of a token; there is no token between two others."""

    def rounded(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token, validate=True), int(float(rank))

    return table(contents, rounded)
