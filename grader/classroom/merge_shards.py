"""`grader class merge`: merge the parts of a class, graded on several machines, into one class."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from grader.classroom.graded_class import graded_class
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.members import members_of_rows
from grader.classroom.grades.rules import changed_rules, check_rules
from grader.classroom.results_folder import (
    begin_class,
    files_of,
    read_graded,
    results_folder,
    write_changes,
    write_class,
    write_submission,
)
from grader.classroom.run_settings import WHOLE, Run, Shard, read_run
from grader.classroom.terminal_report import print_changes, print_summary
from grader.errors import UsageError
from grader.write_files import naming_out

Part = tuple[Path, Run]  # a folder of results, and what the run that wrote it was asked for


def run_merge(
    console: Console,
    results: Sequence[Path],
    out: Path,
    assignment: str | None,
    given: Mapping[str, str] | None = None,
) -> None:
    """Write what grading the whole class in one run would have written.

    Args:
        assignment: its title in course systems; None: as the parts have it.
        given: the options about grades, by name.

    Raises:
        UsageError: if these are not all the parts of one class, each once and fully graded.
    """
    if out.resolve() in [folder.resolve() for folder in results]:
        raise UsageError(f"--out {out} is one of the parts: choose another folder")
    parts = [(folder, read_run(folder)) for folder in results]
    first_folder, first = parts[0]
    for folder, other in parts:
        for difference in _differences(first, other, assignment):
            raise UsageError(f"{folder} does not go with {first_folder}: {difference}")
    _check_that_each_is_there_once(parts)
    run = replace(first, shard=WHOLE)
    found = {one.key: (one, folder) for folder, part in parts for one in _graded(folder, part)}
    graded = [found[key][0] for key in run.listed]
    rules = changed_rules(run.rules, given or {})
    run = replace(run, rules=rules, assignment=assignment or run.assignment)
    check_rules(run.rules, run.stages, members_of_rows(graded_class(run, graded).rows))
    with results_folder(out), naming_out(out):
        begin_class(out, run)
        for one, folder in (found[key] for key in run.listed):
            write_submission(out, one, files_of(folder, one.key))
        missing = write_class(out, run, graded, run.assignment)
        changes = write_changes(out, run, graded)
    print_summary(console, out, run, graded, (), missing, written=True)
    print_changes(console, out, changes)


def _differences(first: Run, other: Run, assignment: str | None) -> Iterator[str]:
    if other.shard.of != first.shard.of:
        yield f"it is part {other.shard}, not one of {first.shard.of}"
    if other.seed != first.seed:
        yield f"its seed is {other.seed}, not {first.seed}: grade all parts with one --seed"
    if other.stages != first.stages:
        yield "other stages were graded: grade all parts with the same --stages"
    if other.listed != first.listed:
        only_one = sorted({*other.listed} ^ {*first.listed})
        yield f"the submissions differ: {only_one[0]} was in only one of them"
    if _roster_of(other) != _roster_of(first):
        yield "the rosters differ: grade all parts with the same --roster and --map"
    if other.absent_as != first.absent_as:
        yield "--absent differs: grade all parts with the same"
    if other.assignment != first.assignment and assignment is None:
        yield "--assignment differs: say which with --assignment"
    if other.rules != first.rules:
        yield "other rules for grades were given: grade all parts with the same options"
    if other.suites != first.suites:
        yield (
            "the kata was not the same there: its suites, its grader, Python or a library, "
            "such as torch, differ"
        )


def _roster_of(run: Run) -> tuple[object, ...]:
    return run.problems, run.absent, run.open, run.pending


def _check_that_each_is_there_once(parts: Sequence[Part]) -> None:
    folders: dict[Shard, Path] = {}
    for folder, run in parts:
        if run.shard in folders:
            both = f"{folders[run.shard]} and {folder}"
            raise UsageError(f"part {run.shard} is given twice: {both}")
        folders[run.shard] = folder
    wanted = (Shard(number, run.shard.of) for number in range(1, run.shard.of + 1))
    missing = [str(shard) for shard in wanted if shard not in folders]
    if missing:
        raise UsageError(f"some parts are missing: {', '.join(missing)}")


def _graded(folder: Path, run: Run) -> list[GradedSubmission]:
    """Read the results of a part: one for each of its submissions."""
    again = f"run the command that graded part {run.shard} again"
    try:
        graded = read_graded(folder)
    except FileNotFoundError:
        raise UsageError(f"{folder}: grading did not finish: {again}") from None
    except (OSError, ValueError):
        raise UsageError(f"{folder}: its results can't be read: {again}") from None
    keys, wanted = [one.key for one in graded], run.shard.take(run.listed)
    for key in wanted:
        if keys.count(key) != 1:
            count = "no result" if key not in keys else "more than one result"
            raise UsageError(f"{folder}: {count} for {key}: {again}")
    if len(keys) != len(wanted):
        raise UsageError(f"{folder}: it also has results of another part: {again}")
    return graded
