"""`grader class combine`: join the results of several runs into one gradebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.text import Text

from grader.classroom.exports.class_files import GRADEBOOK, gradebook_files
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.grades.grade import Grade, added
from grader.classroom.grades.points import Points
from grader.classroom.grades.same_people import JoinedPerson, join_people
from grader.classroom.results_folder import read_class, results_folder
from grader.classroom.run_settings import RUN_FILE, WHOLE
from grader.classroom.submission_names import printable
from grader.classroom.terminal_report import print_list
from grader.errors import UsageError
from grader.write_files import naming_out, write_whole

By = Literal["sum", "best"]


@dataclass(frozen=True)
class NamedRun:
    """The people of a run, and what the run is called in gradebooks."""

    name: str
    rows: tuple[ClassRow, ...]

    @property
    def has_roster(self) -> bool:
        return any(row.columns for row in self.rows)

    @property
    def known(self) -> list[ClassRow]:
        """The people of the roster; everybody if there is none."""
        return [row for row in self.rows if row.columns or not self.has_roster]

    @property
    def unmatched(self) -> list[ClassRow]:
        """The submissions that nobody in the roster matches."""
        return [row for row in self.rows if not row.columns] if self.has_roster else []

    @property
    def max_points(self) -> Points:
        return max((row.grade.max_points for row in self.rows if row.grade), default=0)


def run_combine(
    console: Console, results: Sequence[Path], out: Path, by: By, assignment: str
) -> None:
    """Write one gradebook for several runs, and those for Canvas and Moodle.

    Raises:
        UsageError: if a folder has no complete results, or people can't be told apart.
    """
    if out.resolve() in [folder.resolve() for folder in results] or (out / RUN_FILE).exists():
        raise UsageError(f"--out {out} has the results of a run: choose another folder")
    runs = read_runs(results)
    rows, alone = combine(runs, by)
    with results_folder(out), naming_out(out):
        written = gradebook_files(rows, assignment, {})
        for name, contents in written.files.items():
            write_whole(out / name, contents)
    names = ", ".join(run.name for run in runs)
    console.print(Text(f"{len(rows)} people in {names}", style="bold"))
    print_list(console, "Not in every run:", alone)
    print_list(console, "Not for upload:", written.missing)
    console.print(Text(f"The points are in {out / GRADEBOOK}."))


def read_runs(results: Sequence[Path]) -> list[NamedRun]:
    """Read folders of results; each is called by its own name, or by its path if two have one.

    Raises:
        UsageError: if one has no complete results, or is given twice.
    """
    paths = [folder.resolve() for folder in results]
    names = [path.name for path in paths]
    runs = []
    for folder, path in zip(results, paths, strict=True):
        if paths.count(path) > 1:
            raise UsageError(f"{folder} is given twice")
        one = read_class(folder)
        if one.run.shard != WHOLE:
            raise UsageError(f"{folder} is part {one.run.shard} of a class: merge the parts first")
        name = path.name if names.count(path.name) == 1 else str(folder)
        runs.append(NamedRun(printable(name), one.rows))
    return runs


def combine(runs: Sequence[NamedRun], by: By) -> tuple[list[ClassRow], list[str]]:
    """Return one row for each person of several runs, and who is not in every run.

    A submission that nobody in its run's roster matches stays alone: its name proves nothing.

    Raises:
        UsageError: if people can't be told apart, or the best of different maxima is wanted.
    """
    most = [run.max_points for run in runs]
    if by == "best" and len(set(most)) > 1:
        counts = ", ".join(f"{run.name} {run.max_points}" for run in runs)
        raise UsageError(f"--by best needs runs of the same points, and these have {counts}")
    people, unclear = join_people([run.known for run in runs])
    for place, run in enumerate(runs):
        for row in run.unmatched:
            rows: list[ClassRow | None] = [None] * len(runs)
            rows[place] = row
            people.append(JoinedPerson(rows))
    if unclear:
        raise UsageError(
            f"several people may be {printable(unclear[0].name)}, and no id tells them apart: "
            "grade with a roster that has ids"
        )
    max_points = added(most) if by == "sum" else max(most)
    alone = [
        f"{printable(person.row.name)}: not in {run.name}"
        for person in people
        for run, row in zip(runs, person.rows, strict=True)
        if row is None
    ]
    return [_combined(person, runs, by, max_points) for person in people], alone


def _combined(
    person: JoinedPerson, runs: Sequence[NamedRun], by: By, max_points: Points
) -> ClassRow:
    columns: dict[str, str] = {}
    for there in filter(None, person.rows):
        columns |= there.columns
    points = [row.points if row else None for row in person.rows]
    counted = [one for one in points if one is not None]
    grade = None
    if counted:
        parts = dict(zip((run.name for run in runs), points, strict=True))
        grade = Grade(parts, added(counted) if by == "sum" else max(counted), max_points)
    used = points.index(max(counted)) if by == "best" and counted else None
    remarks: list[str] = [f"{runs[used].name} counts"] if used is not None else []
    for number, (run, row) in enumerate(zip(runs, person.rows, strict=True)):
        if used in (None, number):
            remarks += [f"{run.name}: {said}" for said in _said_of(row)]
    pending = any(row.is_pending for row in person.rows if row)
    return ClassRow(person.row.name, columns, None, tuple(remarks), grade, pending)


def _said_of(row: ClassRow | None) -> tuple[str, ...]:
    """Return what a total depends on besides the points of a run."""
    if row is None:
        return ("not in this run",)
    if row.is_absent and not row.is_pending:
        return ("nothing was handed in", *row.remarks)
    return row.remarks if row.grade or row.is_pending else ("not graded", *row.remarks)
