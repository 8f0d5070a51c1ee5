"""Two people of one name can be told apart wherever a teacher reads about them."""

import csv
import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from grader.classroom.exports.class_files import gradebook_files
from grader.classroom.exports.gradebooks import open_lines
from grader.classroom.exports.html_pages import class_page
from grader.classroom.graded_class import graded_class
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.hand_in import NOBODYS
from grader.classroom.likeness.kept_files import read_kept_files
from grader.classroom.list_submissions import list_submissions
from grader.classroom.roster import read_roster
from grader.classroom.terminal_report import print_summary
from grader.tests.graded_people import run_of, submission, verdict, write_results
from grader.tests.rosters import written
from grader.tests.test_export_pages import Reader

FIRST = submission("Wei Li", verdict(9, 6, 6), id="s1010")
SECOND = replace(submission("Wei Li", verdict(9, 5, 6), id="s1011"), key="wei-li-2")
ADA = submission("Ada Lovelace", verdict(9, 5, 6), id="s1012")
CLASS = FIRST, SECOND, ADA


def rows(*absent: dict[str, str]) -> tuple[ClassRow, ...]:
    return graded_class(run_of(*CLASS, absent=absent), CLASS).rows


def reasons(people: tuple[ClassRow, ...]) -> dict[str, str]:
    text = str(gradebook_files(people, "Kata", {}).files["open.csv"]).removeprefix("\ufeff")
    return {row["name"]: row["reason"] for row in csv.DictReader(io.StringIO(text))}


def test_the_page_of_the_class_has_their_ids() -> None:
    gone = {"name": "Wei Li", "id": "s1013"}
    people = rows(gone)
    text = Reader(class_page(people, [None] * len(people), 7, {})).text
    for one in ("s1010", "s1011", "s1013"):
        assert f"Wei Li ({one})" in text
    assert "Ada Lovelace (" not in text


def test_the_terminal_has_their_ids(tmp_path: Path) -> None:
    graded = [replace(one, problems=("it is late",)) for one in CLASS]
    out = io.StringIO()
    print_summary(Console(file=out, width=200), tmp_path, run_of(*graded), graded, (), (), False)
    for name in ("Wei Li (s1010)", "Wei Li (s1011)", "Ada Lovelace"):
        assert f"  {name}: it is late\n" in out.getvalue()


def test_likeness_has_their_ids(tmp_path: Path) -> None:
    write_results(tmp_path, run_of(*CLASS), *CLASS)
    for one in CLASS:
        files = tmp_path / "submissions" / one.key / "files"
        files.mkdir(exist_ok=True)
        (files / "s09_rms_norm.py").write_text("x = 1\n")
    _, kept = read_kept_files(tmp_path)
    assert [one.name for one in kept] == ["Wei Li (s1010)", "Wei Li (s1011)", "Ada Lovelace"]


def test_names_with_commas_are_separated_by_semicolons() -> None:
    names = "Floyd, Bob", "Guest", "Martin, Thomas"
    graded = [ADA, *(submission(name, verdict(9, 5, 6)) for name in names)]
    assert open_lines(graded_class(run_of(*graded), graded).rows) == [
        "3 submissions are not in moodle.csv and canvas.csv: Floyd, Bob; Guest; Martin, Thomas"
    ]


def test_open_has_their_ids() -> None:
    gone = {"name": "Wei Li", "id": "s1013"}, {"name": "Wei Li", "id": "s1014"}
    people = tuple(replace(row, is_pending=row.result is None) for row in rows(*gone))
    assert set(reasons(people)) == {"Wei Li (s1013)", "Wei Li (s1014)"}


def test_open_says_how_many_have_the_same_id() -> None:
    same = {"id": "17"}
    graded = [submission(name, verdict(9, 5, 6), **same) for name in ("Bo Li", "Cy Wu")]
    people = graded_class(run_of(*graded, ADA), [*graded, ADA]).rows
    said = "2 people in the roster have the same {}"
    assert reasons(people) == {
        name: f"{said.format('idnumber')}; {said.format('SIS User ID')}"
        for name in ("Bo Li", "Cy Wu")
    }


def test_open_says_what_the_map_file_says(tmp_path: Path) -> None:
    for name in ("Ada", "Guest"):
        (tmp_path / "week" / name).mkdir(parents=True)
    roster = read_roster(written(tmp_path, "name\nAda\n"))
    lines = written(tmp_path, "Guest,nobody\n", "map.csv")
    listing = list_submissions(tmp_path / "week", roster, lines)
    assert [one.problems for one in listing.entries] == [(), (NOBODYS,)]
    guest = submission("Guest", verdict(9, 5, 6))
    guest = replace(guest, problems=("a name was accepted", NOBODYS))
    people = graded_class(run_of(ADA, guest), [ADA, guest]).rows
    assert reasons(people) == {"Guest": NOBODYS}
    out = io.StringIO()
    print_summary(Console(file=out), tmp_path, run_of(ADA, guest), [ADA, guest], (), (), False)
    assert "accepted" in out.getvalue() and "map file" not in out.getvalue()


def test_the_page_says_nothing_that_the_reason_contradicts() -> None:
    said = "2 students in the roster match this submission"
    unclear = replace(submission("Wei Li_7", verdict(9, 5, 6)), problems=(said,))
    graded = [ADA, unclear]
    text = Reader(class_page(graded_class(run_of(*graded), graded).rows, [None] * 2, 7, {})).text
    assert said in text and "Submissions without a person" in text
    assert "obody in the roster matches" not in text and "matches nobody" not in text
