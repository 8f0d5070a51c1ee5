"""Write the files of a handout: copies from the kata, and files of the handout's own."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.classroom.handout_making.hidden_tests import without_hidden_tests
from grader.classroom.handout_making.lessons_of_handout import write_lesson
from grader.editions import WholeKata
from grader.handout.handout_file import FILE, Handout
from grader.kata import Kata
from grader.language import LOCALES
from grader.stage import Stage
from grader.stage_names import shown_range
from grader.stages import CORE_STAGES, STAGES, stage_of
from grader.stubs import stub_for
from grader.write_files import write_whole

AS_THEY_ARE = ("LICENSE", "constraints.txt", ".gitignore", ".vscode")
# What contains or needs answers, or is for teachers; but see STAYS.
LEFT_OUT = (
    "author/",
    "classroom/",
    "compare/",
    "diagnosis/landmarks/s",
    "diagnosis/readings/",
    "plot/",
    "tests/",
    "cli/class_results.py",
    "cli/grade_options.py",
    "cli/rosters.py",
    "cli/several_runs.py",
    "cli/teaching.py",
    "train/check_lora.py",
    "train/lora_recipe.py",
    "train/teach.py",
    "train/write_reference_curve.py",
)
STAYS = {"diagnosis/readings/__init__.py", "plot/__init__.py", "plot/named_pictures.py"}
NOT_REQUIRED = ("PyYAML", "filelock", "matplotlib", "pytest-xdist", "rapidfuzz")
_STAGE_NAMES = {stage.name for stage in STAGES}
_LAST_CORE = set(CORE_STAGES[-2:])  # with these, the model says 42


def write_files(kata: Kata, handout: Handout, folder: Path) -> None:
    """Write everything except the recordings."""
    written = WholeKata(folder)
    for name in ("exercises", "stubs", "tests", "lessons/pictures", "recordings"):
        (folder / name).mkdir(parents=True)
    for name in AS_THEY_ARE:
        copy = shutil.copytree if (kata.root / name).is_dir() else shutil.copyfile
        copy(kata.root / name, folder / name)
    for stage in handout.stages:
        if stage.has_code:
            for path in (written.exercise(stage), written.stub(stage)):
                write_whole(path, stub_for(kata, stage))  # as bytes, because its lines end in \n
        suite = kata.suite(stage).read_text(encoding="utf-8")
        written.suite(stage).write_text(without_hidden_tests(suite), encoding="utf-8")
        write_lesson(kata.lesson(stage), written.lesson(stage))
        shutil.copyfile(kata.picture(stage), written.picture(stage))
        shutil.copyfile(kata.model_picture(stage), written.model_picture(stage))
    if not _LAST_CORE.isdisjoint(handout.stages):
        write_lesson(kata.closing_lesson, written.closing_lesson)
    for stage in map(stage_of, handout.revealed):
        _copy(kata.solution(stage), written.solution(stage))
    _copy_tiny_weights(kata, written)
    _copy_program(folder / "grader")
    texts = {
        FILE: handout.as_json(),
        "README.md": readme_of(kata, handout),
        "AGENTS.md": agents_of(handout),
        "pyproject.toml": pyproject_of(kata),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _copy_tiny_weights(kata: Kata, written: Kata) -> None:
    """Copy the checkpoints and the prompts, but not the scripts, which contain a whole model."""
    for path in kata.tiny_weights.rglob("*"):
        if path.suffix in (".pth", ".json", ".model"):
            _copy(path, written.tiny_weights / path.relative_to(kata.tiny_weights))


def _copy_program(folder: Path) -> None:
    """Copy the parts of this program that students run."""
    package = Path(__file__).resolve().parents[2]
    pages = package.glob("certificate/templates/*.*")
    # The catalogues of stages explain the known mistakes, so they stay behind.
    messages = [one for one in LOCALES.rglob("*.mo") if one.stem not in _STAGE_NAMES]
    for path in (*package.rglob("*.py"), *pages, *messages):
        name = path.relative_to(package).as_posix()
        if name in STAYS or not name.startswith(LEFT_OUT):
            _copy(path, folder / name)


def _copy(path: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, copy)


def pyproject_of(kata: Kata) -> str:
    """Return the handout's `pyproject.toml`: the program and what it requires."""
    text = (kata.root / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    wanted = [one for one in project["dependencies"] if not one.startswith(NOT_REQUIRED)]
    return _rendered("pyproject.toml.jinja", project=project, dependencies=wanted)


def readme_of(kata: Kata, handout: Handout) -> str:
    """Return the handout's README."""
    constraints = (kata.root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    points = sum(handout.points.values())
    return _rendered(
        "README.md.jinja",
        handout=handout,
        first=_first_stage(handout),
        torch=next(line for line in constraints if line.startswith("torch==")),
        points=points,
        hidden=sum(stage.points for stage in handout.stages) - points,
        revealed=shown_range(tuple(map(stage_of, handout.revealed))),
    )


def agents_of(handout: Handout) -> str:
    """Return what the handout asks of coding assistants, in the file that they read (agents.md)."""
    return _rendered("AGENTS.md.jinja", first=_first_stage(handout))


def _first_stage(handout: Handout) -> Stage:
    """Return the first stage that has something to write."""
    return next((stage for stage in handout.stages if stage.has_code), handout.stages[0])


def _rendered(name: str, **values: Any) -> str:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    return environment.get_template(name).render(values)
