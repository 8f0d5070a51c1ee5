"""`grader class combine`, and whom it takes for the same person."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.over_time.combine import combine, read_runs
from grader.cli import main
from grader.errors import UsageError
from grader.tests.graded_people import run_of, submission, verdict, write_results

ALAN = {"name": "Alan Turing", "id": "18", "email": "alan@example.org"}
Week = Callable[..., Path]


@pytest.fixture
def week(tmp_path: Path) -> Week:
    """Return a function that writes the results of a week."""

    def write(name: str, *graded: GradedSubmission, **run: object) -> Path:
        return write_results(tmp_path / name, run_of(*graded, **run), *graded)  # type: ignore[arg-type]

    return write


def ada(points: int, number: int = 8, most: int = 10, **columns: str) -> GradedSubmission:
    return submission("Ada Lovelace", verdict(number, points, most), **columns)


def joined(*folders: Path, by: str = "sum") -> dict[str, ClassRow]:
    rows, _ = combine(read_runs(folders), by)  # type: ignore[arg-type]
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row for row in rows}


def test_weeks_are_added_up_and_what_is_missing_is_said(week: Week) -> None:
    grace = submission("Grace Hopper", verdict(9, 3, 6), id="19")
    one = week("week1", ada(7, id="17"), absent=(ALAN,))
    two = week("week2", ada(4, 9, 6, id="17"), grace, absent=(ALAN,))
    rows = joined(one, two)
    assert list(rows) == ["Ada Lovelace", "Alan Turing", "Grace Hopper"]
    assert (rows["Ada Lovelace"].total, rows["Ada Lovelace"].remarks) == ("11 of 16 points", ())
    assert rows["Grace Hopper"].total == "3 of 16 points"
    assert rows["Grace Hopper"].remarks == ("week1: not in this run",)
    assert rows["Alan Turing"].points is None and rows["Alan Turing"].is_absent


def test_the_best_run_counts_with_its_reasons(week: Week) -> None:
    one = week("first", ada(7, id="17"))
    two = week("second", ada(9, id="17"), submission("Grace Hopper", id="19"))
    rows = joined(one, two, by="best")
    assert (rows["Ada Lovelace"].total, rows["Ada Lovelace"].remarks) == (
        "9 of 10 points",
        ("second counts",),
    )
    assert rows["Grace Hopper"].points is None
    with pytest.raises(UsageError, match="--by best needs runs of the same .*first 10, third 6"):
        joined(one, week("third", ada(4, 9, 6, id="17")), by="best")


def test_an_id_joins_whatever_the_name_and_differing_ids_never_do(week: Week) -> None:
    one = week("week1", ada(1, id="017", email="ada@example.org"))
    renamed = submission("King, Ada", verdict(8, 2, 10), email="ADA@example.org")
    other = submission("Ada Lovelace", verdict(8, 5, 10), id="99")
    rows = {row.total for row in combine(read_runs([one, week("week2", renamed, other)]), "sum")[0]}
    assert rows == {"3 of 20 points", "5 of 20 points"}


def test_names_join_where_no_id_says_otherwise(week: Week) -> None:
    one = week("week1", ada(1, id="17"))
    two = week("week2", submission("Lovelace, Ada", verdict(8, 2, 10), email="ada@example.org"))
    (row,) = combine(read_runs([one, two]), "sum")[0]
    assert row.total == "3 of 20 points"
    assert row.columns["id"] == "17" and row.columns["email"] == "ada@example.org"


def test_namesakes_without_ids_stop_it(week: Week) -> None:
    twins = [ada(1, group="a"), submission("Ada lovelace", verdict(8, 2, 10), group="b")]
    for folders in (
        (week("one", ada(3, group="c")), week("two", *twins)),
        (week("three", *twins), week("four", ada(3, group="c"))),
    ):
        with pytest.raises(UsageError, match="several people may be Ada .*roster that has ids"):
            joined(*folders)


def test_a_submission_that_nobody_matched_joins_nobody(week: Week) -> None:
    one = week("week1", ada(7, id="17"))
    two = week("week2", ada(5), submission("Grace Hopper", verdict(8, 1, 10), id="19"))
    rows = combine(read_runs([one, two]), "sum")[0]
    assert [(row.name, row.points) for row in rows] == [
        ("Ada Lovelace", 7), ("Grace Hopper", 1), ("Ada Lovelace", 5),
    ]  # fmt: skip


def test_runs_without_any_roster_are_joined_by_name(week: Week) -> None:
    rows = joined(week("week1", ada(7)), week("week2", ada(5)))
    assert rows["Ada Lovelace"].points == 12


def test_the_command_writes_the_gradebooks(week: Week, tmp_path: Path) -> None:
    grace = submission("Grace Hopper", verdict(8, 3, 10), id="19", email="grace@example.org")
    one = week("week1", ada(7, id="17", email="ada@example.org"), absent=(ALAN,))
    two = week("week2", ada(4, id="17", email="ada@example.org"), grace, absent=(ALAN,))
    out = tmp_path / "course"
    given = ["class", "combine", str(one), str(two), "--out", str(out), "--assignment", "Course"]
    shown = CliRunner().invoke(main, given)
    assert shown.exit_code == 0, shown.output
    assert "3 people in week1, week2" in shown.output
    assert "Grace Hopper: not in week1" in shown.output
    with (out / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
        book = {row["name"]: row for row in csv.DictReader(file)}
    columns = "week1", "week2", "total", "of"
    assert {name: "/".join(row[one] for one in columns) for name, row in book.items()} == {
        "Ada Lovelace": "7/4/11/20",
        "Grace Hopper": "/3/3/20",
        "Alan Turing": "///",
    }
    moodle = (out / "moodle.csv").read_text("utf-8-sig").splitlines()
    assert moodle[0].endswith("email,Course,feedback")
    assert any("ada@example.org,11," in line and "week1: 7. week2: 4" in line for line in moodle)
    assert "Course" in (out / "canvas.csv").read_text("utf-8-sig")
    again = CliRunner().invoke(main, given)
    assert again.exit_code == 0, again.output


def test_what_cannot_be_joined_is_one_line(week: Week, tmp_path: Path) -> None:
    one = week("week1", ada(7, id="17"))
    for given, said in (
        (["--out", str(one)], "has the results of a run: choose another folder"),
        ([str(one), "--out", str(tmp_path / "out")], f"{one} is given twice"),
        ([str(tmp_path), "--out", str(tmp_path / "out")], "it has no results of `grader class"),
    ):
        shown = CliRunner().invoke(main, ["class", "combine", str(one), *given])
        assert shown.exit_code == 2 and said in shown.output, shown.output
    assert not (tmp_path / "out").exists()
