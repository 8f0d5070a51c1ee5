"""Everything that one stage needs, checked; and everything that belongs to no single stage."""

import statistics
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from grader.author.checks.comparing import comparing_problems
from grader.author.checks.files import missing_files, stub_problems, table_problems
from grader.author.checks.hints import hint_problems
from grader.author.checks.lessons import lesson_problems
from grader.author.checks.links import link_problems
from grader.author.checks.mistakes import catalogue_problems
from grader.author.checks.suites import (
    idle_problems,
    mistake_problems,
    points_problems,
    reference_problems,
    right_way_problems,
)
from grader.author.checks.whole import whole_problems
from grader.author.findings import Findings
from grader.author.right_ways import right_ways_of
from grader.author.variants import grade_variant
from grader.diagnosis.known_mistakes import mistakes_of
from grader.kata import Kata
from grader.plot.stale_pictures import folder_problems, stale_pictures
from grader.stage import Stage

Check = Callable[[], list[str]]


def check_whole(kata: Kata) -> Findings:
    """Check the table, the pages that belong to no stage, and the pictures."""
    problems = _found(kata, "the whole kata", [partial(whole_problems, kata)])
    problems += _found(kata, "the pictures", [partial(folder_problems, kata)])
    return Findings("the whole kata", tuple(problems), "table, pages, pictures")


def check_stage(kata: Kata, stage: Stage, seeds: int) -> Findings:
    """Check everything that a stage needs, its suite over `seeds` seeds; takes some seconds."""
    if missing := missing_files(kata, stage):  # the other checks read these files
        return Findings(stage.name, tuple(missing), "")
    checks: list[Check] = [
        partial(lesson_problems, kata, stage),
        partial(hint_problems, kata, stage),
        partial(link_problems, kata, kata.lesson(stage)),
        partial(stale_pictures, kata, [stage]),
        partial(points_problems, kata, stage),
        partial(reference_problems, kata, stage, 0),
    ]
    if stage.has_code:
        checks += [
            partial(stub_problems, kata, stage),
            partial(table_problems, kata, stage),
            partial(catalogue_problems, kata, stage),
            partial(comparing_problems, stage),
            partial(_proof_problems, kata, stage, seeds),
            partial(idle_problems, kata, stage, 0),
        ]
    problems = _found(kata, stage.name, checks)
    return Findings(stage.name, tuple(problems), "" if problems else _held(kata, stage))


def _proof_problems(kata: Kata, stage: Stage, seeds: int) -> list[str]:
    """Hold a suite against every mistake and every right way; each is told of once."""
    problems: list[str] = []
    for mistake in mistakes_of(kata, stage):
        found = (mistake_problems(kata, stage, mistake, seed) for seed in range(seeds))
        problems += next(filter(None, found), [])
    for way in right_ways_of(kata, stage):
        found = (right_way_problems(kata, stage, way, seed) for seed in range(seeds))
        problems += next(filter(None, found), [])
    return problems


def _found(kata: Kata, name: str, checks: list[Check]) -> list[str]:
    """Make the checks; one that cannot be made because a file is broken is a problem as well."""
    problems: list[str] = []
    for check in checks:
        try:
            problems += check()
        except Exception as error:
            told = f"{_where(kata, error) or name}: {type(error).__name__}: {error}"
            if told not in problems:
                problems.append(told)
    return problems


def _where(kata: Kata, error: Exception) -> str:
    """Give the place in a stage's file that an error comes from; empty when it is in none."""
    program = ("author/right_ways", "compare/inputs", "plot/pictures")
    folders = [kata.solutions, kata.root / "tests", kata.root / "mistakes"]
    folders += [kata.root / "grader" / name for name in program]
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_absolute():
        return f"{kata.shown(Path(error.filename))}, line {error.lineno}"
    places = [
        f"{kata.shown(path)}, line {frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if (path := Path(frame.filename)).parent in folders
    ]
    return places[-1] if places else ""


def _held(kata: Kata, stage: Stage) -> str:
    """Say what a suite was held against, and how long it takes by itself."""
    if not stage.has_code:
        return "runs the other stages together"
    counts = len(mistakes_of(kata, stage)), len(right_ways_of(kata, stage))
    times = []
    for seed in range(3):
        start = time.perf_counter()
        grade_variant(kata, stage, {}, seed)
        times.append(1000 * (time.perf_counter() - start))
    milliseconds = statistics.median(times)
    return f"{counts[0]} mistakes named, {counts[1]} right ways pass, suite {milliseconds:.0f} ms"
