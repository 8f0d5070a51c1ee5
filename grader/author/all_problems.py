"""Check everything that a stage needs, and what belongs to no single stage.

Each check returns its problems as text; a problem names the file, what is wrong, and how to fix it.
"""

import statistics
import timeit
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from grader.author import file_problems, suite_problems
from grader.author.grade_variants import grade_variant
from grader.author.kata_problems import table_problems, whole_problems
from grader.author.lesson_problems import hint_problems, lesson_problems, link_problems
from grader.author.right_ways import right_ways_of
from grader.author.translation_problems import problems_of_program, problems_of_stage
from grader.diagnosis.known_mistakes import mistakes_of
from grader.kata import Kata
from grader.plot.stale_pictures import folder_problems, stale_pictures
from grader.stage import Stage
from grader.stages import STAGES

Check = Callable[[], list[str]]


def check_whole(kata: Kata) -> tuple[list[str], str]:
    """Check what belongs to no single stage; return the problems, and what was checked."""
    problems = _found(kata, "the whole kata", [partial(whole_problems, kata)])
    problems += _found(kata, "the pictures", [partial(folder_problems, kata)])
    problems += _found(kata, "the translations", [partial(problems_of_program, kata)])
    return problems, "table, pages, pictures, translations"


def check_stage(kata: Kata, stage: Stage, seeds: int) -> list[str]:
    """Return the problems with everything that a stage needs. This takes a few seconds.

    Args:
        seeds: the number of seeds to test the suite with.
    """
    missing = table_problems(STAGES) + file_problems.missing_files(kata, stage)
    if missing:  # the other checks read these files
        return missing
    checks: list[Check] = [
        partial(lesson_problems, kata, stage),
        partial(hint_problems, kata, stage),
        partial(link_problems, kata, kata.lesson(stage)),
        partial(stale_pictures, kata, [stage]),
        partial(problems_of_stage, kata, stage),
        partial(suite_problems.points_problems, kata, stage),
        partial(suite_problems.reference_problems, kata, stage, 0),
    ]
    if stage.has_code:
        checks += [
            partial(file_problems.stub_problems, kata, stage),
            partial(file_problems.row_problems, kata, stage),
            partial(suite_problems.catalogue_problems, kata, stage),
            partial(file_problems.input_problems, stage),
            partial(suite_problems.proof_problems, kata, stage, seeds),
            partial(suite_problems.idle_problems, kata, stage, 0),
        ]
    return _found(kata, stage.name, checks)


def _found(kata: Kata, name: str, checks: list[Check]) -> list[str]:
    """Return the problems from some checks; an exception, as from a broken file, is one, too."""
    problems: list[str] = []
    for check in checks:
        try:
            problems += check()
        except Exception as error:
            problem = f"{_where(kata, error) or name}: {type(error).__name__}: {error}"
            if problem not in problems:
                problems.append(problem)
    return problems


def _where(kata: Kata, error: Exception) -> str:
    """Return the line of a stage's file that raised an error; empty if it was in none."""
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


def what_was_compared(kata: Kata, stage: Stage) -> str:
    """Describe what a stage's suite was tested with, and how long the suite itself takes."""
    if not stage.has_code:
        return "runs the other stages together"
    counts = len(mistakes_of(kata, stage)), len(right_ways_of(kata, stage))
    times = timeit.repeat(partial(grade_variant, kata, stage, {}, 0), number=1, repeat=3)
    milliseconds = 1000 * statistics.median(times)
    return f"{counts[0]} mistakes named, {counts[1]} right ways pass, suite {milliseconds:.0f} ms"
