"""The page that each person gets back, and the folder to send the pages from by mail."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.classroom.exports.csv_text import BOM, Row, as_csv, starts_formula
from grader.classroom.exports.html_pages import submission_page
from grader.classroom.exports.identities import email_of
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.safe_copies import StudentCopy, student_copy
from grader.classroom.submission_names import distinct_keys


@dataclass(frozen=True)
class Feedback:
    """What one person gets back: everybody in a group gets their own."""

    row: ClassRow
    copy: StudentCopy  # of the submission
    file: str  # the name of their page, unique in the class
    page: str


def feedback_files_of(people: Sequence[ClassRow]) -> list[str]:
    """Return the name of each row's page, unique in the class; '' for a row that gets none."""
    gets_one = [bool(row.result and row.columns) for row in people]
    named = [row.name.replace(",", "") for row, has in zip(people, gets_one, strict=True) if has]
    keys = iter(distinct_keys(named))
    return [f"{next(keys)}.html" if has else "" for has in gets_one]


def feedback_of(people: Sequence[ClassRow]) -> tuple[Feedback, ...]:
    """Return the feedback for everybody who has handed in and is in the roster."""
    made = []
    for row, file in zip(people, feedback_files_of(people), strict=True):
        if row.result and file:
            copy = student_copy(row.result)
            page = submission_page(copy, row.total, row.remarks)
            made.append(Feedback(row, copy, file, page))
    return tuple(made)


def as_mail_merge(feedback: Sequence[Feedback]) -> str:
    """Return a CSV for a mail merge: name, address, the page to attach, points."""
    rows: list[Row] = [["name", "email", "file", "points"]]
    for one in feedback:
        email = email_of(one.row.columns)
        points = "" if one.row.points is None else one.row.points
        rows.append([one.row.name, "" if starts_formula(email) else email, one.file, points])
    return BOM + as_csv(rows)
