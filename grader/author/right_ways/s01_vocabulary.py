"""Other right ways to write stage 1."""

import base64
import binascii
import io
import re

from grader.author.right_ways import right_way


@right_way("parse_vocabulary")
def let_python_complain(contents: bytes) -> dict[bytes, int]:
    """Let Python raise the errors, and put the line's number before each."""
    ranks = {}
    for number, line in enumerate(contents.split(b"\n")):
        if not line.strip():
            continue
        try:
            token, rank = line.split()
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except ValueError as error:
            raise ValueError(f"bad line {number + 1}: {error}") from error
    return ranks


@right_way("parse_vocabulary")
def as_text(contents: bytes) -> dict[bytes, int]:
    """Read the file as text, since it is ASCII."""
    ranks = {}
    number = 0
    for line in contents.decode("ascii").splitlines():
        number += 1
        if line == "":
            continue
        parts = line.split(" ")
        if len(parts) != 2:
            raise ValueError(f"{len(parts)} fields in line {number}")
        if not parts[1].isdecimal():
            raise ValueError(f"no rank in line {number}")
        try:
            token = binascii.a2b_base64(parts[0], strict_mode=True)
        except binascii.Error:
            raise ValueError(f"no base64 in line {number}") from None
        ranks[token] = int(parts[1])
    return ranks


@right_way("parse_vocabulary")
def by_regular_expression(contents: bytes) -> dict[bytes, int]:
    """Match the whole line with one pattern, whose base64 comes in groups of four."""
    base64_field = rb"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"
    whole_line = re.compile(base64_field + rb" ([0-9]+)\n?")
    ranks = {}
    for number, line in enumerate(io.BytesIO(contents), 1):
        if line == b"\n":
            continue
        found = whole_line.fullmatch(line)
        if found is None:
            raise ValueError(f"tokenizer.model:{number}: not a token and its rank")
        ranks[base64.b64decode(found[1])] = int(found[2])
    return ranks


@right_way("parse_vocabulary")
def one_field_after_the_other(contents: bytes) -> dict[bytes, int]:
    """Cut at the first space, and check base64 by encoding the token again."""

    def read(line: bytes) -> tuple[bytes, int]:
        field, _, rank = line.partition(b" ")
        token = base64.standard_b64decode(field)
        if base64.b64encode(token) != field:
            raise ValueError("not strict base64")
        return token, int(rank)

    numbered = enumerate(contents.splitlines(), start=1)
    ranks = {}
    for number, line in numbered:
        if line:
            try:
                token, rank = read(line)
            except ValueError:
                raise ValueError(f"line {number} is malformed") from None
            ranks[token] = rank
    return ranks
