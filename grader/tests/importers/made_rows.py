"""People of a class, each with points that say whose they are, and the files written for them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from grader.classroom.exports.class_files import gradebook_files
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.safe_copies import TeacherCopy, teacher_copy
from grader.tests.nasty_class import submission
from grader.verdict import StageVerdict, TestVerdict

Columns = dict[str, str]
TITLE = "Llama 3 kata"


def handed_in(name: str, points: int, *students: Columns, problem: str = "") -> TeacherCopy:
    """Return a graded submission with some points, so that every grade says whose it is."""
    tests = (TestVerdict("test_one", "sample", "passed", points, 99),)
    one = submission(name, name)
    problems = (problem,) if problem else ()
    verdicts = (StageVerdict(9, "rms_norm", tests),)
    return teacher_copy(
        replace(one, students=students, verdicts=verdicts, problems=problems, hand_in=name)
    )


def moodle(name: str, username: str = "", idnumber: str = "", email: str = "") -> Columns:
    first, _, last = name.partition(" ")
    return {
        "First name": first,
        "Last name": last,
        "Username": username,
        "ID number": idnumber,
        "Email address": email,
    }


def canvas(name: str, number: str = "", sis: str = "", login: str = "") -> Columns:
    ids = {"ID": number, "SIS User ID": sis, "SIS Login ID": login}
    return {"Student": name, **ids, "Section": "Lecture, Monday"}


def files(people: Sequence[ClassRow]) -> dict[str, bytes]:
    made = gradebook_files(people, TITLE, {"nobody": ("Norah Boddy", "Nob")}).files
    return {name: text.encode() for name, text in made.items() if isinstance(text, str)}


def table(contents: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(contents.decode("utf-8-sig"))))
