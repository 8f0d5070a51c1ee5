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
    """You use a token's position in the file as its rank. That happens to work for Meta's file, but
    it gives wrong ranks for a file in any other order. The rank is the second field of each
    line."""
    ranks = parse_vocabulary(contents)
    return {token: place for place, token in enumerate(ranks)}


@mistake("parse_vocabulary", "tokens stay in base64")
def left_in_base64(contents: bytes) -> dict[bytes, int]:
    """Your tokens are still the base64 text from the file, such as `IQ==`. The file uses base64
    because a token may contain a space or a line break, which would look like the end of a field or
    a line. Decode the text to get the token."""
    return table(contents, lambda line: (line.split()[0], read_line(line)[1]))


@mistake("parse_vocabulary", "tokens are decoded as UTF-8")
def decoded_as_utf8(contents: bytes) -> dict[str, int]:
    """You decode a token's bytes into a `str`. Many tokens aren't valid text: some are single bytes
    from 128 up, and some are only part of a character that takes several bytes in UTF-8. Keep
    tokens as bytes."""
    return {token.decode(): rank for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "tokens are decoded as UTF-8, replacing invalid bytes")
def decoded_with_replacement(contents: bytes) -> dict[str, int]:
    """You decode a token's bytes into a `str` and let Python replace whatever isn't valid UTF-8.
    Tokens that differ only in those bytes become the same string, so all but one of them are lost.
    Keep tokens as bytes."""
    ranks = parse_vocabulary(contents)
    return {token.decode(errors="replace"): rank for token, rank in ranks.items()}


@mistake("parse_vocabulary", "tokens are decoded as Latin-1")
def decoded_as_latin_1(contents: bytes) -> dict[str, int]:
    """You decode a token's bytes into a `str`, with one character per byte. That loses nothing, but
    stage 3 looks tokens up as bytes, and a `str` never equals bytes. Keep tokens as bytes."""
    return {token.decode("latin-1"): rank for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "tokens are strings that show how Python prints bytes")
def printed_form(contents: bytes) -> dict[str, int]:
    """Your tokens are strings that look the way Python prints bytes, with the letter b, the quotes
    and the backslashes. Calling `str` on bytes has this effect, for example. Keep the bytes
    themselves."""
    return {str(token): rank for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "ranks stay text")
def ranks_stay_text(contents: bytes) -> dict[bytes, bytes]:
    """You return each rank as the digits from the file, not as a number. Later stages compare
    ranks, and as text, 10 comes before 9."""
    return table(contents, lambda line: (read_line(line)[0], line.split()[1]))


@mistake("parse_vocabulary", "the table maps ranks to tokens")
def from_rank_to_token(contents: bytes) -> dict[int, bytes]:
    """Your table maps each rank to its token, which is what decoding needs. Here we need the
    opposite: we look up a token to find its rank."""
    return {rank: token for token, rank in parse_vocabulary(contents).items()}


@mistake("parse_vocabulary", "a list of pairs instead of a dict")
def list_of_pairs(contents: bytes) -> list[tuple[bytes, int]]:
    """You return a list of tokens with their ranks. Merging looks up ranks thousands of times. A
    dict finds a rank at once, but a list has to be searched every time."""
    return list(parse_vocabulary(contents).items())


@mistake("parse_vocabulary", "the two fields are swapped")
def fields_exchanged(contents: bytes) -> dict[bytes, int]:
    """You decode the second field and read the first as a number. Each line starts with the token,
    and the rank comes after the space."""
    return table(contents, lambda line: read_line(b" ".join(reversed(line.split()))))


@mistake("parse_vocabulary", "the last line is lost if it has no line break")
def last_line_lost(contents: bytes) -> dict[bytes, int]:
    """You drop everything after the last line break. The last line doesn't have to end in a line
    break, but it still holds a token. Look at what you do when the bytes end."""
    return parse_vocabulary(b"\n".join(contents.split(b"\n")[:-1]))


@mistake("parse_vocabulary", "reading stops at the first blank line")
def stops_at_blank_line(contents: bytes) -> dict[bytes, int]:
    """You stop at a blank line as if it were the end of the file. Skip it and keep reading, because
    more lines may follow."""
    lines = contents.splitlines()
    return parse_vocabulary(b"\n".join(lines[: lines.index(b"") if b"" in lines else None]))


@mistake("parse_vocabulary", "a blank line raises an error")
def blank_line_refused(contents: bytes) -> dict[bytes, int]:
    """Your code raises an error for a blank line, which doesn't have two fields. The file may
    contain blank lines, so skip them before you look at the fields."""
    ranks = {}
    for number, line in enumerate(contents.splitlines(), start=1):
        try:
            token, rank = read_line(line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        ranks[token] = rank
    return ranks


@mistake("parse_vocabulary", "the error doesn't give the line number")
def line_not_named(contents: bytes) -> dict[bytes, int]:
    """Your error says what's wrong but not on which line, and Meta's file has 128,000 lines. Raise
    a ValueError that includes the line number. If Python raises the error for you, catch it
    first."""
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
    """The line number in your error is too low, because you don't count the blank lines above the
    bad line. Number the lines first, then skip the blank ones."""
    return table(b"\n".join(filter(None, contents.splitlines())), read_line)


@mistake("parse_vocabulary", "malformed lines are skipped")
def malformed_lines_skipped(contents: bytes) -> dict[bytes, int]:
    """You skip a line that you can't parse and keep reading. Then a token is missing from the
    table, and much later, text that needs it will be encoded wrongly. The file is damaged, so raise
    a ValueError right away."""
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
    """You use the first two fields of a line without checking how many fields there are. A third
    field goes unnoticed, and a line with only one field raises an IndexError instead of the
    ValueError that callers expect."""

    def first_two(line: bytes) -> tuple[bytes, int]:
        fields = line.split()
        return base64.b64decode(fields[0], validate=True), int(fields[1])

    return table(contents, first_two)


@mistake("parse_vocabulary", "the number of fields is checked with `assert`")
def fields_asserted(contents: bytes) -> dict[bytes, int]:
    """You check the line with `assert`. It raises an AssertionError, and under `python -O` it
    checks nothing at all. Assertions are for situations that should be impossible. A damaged file
    is possible, so raise a ValueError."""

    def asserted(line: bytes) -> tuple[bytes, int]:
        assert len(line.split()) == 2
        return read_line(line)

    return table(contents, asserted)


@mistake("parse_vocabulary", "base64 is not decoded strictly")
def lenient_base64(contents: bytes) -> dict[bytes, int]:
    """You accept tokens with characters that aren't base64. By default, Python's decoders skip such
    characters, so a damaged token can silently turn into a different one. `b64decode` has an
    argument that makes it strict."""

    def lenient(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token), int(rank)

    return table(contents, lenient)


@mistake("parse_vocabulary", "missing padding is accepted")
def padding_put_back(contents: bytes) -> dict[bytes, int]:
    """Your code accepts base64 whose padding is missing, for example because you add `=` until the
    length fits. Missing padding is a sign that the token was cut off. Let strict decoding reject
    it."""

    def padded(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token + b"=" * (-len(token) % 4), validate=True), int(rank)

    return table(contents, padded)


@mistake("parse_vocabulary", "a float without a fraction is accepted as a rank")
def whole_float_accepted(contents: bytes) -> dict[bytes, int]:
    """You accept a rank written as a float if its value is whole, such as 7.0 or 1e3. No tokenizer
    file writes ranks that way, so a line like that is damaged. A rank consists of digits only."""

    def whole(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        if not float(rank).is_integer():
            raise ValueError(f"{rank!r} is not whole")
        return base64.b64decode(token, validate=True), int(float(rank))

    return table(contents, whole)


@mistake("parse_vocabulary", "ranks in other bases are accepted")
def any_base_accepted(contents: bytes) -> dict[bytes, int]:
    """You accept ranks that aren't decimal, such as 0x7, perhaps because you let Python guess the
    base. Ranks are always decimal, so a line like that is damaged."""

    def in_any_base(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token, validate=True), int(rank, 0)

    return table(contents, in_any_base)


@mistake("parse_vocabulary", "the rank is read as a float")
def rank_through_float(contents: bytes) -> dict[bytes, int]:
    """You read the rank as a float and drop its fraction, so 7.5 counts as 7. A rank is a whole
    number, so a line like that is damaged."""

    def rounded(line: bytes) -> tuple[bytes, int]:
        token, rank = line.split()
        return base64.b64decode(token, validate=True), int(float(rank))

    return table(contents, rounded)
