"""File names in a terminal link to the editor, at the right line."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from grader.editions import find_kata
from grader.report.editor_links import file_link, link_files

KATA = find_kata(Path(__file__).parent)


@pytest.fixture(autouse=True)
def no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "EDITOR", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_known_editor_a_file_url_has_the_line() -> None:
    assert file_link(Path("/a b/c.py"), 7) == "file:///a%20b/c.py#7"


@pytest.mark.parametrize(
    ("variable", "value", "link"),
    [
        ("TERM_PROGRAM", "vscode", "vscode://file/a/c.py:7"),
        ("EDITOR", "code --wait", "vscode://file/a/c.py:7"),
        ("VISUAL", "/usr/bin/cursor", "cursor://file/a/c.py:7"),
        ("EDITOR", "zed", "zed://file/a/c.py:7"),
        ("EDITOR", "vim", "file:///a/c.py#7"),
    ],
)
def test_the_editor_is_read_from_the_environment(
    variable: str, value: str, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert file_link(Path("/a/c.py"), 7) == link


def test_the_names_of_exercises_become_links() -> None:
    console = Console(force_terminal=True, width=100, record=True, file=io.StringIO())
    line = "  in s09_rms_norm.py, line 24: return x, and s99_nothing.py, line 1"
    console.print(link_files(KATA, Text(line)))
    shown = console.export_text(styles=True)
    assert f"{KATA.exercises.as_uri()}/s09_rms_norm.py#24" in shown
    assert "s99_nothing.py#" not in shown
