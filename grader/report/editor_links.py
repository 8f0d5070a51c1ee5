"""Terminal links that open a file in the editor, at the right line."""

import os
import re
from pathlib import Path, PureWindowsPath

from rich.text import Text

from grader.kata import Kata
from grader.language import tr

_FILE = r"s\d\d_\w+\.py"
# A program's name: quoted, a Windows path (which may have spaces), or the first word.
_PROGRAM = re.compile(r'"([^"]+)"|(.+?\.(?:exe|cmd))(?=\s|$)|(\S+)', re.IGNORECASE)
_VSCODE_LIKE = {"code": "vscode", "code-insiders": "vscode-insiders", "codium": "vscodium"}
_SCHEMES = {**_VSCODE_LIKE, "cursor": "cursor", "windsurf": "windsurf", "zed": "zed"}


def link_files(kata: Kata, text: Text) -> Text:
    """Turn the names of exercise files in a text into terminal links (OSC 8), and return it."""
    for match in _place().finditer(text.plain):
        path = kata.exercises / re.findall(_FILE, match[0])[0]
        if path.exists():
            text.stylize(f"link {file_link(path, int(match['line'] or 1))}", *match.span())
    return text


def _place() -> re.Pattern[str]:
    """Return what matches a file and, if there is one, the number of a line in it."""
    # Translators: this must be part of every message that names a file and a line.
    place = re.escape(tr("{file}, line {line}", file="FILE", line="LINE"))
    place = place.replace("FILE", _FILE).replace("LINE", r"(?P<line>\d+)")
    return re.compile(f"{place}|{_FILE}")


def file_link(path: Path, line: int) -> str:
    """Return the URL that opens a file at a line.

    It uses the scheme of the editor named in the environment, or else `file:` with the line after
    `#`, which terminals understand.
    """
    if scheme := editor_scheme():
        return f"{scheme}://file{path.as_uri().removeprefix('file://')}:{line}"
    return f"{path.as_uri()}#{line}"


def editor_scheme() -> str | None:
    """Return the scheme of the editor named in the environment; None if it has none of its own."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    found = _PROGRAM.match(editor)
    name = PureWindowsPath(found[found.lastindex or 0]).stem.lower() if found else ""
    if name in _SCHEMES:
        return _SCHEMES[name]
    return "vscode" if os.environ.get("TERM_PROGRAM") == "vscode" else None
