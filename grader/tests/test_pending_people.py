"""People to whom an open submission may belong: no course system hears of them."""

import csv
import io
from dataclasses import replace

import pytest

from grader.classroom.exports.changes import changes_between
from grader.classroom.exports.class_files import gradebook_files
from grader.classroom.exports.gradebooks import open_lines
from grader.classroom.exports.html_pages import class_page
from grader.classroom.graded_class import GradedClass, graded_class
from grader.classroom.grades.class_rows import PENDING, ClassRow
from grader.classroom.grades.overrides import Override
from grader.classroom.grades.people import PersonLine
from grader.classroom.grades.rules import GradeRules
from grader.classroom.over_time.combine import NamedRun, combine
from grader.tests.graded_people import run_of, submission, verdict

ADA = submission("Ada Lovelace", verdict(9, 6, 6), id="s1004", email="ada@example.edu")
BOB = {"name": "Robert Floyd", "id": "s1005", "email": "bob@example.edu"}
DAN = {"name": "Dan Ingalls", "id": "s1006", "email": "dan@example.edu"}
OPEN = submission("Bob Floyd", verdict(9, 5, 6))


def a_class(rules: GradeRules | None = None) -> GradedClass:
    run = run_of(ADA, OPEN, absent=(BOB, DAN), rules=rules)
    return graded_class(replace(run, pending=(BOB,), absent_as="zero"), [ADA, OPEN])


def books(people: tuple[ClassRow, ...]) -> dict[str, list[dict[str, str]]]:
    files = gradebook_files(people, "Kata", {}).files
    texts = {name: str(text).removeprefix("\ufeff") for name, text in files.items()}
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}


def test_they_are_in_no_file_to_import_and_open_says_why() -> None:
    found = books(a_class().rows)
    assert [row["email"] for row in found["moodle.csv"]] == ["ada@example.edu", "dan@example.edu"]
    assert [row["SIS User ID"] for row in found["canvas.csv"]][1:] == ["s1004", "s1006"]
    assert [row["Kata"] for row in found["moodle.csv"]] == ["6", "0"]
    (hers,) = [row for row in found["open.csv"] if row["name"] == "Robert Floyd"]
    assert (hers["reason"], hers["not in"], hers["points"]) == (
        PENDING, "moodle.csv, canvas.csv", "",
    )  # fmt: skip
    (hers,) = [row for row in found["gradebook.csv"] if row["id"] == "s1005"]
    assert (hers["total"], hers["problems"], hers["remarks"]) == ("", "", PENDING)
    assert open_lines(a_class().rows) == [
        "1 submission is not in moodle.csv and canvas.csv: Bob Floyd",
        "1 person is not in moodle.csv and canvas.csv, because an open submission may be theirs: "
        "Robert Floyd",
    ]


@pytest.mark.parametrize(("stage", "total"), [(None, ["4"]), (9, [])])
def test_a_grade_that_the_teacher_decides_is_not_open(stage: int | None, total: list[str]) -> None:
    decided = Override(PersonLine("", ("Robert Floyd",)), 4, "was ill", stage)
    found = books(a_class(GradeRules(overrides=(decided,))).rows)
    theirs = [row["Kata"] for row in found["moodle.csv"] if row["email"] == "bob@example.edu"]
    assert theirs == total


def test_a_sum_that_lacks_an_open_submission_is_open() -> None:
    later = submission("Robert Floyd", verdict(9, 6, 6), id="s1005")
    runs = [
        NamedRun("w1", a_class().rows),
        NamedRun("w2", graded_class(run_of(later), [later]).rows),
    ]
    rows, _ = combine(runs, "sum")
    (his,) = [row for row in rows if row.name == "Robert Floyd"]
    assert (his.is_pending, his.points, his.remarks) == (True, 6, (f"w1: {PENDING}",))
    assert "s1005" not in str(books(tuple(rows))["moodle.csv"])


def test_the_page_of_the_class_does_not_say_that_they_handed_in_nothing() -> None:
    page = class_page(a_class().rows[2:], [None, None], 7, {})
    assert "1 person handed in nothing" in page
    assert page.index('id="pending"') < page.index("Robert Floyd") < page.index('id="absent"')


def test_what_became_of_them_is_a_change() -> None:
    matched = submission("Robert Floyd", verdict(9, 5, 6), id="s1005")
    now = run_of(ADA, matched, absent=(DAN,))
    after = graded_class(replace(now, absent_as="zero"), [ADA, matched])
    said = [str(one) for one in changes_between(a_class(), after) if one.person != "Bob Floyd"]
    assert said[-1:] == ["Robert Floyd, total: none before, now 5 (a submission was matched)"]
    (bobs,) = [one for one in a_class().rows if one.result and one.name == "Bob Floyd"]
    same = replace(matched, key=bobs.result.key) if bobs.result else matched
    after = graded_class(replace(run_of(ADA, same, absent=(DAN,)), absent_as="zero"), [ADA, same])
    assert {one.person for one in changes_between(a_class(), after)} == {"Robert Floyd"}
    back = changes_between(after, a_class())
    assert {one.person for one in back} == {"Robert Floyd"}
    assert {one.why for one in back} == {"the submission is open again"}
    gone = graded_class(replace(now, absent=(BOB, DAN), absent_as="zero"), [ADA])
    said = [str(one) for one in changes_between(a_class(), gone) if one.person == "Robert Floyd"]
    assert said == [
        "Robert Floyd, total: none before, now 0 (no open submission may be theirs any more)"
    ]
