"""Read a text of the learner's own, and cut it into the pieces that become rows.

A file without blank lines is a list: each line is a text of its own, such as a name or a saying. A
file with blank lines, such as a book, is one long text.
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from grader.errors import UsageError
from grader.language import tr

_MOST = 5_000_000  # bytes


def read_own_text(path: Path) -> str:
    """Return a file's text, with line ends as `\\n`.

    Raises:
        UsageError: if it isn't a text in UTF-8, is empty, or is too large.
    """
    if path.is_dir():
        raise UsageError(tr("--text {path} is a folder: name a text file", path=path))
    if not path.is_file():
        raise UsageError(tr("--text {path}: there is no such file", path=path))
    if path.stat().st_size > _MOST:
        words = tr(
            "--text {path} has {size:.0f} MB, and this model learns from {most} MB at most: use a "
            "part of it",
            path=path,
            size=path.stat().st_size / 1e6,
            most=_MOST // 10**6,
        )
        raise UsageError(words)
    data = path.read_bytes()
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise UsageError(tr("--text {path} is text in UTF-16: save it as UTF-8", path=path))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        words = tr(
            "--text {path} isn't text in UTF-8, as line {line:,} shows: if it is text, save it as "
            "UTF-8",
            path=path,
            line=line,
        )
        raise UsageError(words) from None
    if "\0" in text:
        words = tr(
            "--text {path} isn't text in UTF-8, because it has bytes that are 0: if it is text, "
            "save it as UTF-8",
            path=path,
        )
        raise UsageError(words)
    if not text.strip():
        raise UsageError(tr("--text {path} is empty: there is nothing to learn from", path=path))
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"


def texts_in(text: str) -> list[str]:
    """Return the texts of a file: its lines if none is blank, or else all of it as one."""
    lines = text.splitlines()
    return lines if all(line.strip() for line in lines) else [text]
