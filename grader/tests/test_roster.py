"""Which submission belongs to whom, for rosters written by course systems and teachers."""

import pytest

from grader.classroom.list_submissions import Listing, list_submissions
from grader.classroom.roster import read_roster
from grader.errors import UsageError
from grader.tests.made_submissions import Class, a_class

__all__ = ["a_class"]

PLAIN = "name,id,email\nJane Doe,j1,jane@uni.edu\nZoë Li,z2,zoe@uni.edu\n"
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
    '"Doe, Jane",1201,s-77,jdoe,A\n"Li, Zoë",1202,s-78,zli,A\n'
)
MOODLE = "username;email;idnumber\njdoe;jane@uni.edu;j1\nzli;zoe@uni.edu;z2\n"
MOODLE_USERS = "First name,Last name,Email address\nJane,Doe,jane@uni.edu\nZoë,Li,zoe@uni.edu\n"


def listed(a_class: Class, roster: str | bytes, *submissions: str) -> Listing:
    """List folders with these names, matched with a roster."""
    for name in submissions:
        (a_class.collected / name).mkdir()
    path = a_class.collected.parent / "outside"
    path.write_bytes(roster if isinstance(roster, bytes) else roster.encode())
    return list_submissions(a_class.collected, read_roster(path))


@pytest.mark.parametrize(
    ("roster", "name"),
    [
        (PLAIN, "Jane Doe"),
        (PLAIN, "jane_doe"),
        (PLAIN, "J1"),
        (PLAIN, "jane@uni.edu"),
        (CANVAS, "Jane Doe"),
        (CANVAS, "Doe, Jane"),
        (CANVAS, "1201"),
        (CANVAS, "S-77"),
        (CANVAS, "jdoe"),
        (MOODLE, "jdoe"),
        (MOODLE, "j1"),
        (MOODLE, "jane@uni.edu"),
        (MOODLE_USERS, "Jane Doe"),
        ("\ufeff" + PLAIN, "Jane Doe"),
        (PLAIN.replace("\n", "\r\n").replace(",", ";"), "Jane Doe"),
        (PLAIN + PLAIN.partition("\n")[2], "Jane Doe"),
    ],
)
def test_a_student_is_found(a_class: Class, roster: str, name: str) -> None:
    listing = listed(a_class, roster, name)
    (entry,) = listing.entries
    assert any("jane" in value.lower() or value == "jdoe" for value in entry.students[0].values())
    assert (entry.name, entry.problems) == (name, ())
    assert listing.problems[-1].startswith("no submission from ")
    twice = ["2 rows were taken as people listed twice: Jane Doe, Zoë Li"]
    assert [*listing.problems[:-1]] == (twice if roster.count("Jane Doe") == 2 else [])


def test_the_columns_are_kept_as_they_are(a_class: Class) -> None:
    (entry,) = listed(a_class, CANVAS, "jdoe").entries
    titles = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    row = ("Doe, Jane", "1201", "s-77", "jdoe", "A")
    assert entry.students == (dict(zip(titles, row, strict=True)),)


def test_other_forms_of_the_same_letters(a_class: Class) -> None:
    listing = listed(a_class, PLAIN, "ZOE\u0308 LI", "jane doe")
    assert {entry.students[0]["id"] for entry in listing.entries} == {"j1", "z2"}
    assert listing.problems == ()


def test_those_without_a_submission(a_class: Class) -> None:
    listing = listed(a_class, PLAIN + "A\x1b[31m,,\n", "j1")
    assert listing.problems == ("no submission from Zoë Li", "no submission from A\\x1b[31m")


def test_a_submission_that_matches_nobody(a_class: Class) -> None:
    (entry,) = listed(a_class, PLAIN, "Joe").entries
    assert entry.students == ()
    assert entry.problems == ("no student in the roster matches this submission's name",)


def test_a_submission_that_matches_two_students(a_class: Class) -> None:
    (entry,) = listed(a_class, PLAIN + "Jane Doe,j3,other@uni.edu\n", "jane doe").entries
    assert entry.students == ()
    assert entry.problems == ("2 students in the roster match this submission",)


def test_two_submissions_that_match_one_student(a_class: Class) -> None:
    listing = listed(a_class, PLAIN, "j1", "jane doe", "z2")
    line = "another submission matches the same student"
    assert [entry.problems for entry in listing.entries] == [(line,), (line,), ()]
    assert [[one["id"] for one in entry.students] for entry in listing.entries] == [[], [], ["z2"]]
    assert listing.problems == (
        f"j1 is open: {line}; nearest: Jane Doe",
        f"jane doe is open: {line}; nearest: Jane Doe",
    )
    assert [one.key for one in listing.open] == ["j1", "jane_doe"]
    assert [one["id"] for one in listing.pending] == ["j1"]


def test_uneven_lines(a_class: Class) -> None:
    roster = "name,id\nJane Doe\nJoe,2,more,and more\n"
    listing = listed(a_class, roster, "jane doe", "2")
    assert [entry.students for entry in listing.entries] == [
        ({"name": "Joe", "id": "2"},),
        ({"name": "Jane Doe", "id": ""},),
    ]


def test_test_students_never_appear(a_class: Class) -> None:
    roster = CANVAS + '"Student, Test",1300,,f3,A\n'
    listing = listed(a_class, roster, "Test Student", "jdoe")
    assert [entry.name for entry in listing.entries] == ["jdoe"]
    assert listing.problems == ("no submission from Li, Zoë",)


def test_a_test_student_alone_is_no_class(a_class: Class) -> None:
    roster = CANVAS + '"Student, Test",1300,,f3,A\n'
    with pytest.raises(UsageError, match="only the course system's test student"):
        listed(a_class, roster, "1300")


def test_without_a_roster_nothing_is_open(a_class: Class) -> None:
    (a_class.collected / "jane").mkdir()
    listing = list_submissions(a_class.collected)
    assert (listing.open, listing.absent, listing.problems) == ((), (), ())
