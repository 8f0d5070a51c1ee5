"""What differs on Windows and macOS, simulated on this system."""

import io
import subprocess
import sys
from importlib import reload
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import ModuleType

import click
import pytest

from grader.cli import learning
from grader.cli.base import main
from grader.editions import find_kata
from grader.learn.kept_texts import command_to_copy
from grader.report.editor_links import editor_scheme
from grader.serving import server_handle
from grader.tests.clone import Clone, clone_into
from grader.tests.programs import environment_with, run_forked

NAME = "s09_rms_norm"
WRONG = "def rms_norm(x, weight, eps):\n    y = x.float()\n    return y / y.pow(2).mean(-1)\n"


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")


def test_every_module_can_be_imported_without_what_only_unix_has() -> None:
    program = str(Path(__file__).with_name("without_unix.py"))
    code = f"import runpy; runpy.run_path({program!r}, run_name='__main__')"
    root = find_kata(Path(__file__)).root
    done = run_forked("-c", code, folder=root, environment=environment_with())
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_the_command_that_brings_code_back(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    if system == "win32":
        folder: PurePosixPath | PureWindowsPath = PureWindowsPath("C:/My Kata/exercises")
        wanted = r'copy "C:\My Kata\exercises\a.mine1.py" "C:\My Kata\exercises\a.py"'
    else:
        folder = PurePosixPath("/My Kata/exercises")
        wanted = "cp '/My Kata/exercises/a.mine1.py' '/My Kata/exercises/a.py'"
    assert command_to_copy(folder / "a.mine1.py", folder / "a.py") == wanted


@pytest.mark.parametrize("command", [r'"C:\Program Files\VS\Code.exe" --wait', "code --wait"])
def test_an_editor_whose_path_has_spaces(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", command)
    assert editor_scheme() == "vscode"
    monkeypatch.setenv("VISUAL", command.replace('"', ""))
    assert editor_scheme() == "vscode"


@pytest.mark.parametrize("pager", ["", "less"])
def test_windows_gets_no_pager_unless_it_has_one(
    pager: str, windows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    paged: list[str] = []
    monkeypatch.setenv("PAGER", pager)
    monkeypatch.setattr(click, "echo_via_pager", paged.append)
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    learning._print_markdown("some words", paged=True)
    assert bool(paged) == bool(pager)


def test_ctrl_c_does_not_reach_the_server(windows: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    try:
        assert reloaded(server_handle)._OWN_GROUP == {"creationflags": 0x200}
    finally:
        monkeypatch.undo()
        assert reloaded(server_handle)._OWN_GROUP == {"start_new_session": True}


def reloaded(module: ModuleType) -> ModuleType:
    """Run a module's code again, while its classes stay the ones that others have imported."""
    kept = dict(vars(module))
    changed = dict(vars(reload(module)))
    vars(module).update(kept)
    copy = ModuleType(module.__name__)
    vars(copy).update(changed)
    return copy


class _Cp1252(io.TextIOWrapper):
    """A terminal or a pipe of a western Windows."""

    def __init__(self, is_terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="cp1252")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def written(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


@pytest.mark.parametrize("is_terminal", [False, True])
def test_lessons_reach_a_terminal_and_a_pipe_of_another_encoding(
    is_terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = _Cp1252(is_terminal)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, out)
    monkeypatch.setenv("PAGER", "cat")
    monkeypatch.setattr("click.echo_via_pager", click.echo)
    for number in (9, 10, 13):
        main(["lesson", str(number)], standalone_mode=False)
    assert ("√" in out.written()) == (not is_terminal)
    assert "RMS norm" in out.written()


def with_windows_lines(folder: Path) -> None:
    """Turn every text below a folder into what a checkout with `autocrlf` has."""
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".md", ".json", ".toml"):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


@pytest.fixture
def on_windows(tmp_path: Path) -> Clone:
    """A copy with a space in its name and Windows' line ends."""
    folder = tmp_path / "Meine Übung (1)"
    folder.mkdir()
    clone = clone_into(folder)
    with_windows_lines(folder)
    return clone


def test_windows_line_ends_and_a_name_with_spaces(on_windows: Clone, tmp_path: Path) -> None:
    clone = on_windows
    assert "not started" in clone.run("check", "9").stdout
    assert not (clone.root / ".grader" / "kept").exists(), "a stub is taken for a learner's text"
    (clone.root / f"exercises/{NAME}.py").write_bytes(WRONG.replace("\n", "\r\n").encode())
    here = clone.run("check", "9", "--seed", "1", KATA_NO_FORK="1").stdout
    plain = clone_into(made(tmp_path / "plain"))
    plain.write(NAME, WRONG)
    assert here == plain.run("check", "9", "--seed", "1").stdout
    assert "line 3" in here or "This is a known mistake" in here
    for args in (("lesson", "9"), ("hint", "9"), ("report", "9", "--seed", "1")):
        assert clone.run(*args).stdout == plain.run(*args).stdout, args
    assert "exercises/s09_rms_norm.mine1.py" in clone.run("reset", "9").stdout
    assert "not started" in clone.run("check", "9").stdout


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_class_is_refused_with_one_line(on_windows: Clone, tmp_path: Path) -> None:
    submissions = made(tmp_path / "submissions")
    (made(submissions / "Ada") / f"{NAME}.py").write_text(WRONG, encoding="utf-8")
    command = ("class", "grade", str(submissions), "--out", str(tmp_path / "results"))
    done = on_windows.run(*command, KATA_NO_FORK="1")
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.count("\n") == 1
    assert "this machine can't sandbox it" in done.stderr and "use Linux" in done.stderr
    assert not (tmp_path / "results").exists()


def test_code_of_others_is_refused_too(on_windows: Clone, tmp_path: Path) -> None:
    (made(tmp_path / "theirs") / f"{NAME}.py").write_text(WRONG, encoding="utf-8")
    theirs = str(tmp_path / "theirs")
    done = on_windows.run("check", "9", "--target", theirs, KATA_NO_FORK="1")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "can't sandbox it" in done.stderr


def test_scripts_and_weights_are_checked_out_byte_for_byte() -> None:
    root = Path(__file__).parents[2]
    asked = ["git", "check-attr", "eol", "text", "--", "grader/tests/__init__.py"]
    weights = "tiny_weights/trained/consolidated.00.pth"
    run = subprocess.run([*asked, weights], cwd=root, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip("not a checkout")
    assert "__init__.py: eol: lf" in run.stdout
    assert f"{weights}: text: unset" in run.stdout
