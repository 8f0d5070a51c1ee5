"""Remove what reveals this machine or its user from text that others will read."""

import getpass
import io
import os
import platform
import re
import tempfile
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PART = r"[^\s'\"/\\:*?<>|`(),;]+"
_ABSOLUTE = r"(?<!http:)(?<!https:)(?<![\w/.\\~>)}\]])(?:[A-Za-z]:)?"
# A path with a folder in it, of which the last part stays; of somebody's home nothing does.
_PATH = re.compile(rf"{_ABSOLUTE}(?:[/\\]{{2}})?(?:[/\\]{{1,2}}{_PART})+[/\\]{{1,2}}")
_HOME = re.compile(rf"{_ABSOLUTE}[/\\]{{1,2}}(?:home|Users)[/\\]{{1,2}}{_PART}[/\\]{{0,2}}")
_OF_NOBODY = {"root", "user", "admin", "localhost"}  # they name no person and no machine
_SHORTEST = 2  # characters of a name; a letter is everywhere
_TEXTS = {tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", -1)}


class PrivateNames:
    """Removes paths and the names of the user and the machine from texts."""

    def __init__(self, root: Path, code: str, known: str) -> None:
        """Prepare to hide names and paths, except the names in `code` and the words in `known`."""
        folders = {root, Path.cwd(), Path(tempfile.gettempdir()), *_home()}
        paths = {str(path) for folder in folders for path in (folder, folder.resolve())}
        self._paths = sorted((path for path in paths if len(path) > 1), key=len, reverse=True)
        words = (*_names_in(code), *re.findall(r"\w+", known), *_OF_NOBODY)
        common = {word.casefold() for word in words}
        names = {one for one in _names() if len(one) >= _SHORTEST and one.casefold() not in common}
        longest_first = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        whole_word = rf"(?<![^\W_])(?:{longest_first})(?![^\W_])"
        self._names = re.compile(whole_word, re.IGNORECASE) if names else None

    def hidden(self, text: str) -> str:
        """Return a text in which a path is only its last part, and a name is `<name>`."""
        for path in self._paths:
            text = re.sub(re.escape(path) + r"(?![\w-])[/\\]?", ".../", text)
        text = _PATH.sub(".../", _HOME.sub(".../", text))
        return self._names.sub("<name>", text) if self._names else text

    def hidden_in_code(self, code: str) -> str:
        """Do the same in the strings and comments of code, and nowhere else in it."""
        starts = [0]
        for line in code.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        pieces, done = [], 0
        for (row, column), (end_row, end_column) in _texts_in(code):
            start, end = starts[row - 1] + column, starts[end_row - 1] + end_column
            if start >= done:
                pieces += [code[done:start], self.hidden(code[start:end])]
                done = end
        return "".join([*pieces, code[done:]])


def _texts_in(code: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield where the strings and comments of code begin and end."""
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in _TEXTS:
                yield token.start, token.end


def _names_in(code: str) -> Iterator[str]:
    """Yield the names that code uses."""
    with suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.NAME:
                yield token.string


def _home() -> Iterator[Path]:
    with suppress(RuntimeError):  # there is none
        yield Path.home()


def _names() -> Iterator[str]:
    """Yield the names of the user and of the machine."""
    with suppress(OSError, KeyError, ImportError):
        yield getpass.getuser()
    for variable in ("LOGNAME", "USER", "USERNAME", "HOSTNAME", "COMPUTERNAME"):
        yield os.environ.get(variable, "")
    yield from (home.name for home in _home())
    host = platform.node()
    yield from (host, host.split(".")[0])
