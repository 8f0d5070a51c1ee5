"""Read a table that a spreadsheet or a course system wrote as CSV, whatever its encoding."""

import codecs
import csv
import io
import re
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.errors import UsageError
from grader.write_files import reason_of

Row = list[str]

HEADER_WITHIN = 30  # lines; what is above the header is a title
_LARGEST = 20_000_000  # bytes
_MOST_ROWS, _MOST_COLUMNS = 10_000, 500
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SEP_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)  # the line that makes Excel split columns
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # .xlsx and .ods are zips; .xls
_IN_NAMES = "'’´`-–.·ªº"  # what names and titles have besides letters


@dataclass(frozen=True)
class Table:
    """Rows of cells, and how they were read, in words."""

    rows: list[Row]
    form: str


def read_table(path: Path, rate: Callable[[Row], int]) -> Table:
    """Read a CSV in UTF-8, UTF-16, Windows-1252 or GB 18030, separated by `,`, `;` or tabs.

    Args:
        rate: how much a row looks like the header; of several ways to split lines, the one with
            the best-rated row is taken.

    Raises:
        UsageError: if it can't be read, or is no CSV.
    """
    text, encoding = _decode(path, _contents(path))
    if marked := _SEP_LINE.match(text):
        separators = {marked[1]: _SEPARATORS.get(marked[1], marked[1])}
        text = text[marked.end() :]
    else:
        separators = _SEPARATORS
    best = max(separators, key=lambda one: _best(text, one, rate))
    try:
        rows = list(_rows(text, best, _MOST_ROWS + 1))
    except csv.Error as error:
        raise UsageError(f"{path}: it is not a CSV ({error})") from None
    if any(len(row) > _MOST_COLUMNS for row in rows):
        raise UsageError(f"{path}: it has more than {_MOST_COLUMNS} columns")
    if len(rows) > _MOST_ROWS:
        raise UsageError(f"{path}: it has more than {_MOST_ROWS:,} lines")
    return Table(rows, f"{encoding}, separated by {separators[best]}")


def _contents(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            contents = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}: {reason_of(error)}") from None
    if len(contents) > _LARGEST:
        raise UsageError(f"{path}: it is larger than {_LARGEST // 1_000_000} MB")
    if contents.startswith(_ZIP) and not _is_zipped_spreadsheet(contents):
        raise UsageError(f"{path}: it is a zip: unpack it, and name the CSV in it")
    if contents.startswith((_ZIP, _OLD_EXCEL)):
        raise UsageError(f"{path}: it is a spreadsheet: save it as CSV")
    return contents


def _is_zipped_spreadsheet(contents: bytes) -> bool:
    """Return whether a zip is an .xlsx or .ods; one that is damaged may be."""
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return True
    return any(name.startswith("xl/") for name in names) or "content.xml" in names


def _decode(path: Path, contents: bytes) -> tuple[str, str]:
    """Return the text, and its encoding in words."""
    unreadable = UsageError(f"{path}: its encoding is unknown: save it as CSV UTF-8")
    for bom, encoding in _BOMS.items():
        if contents.startswith(bom):
            try:
                return contents.decode(encoding), encoding.removesuffix("-sig").upper()
            except UnicodeDecodeError:
                raise unreadable from None
    if b"\0" in contents:
        raise unreadable
    for encoding, words in ("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("gb18030", "GB 18030"):
        try:
            text = contents.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "cp1252" or _is_western(text):
            return text, words
    raise unreadable


def _is_western(text: str) -> bool:
    """Return whether nearly all that isn't ASCII is what Western names are written with.

    Bytes of another encoding become symbols as often as letters.
    """
    foreign = [one for one in text if not one.isascii()]
    odd = sum(unicodedata.category(one)[0] != "L" and one not in _IN_NAMES for one in foreign)
    return odd * 10 <= len(foreign)


def _best(text: str, separator: str, rate: Callable[[Row], int]) -> int:
    """Return the best rating of the first rows, if lines are split at `separator`."""
    try:
        rows = _rows(text, separator, HEADER_WITHIN)
        return max((rate(row[:_MOST_COLUMNS]) for row in rows), default=0)
    except csv.Error:
        return -1


def _rows(text: str, separator: str, most: int) -> Iterator[Row]:
    return islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), most)
