"""Check the kata as a whole: the table must be in order, and pages must mention every stage."""

import re
from collections.abc import Sequence

from grader.author.lesson_problems import link_problems
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import CORE_STAGES, STAGES

LAST_CORE = 20  # the answer; what comes after it is a bonus
_TEST_COMMAND = re.compile(r"<!-- test command -->(.*?)<!-- end -->", re.DOTALL)


def whole_problems(kata: Kata) -> list[str]:
    """Check everything that doesn't belong to a single stage."""
    problems = table_problems(STAGES) + coverage_problems(kata) + readme_problems(kata)
    lessons = {kata.lesson(stage) for stage in STAGES}
    folders = (kata.root, kata.root / "docs", kata.root / "lessons")
    for page in sorted({page for folder in folders for page in folder.glob("*.md")} - lessons):
        problems += link_problems(kata, page)
    return problems


def table_problems(stages: Sequence[Stage]) -> list[str]:
    """Check the table: stages 1 to 20, worth 100 points, then bonus stages, ascending."""
    table = "grader/stages.py"
    problems = [
        f"{table} has bonus={stage.bonus} for {stage.name}: stages after s{LAST_CORE} are a bonus, "
        "the others are not"
        for stage in stages
        if stage.bonus != (stage.number > LAST_CORE)
    ]
    core = [stage for stage in stages if stage.number <= LAST_CORE]
    if [stage.number for stage in core] != list(range(1, LAST_CORE + 1)):
        problems.append(f"{table} does not number its stages 1, 2, 3, ..., 20: number them so")
    beyond = [stage.number for stage in stages if stage.number > LAST_CORE]
    if beyond != sorted(set(beyond)):
        problems.append(f"{table} has its bonus stages in the order {beyond}: let numbers rise")
    if (points := sum(stage.points for stage in core)) != 100:
        problems.append(f"{table} gives {points} points for s01 to s20: make it 100")
    return problems


def coverage_problems(kata: Kata) -> list[str]:
    """Return the core stages missing from the page that maps the walk-throughs to stages."""
    page = kata.root / "lessons" / "coverage.md"
    text = page.read_text(encoding="utf-8")
    return [
        f"{kata.shown(page)} does not name {stage.name}: link it where it belongs"
        for stage in CORE_STAGES
        if f"({stage.name}.md)" not in text
    ]


def readme_problems(kata: Kata) -> list[str]:
    """Return a problem unless README has one test command, at the place where `.ci/run` looks."""
    text = (kata.root / "README.md").read_text(encoding="utf-8")
    lines = "\n".join(_TEST_COMMAND.findall(text)).splitlines()
    commands = [line for line in lines if line.startswith("python")]
    if len(commands) == 1 and "pytest" in commands[0]:
        return []
    return [
        f"README.md has {len(commands)} commands between its marks `test command` and `end`: "
        "leave one there, which runs the tests"
    ]
