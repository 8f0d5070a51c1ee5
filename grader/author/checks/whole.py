"""What the kata needs as a whole: a table without gaps, and pages that forget no stage."""

import re
from collections.abc import Sequence
from pathlib import Path

from grader.author.checks.links import link_problems
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import CORE_STAGES, STAGES

_NEEDED = range(1, 21)  # the stages up to the answer; what comes after them is a bonus
_TEST_COMMAND = re.compile(r"<!-- test command -->(.*?)<!-- end -->", re.DOTALL)


def table_of_stages_problems(stages: Sequence[Stage]) -> list[str]:
    """Hold the whole table to what it promises: numbers in order, 100 points up to the answer."""
    problems = []
    if [stage.number for stage in stages] != list(range(1, len(stages) + 1)):
        problems.append("grader/stages.py does not number its stages 1, 2, 3, ...: number them so")
    points = sum(stage.points for stage in stages if stage.number in _NEEDED)
    if points != 100:
        problems.append(f"grader/stages.py gives {points} points for s01 to s20: make it 100")
    return problems


def coverage_problems(kata: Kata) -> list[str]:
    """Make sure that the page which maps the walk-throughs to stages forgets none of the core."""
    page = kata.root / "lessons" / "coverage.md"
    text = page.read_text(encoding="utf-8")
    return [
        f"{kata.shown(page)} does not name {stage.name}: link it where it belongs"
        for stage in CORE_STAGES
        if f"({stage.name}.md)" not in text
    ]


def readme_problems(kata: Kata) -> list[str]:
    """Make sure that README gives one command that runs the tests, where `.ci/run` finds it."""
    text = (kata.root / "README.md").read_text(encoding="utf-8")
    commands = [
        line
        for block in _TEST_COMMAND.findall(text)
        for line in block.splitlines()
        if line.startswith("python")
    ]
    if len(commands) == 1 and "pytest" in commands[0]:
        return []
    return [
        f"README.md has {len(commands)} commands between its marks `test command` and `end`: "
        "leave one there, which runs the tests"
    ]


def pages_of(kata: Kata) -> list[Path]:
    """Give the pages that belong to no stage."""
    lessons = {kata.lesson(stage) for stage in STAGES}
    folders = (kata.root, kata.root / "docs", kata.root / "lessons")
    pages = [page for folder in folders for page in folder.glob("*.md")]
    return sorted(page for page in pages if page not in lessons)


def whole_problems(kata: Kata) -> list[str]:
    """Look at everything that belongs to no single stage."""
    problems = table_of_stages_problems(STAGES) + coverage_problems(kata) + readme_problems(kata)
    for page in pages_of(kata):
        problems += link_problems(kata, page)
    return problems
