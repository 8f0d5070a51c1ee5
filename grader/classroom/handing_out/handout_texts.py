"""The files of a handout that have a text of their own."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.handout.handout_file import Handout
from grader.kata import Kata
from grader.stage import Stage
from grader.stage_names import shown_range
from grader.stages import stage_of

_CODE = ("grader", "tests", "exercises", "solutions")
_INSTEAD_OF_SOLUTIONS = """Grade all stages anew with each of the recorded seeds: \
`grader check --all --seed 1`, then 2 to 5.
What one of them finds was there all the time."""


def pyproject_of(kata: Kata, folder: Path) -> str:
    """Write the handout's `pyproject.toml`: the program, and of what the kata needs that alone
    which is imported in `folder`."""
    text = (kata.root / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    used = imported_in(folder)
    wanted = [one for one in project["dependencies"] if module_of(one) in used]
    return _rendered("pyproject.toml.jinja", project=project, dependencies=wanted)


def module_of(requirement: str) -> str:
    """Give the name under which a package such as `prompt-toolkit>=3` is imported."""
    return re.split(r"[^\w-]", requirement)[0].replace("-", "_")


def imported_in(folder: Path) -> set[str]:
    """Give the packages that the code in a kata's folder imports."""
    found = set()
    for path in [path for name in _CODE for path in (folder / name).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


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
    return re.sub(r"Put the reference's stages beside[^.]*\.", _INSTEAD_OF_SOLUTIONS, text)


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
