"""Make a learner's own folder: stubs, a README and editor settings, and nothing else.

Lessons, suites and all other files of the kata stay in the installed package, so a newer version of
the package needs no merge: it never changes a file that somebody has worked on.
"""

from dataclasses import dataclass
from pathlib import Path

from grader.editions import MADE_BY_INIT, WholeKata, installed_kata, is_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import mark, tr
from grader.stage import Stage
from grader.stubs import is_stub, stub_for
from grader.write_files import write_whole

_README = mark("""# My Llama 3 kata

Learn how Llama 3 works by writing it, stage by stage, until your own code says 42. In this folder:

    grader              # where you are, and what comes next
    grader watch        # grades every time you save; keys show lessons, hints and pictures

Your code goes into `exercises/`. Everything else comes with the installed program. When you install
a newer version, run `grader init` here once more: it adds new stages, and it changes no file that
you have worked on.
""")
_IGNORED = """.grader/
plots/
/trained/
/taught/
__pycache__/
exercises/*.mine*.py
"""
_PYTEST = """[pytest]
# The suites are in the installed package; `pytest --pdb tests/test_s09_rms_norm.py` finds them.
addopts = -p grader.pytest_plugin.plugin --import-mode=importlib
"""
_MARK = mark(
    "This folder was made by `grader init`. Its lessons and suites are in the installed package.\n"
)


@dataclass(frozen=True)
class OwnFolder:
    """What `make_own_folder` has done."""

    kata: Kata
    added: list[Stage]  # their stubs are new
    renewed: list[Stage]  # untouched stubs that a newer version has changed
    is_new: bool


def make_own_folder(folder: Path) -> OwnFolder:
    """Make a folder to work in, or add to an existing one what is new in this version.

    Raises:
        UsageError: if the folder is a checkout or a handout, which have everything already, or is
            inside a kata, or is a file.
    """
    if is_kata(folder) and not (folder / MADE_BY_INIT).exists():
        words = tr("{folder} is a whole kata already: change to it and run `grader`", folder=folder)
        raise UsageError(words)
    above = next(filter(is_kata, folder.parents), None)
    if above and not (folder / MADE_BY_INIT).exists():
        raise UsageError(
            tr(
                "{folder} is inside the kata {above}: change to that and run `grader`",
                folder=folder,
                above=above,
            )
        )
    if not (installed_kata() / "mistakes").is_dir():
        raise UsageError(tr("this program came with a handout: work in the handout's own folder"))
    if folder.exists() and not folder.is_dir():
        words = tr("{folder} is a file: give `grader init` the name of a folder", folder=folder)
        raise UsageError(words)
    kata = WholeKata(installed_kata(), own=folder)
    is_new = not (folder / MADE_BY_INIT).exists()
    kata.exercises.mkdir(parents=True, exist_ok=True)
    added, renewed = _write_stubs(kata)
    for name, text in _other_files(kata).items():
        if not (folder / name).exists():
            (folder / name).parent.mkdir(exist_ok=True)
            write_whole(folder / name, text)
    return OwnFolder(kata, added, renewed, is_new)


def _write_stubs(kata: Kata) -> tuple[list[Stage], list[Stage]]:
    """Write the stubs that are missing, and those that nobody has touched and are out of date."""
    added, renewed = [], []
    for stage in kata.stages:
        if not stage.has_code:
            continue
        path, stub = kata.exercise(stage), stub_for(kata, stage)
        if not path.exists():
            added.append(stage)
        elif (text := _text_of(path)) != stub and is_stub(stage, text):
            renewed.append(stage)
        else:
            continue
        write_whole(path, stub)
    return added, renewed


def _text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n")


def _other_files(kata: Kata) -> dict[str, str]:
    """Return the texts of the folder's other files by name; the mark that completes it is last."""
    settings = sorted((kata.root / ".vscode").glob("*.json"))
    editor = {f".vscode/{path.name}": path.read_text(encoding="utf-8") for path in settings}
    own = {"README.md": tr(_README), ".gitignore": _IGNORED, ".pytest.ini": _PYTEST}
    return {**editor, **own, MADE_BY_INIT: tr(_MARK)}
