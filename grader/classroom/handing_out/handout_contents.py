"""Which files go into a handout."""

import shutil
from pathlib import Path

from grader.classroom.handing_out.handout_texts import lesson_of, pyproject_of, readme_of
from grader.classroom.handing_out.hidden_tests import without_hidden_tests
from grader.editions import WholeKata
from grader.handout.handout_file import FILE, Handout
from grader.kata import Kata
from grader.stages import stage_of
from grader.stubs import stub_for

AS_THEY_ARE = ("LICENSE", "constraints.txt", ".gitignore", ".vscode")
# What holds or needs answers, or is a teacher's; of some rooms a file or two is used elsewhere.
LEFT_OUT = (
    *("author/", "classroom/", "compare/", "plot/", "tests/"),
    *("cli/classes.py", "cli/handing_out.py", "cli/platforms.py"),
)
STAYS = {
    *("plot/__init__.py", "plot/named_pictures.py"),
}


def write_files(kata: Kata, handout: Handout, folder: Path) -> None:
    """Write everything but the recordings."""
    written = WholeKata(folder)
    for name in ("exercises", "stubs", "tests", "lessons/pictures", "recordings"):
        (folder / name).mkdir(parents=True)
    for name in AS_THEY_ARE:
        copy = shutil.copytree if (kata.root / name).is_dir() else shutil.copyfile
        copy(kata.root / name, folder / name)
    for stage in handout.stages:
        if stage.has_code:
            for path in (written.exercise(stage), written.stub(stage)):
                path.write_text(stub_for(kata, stage), encoding="utf-8")
        suite = kata.suite(stage).read_text(encoding="utf-8")
        written.suite(stage).write_text(without_hidden_tests(suite), encoding="utf-8")
        lesson = lesson_of(kata.lesson(stage).read_text(encoding="utf-8"))
        written.lesson(stage).write_text(lesson, encoding="utf-8")
        shutil.copyfile(kata.picture(stage), written.picture(stage))
    for number in handout.revealed:
        written.solutions.mkdir(exist_ok=True)
        stage = stage_of(number)
        shutil.copyfile(kata.solution(stage), written.solution(stage))
    _copy_tiny_weights(kata, written)
    _copy_program(folder / "grader")
    texts = {FILE: handout.as_json(), "README.md": readme_of(kata, handout)}
    for name, text in {**texts, "pyproject.toml": pyproject_of(kata, folder)}.items():
        (folder / name).write_text(text, encoding="utf-8")


def _copy_tiny_weights(kata: Kata, written: Kata) -> None:
    """Copy the checkpoints and the prompts; the scripts that make them hold a whole model."""
    for path in sorted(kata.tiny_weights.rglob("*")):
        if path.suffix in (".pth", ".json", ".model"):
            copy = written.tiny_weights / path.relative_to(kata.tiny_weights)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _copy_program(folder: Path) -> None:
    """Copy this program, as far as students run it."""
    package = Path(__file__).resolve().parents[2]
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        if name in STAYS or not name.startswith(LEFT_OUT):
            copy = folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
