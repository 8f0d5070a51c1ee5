"""The files of a handout that have a text of their own."""

import re
import tomllib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.handout.about import Handout
from grader.home import Kata
from grader.stage_ranges import shown_range
from grader.stages import Stage, stage_of

NEEDED = (  # of the kata's own dependencies
    "torch",
    "tiktoken",
    "regex",
    "numpy",
    "pytest",
    "msgpack",
    "rich",
    "click",
    "watchfiles",
    "prompt-toolkit",
)
_INSTEAD_OF_SOLUTIONS = """Grade all stages anew with each of the recorded seeds: \
`grader check --all --seed 1`, then 2 to 5.
What one of them finds was there all the time."""


def pyproject_of(kata: Kata) -> str:
    """Write the handout's `pyproject.toml`: the program, and what it needs here."""
    text = (kata.root / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    wanted = [one for one in project["dependencies"] if re.split(r"[^\w-]", one)[0] in NEEDED]
    return _rendered("pyproject.toml.jinja", project=project, dependencies=wanted)


def readme_of(kata: Kata, handout: Handout) -> str:
    """Write what students read first."""
    constraints = (kata.root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    points = sum(handout.points.values())
    return _rendered(
        "README.md.jinja",
        handout=handout,
        first=next((stage for stage in handout.stages if stage.has_code), handout.stages[0]),
        torch=next(line for line in constraints if line.startswith("torch==")),
        points=points,
        hidden=sum(stage.points for stage in handout.stages) - points,
        revealed=shown_range(tuple(map(stage_of, handout.revealed))),
        after=lambda stage: _after(handout, stage),
    )


def lesson_of(text: str) -> str:
    """Give a lesson without what asks for the reference."""
    text = re.sub(r"\s`grader plot[^.]*\.(?=\s)", "", text)
    text = re.sub(r" you see in `grader compare \d+`", "", text)
    return re.sub(r"Put the reference's stages beside[^.]*\.[^.]*\.", _INSTEAD_OF_SOLUTIONS, text)


def _after(handout: Handout, stage: Stage) -> str:
    if stage.own_stages:
        return "all of them are written"
    return ", ".join(f"s{one.number:02d}" for one in handout.waits_for(stage)) or "-"


def _rendered(name: str, **values: Any) -> str:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    return environment.get_template(name).render(values)
