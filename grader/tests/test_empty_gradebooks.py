"""What a gradebook lacks is said once, and no column of one has another's title."""

import csv
import io

from grader.classroom.exports.gradebooks import as_gradebook, open_lines
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import class_rows
from grader.classroom.safe_copies import teacher_copy
from grader.tests.graded_people import submission, verdict


def handed_in(name: str, **columns: str) -> GradedSubmission:
    return teacher_copy(submission(name, verdict(9, 6, 6), **columns))


def head(*graded: GradedSubmission) -> list[str]:
    book = as_gradebook(class_rows(map(teacher_copy, graded), ()))
    return next(csv.reader(io.StringIO(book)))


def test_a_roster_without_ids_of_canvas_is_said_once() -> None:
    github = [
        handed_in(name, identifier=f"{name}@example.edu", github_username=f"{name}-gh")
        for name in ("ada", "bob")
    ]
    assert open_lines(class_rows(map(teacher_copy, github), ())) == [
        "canvas.csv is empty: the roster has no ID or SIS User ID or SIS Login ID that Canvas "
        "could find"
    ]


def test_a_class_from_moodle_is_not_told_about_canvas() -> None:
    ada = handed_in("ada", Identifier="Participant 17", email="ada@example.edu")
    assert open_lines(class_rows([teacher_copy(ada)], ())) == []


def test_the_gradebook_has_one_column_called_name() -> None:
    assert head(handed_in("Ada", id="17")).count("name") == 1
    other = submission("Ada", verdict(9, 6, 6))
    twin = GradedSubmission(
        "ada", "Ada", ({"name": "Lovelace, Ada"},), 7, "full", other.verdicts, ()
    )
    titles = head(twin)
    assert titles.count("name") == 1 and "name (roster)" in titles
