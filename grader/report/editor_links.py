"""Links in a terminal that open a file in the editor, at the line."""

import os
import re
from pathlib import Path

from rich.text import Text

from grader.kata import Kata

_PLACE = re.compile(r"(s\d\d_\w+\.py)(?:, line (\d+))?")
_VSCODE_LIKE = {"code": "vscode", "code-insiders": "vscode-insiders", "codium": "vscodium"}
_SCHEMES = {**_VSCODE_LIKE, "cursor": "cursor", "windsurf": "windsurf", "zed": "zed"}


def link_files(kata: Kata, text: Text) -> Text:
    """Turn the names of exercise files in a line into terminal links (OSC 8)."""
    for match in _PLACE.finditer(text.plain):
        path = kata.exercises / match[1]
        if path.exists():
            text.stylize(f"link {file_link(path, int(match[2] or 1))}", *match.span())
    return text


def file_link(path: Path, line: int) -> str:
    """Return an address that opens a file at a line.

    It has the scheme of the editor that the environment names, or else is a `file:` address with
    the line after `#`, as terminals expect it.
    """
    if scheme := _editor_scheme():
        return f"{scheme}://file{path.as_uri().removeprefix('file://')}:{line}"
    return f"{path.as_uri()}#{line}"


def _editor_scheme() -> str | None:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    name = Path(editor.split()[0]).stem if editor.split() else ""
    if name in _SCHEMES:
        return _SCHEMES[name]
    return "vscode" if os.environ.get("TERM_PROGRAM") == "vscode" else None
