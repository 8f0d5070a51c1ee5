"""No grade reaches the wrong person: the gradebooks, read by the rules of Moodle and Canvas."""

import pytest

from grader.classroom.exports.gradebooks import as_moodle, open_lines
from grader.classroom.grades.class_rows import class_rows
from grader.tests.importers import canvas_importer, moodle_importer
from grader.tests.importers.canvas_importer import CanvasUser
from grader.tests.importers.made_rows import TITLE, canvas, files, handed_in, moodle, table
from grader.tests.importers.moodle_importer import VERSIONS, MoodleUser, Version

# The accounts of a Moodle site; 1 and 2 are the guest and the administrator, without an idnumber.
SITE = [
    MoodleUser(1, "guest"),
    MoodleUser(2, "admin", email="admin@uni.example"),
    MoodleUser(3, "ada", "0017", "Ada.Lovelace@UNI.example"),
    MoodleUser(4, "kim1", "18", "kim1@uni.example"),
    MoodleUser(5, "kim2", "", "kim2@uni.example"),
    MoodleUser(6, "quote", "1.5", "o'neil@uni.example"),
    MoodleUser(7, "absent", "20", "absent@uni.example"),
    MoodleUser(8, "formula", "21", "formula@uni.example"),
    MoodleUser(9, "zero", "0", "zero@uni.example"),
]
CLASS = [
    handed_in("Ada Lovelace_1_file", 1, moodle("Ada Lovelace", "ada", "0017", SITE[2].email)),
    handed_in("nobody", 2, problem='Nothing in the roster is like "nobody\\".'),
    handed_in("Kim Lee", 3, moodle("Kim Lee", "kim1", "18", "kim1@uni.example")),
    handed_in("Kim Lee-2", 4, moodle("Kim Lee", "kim2", "", "kim2@uni.example")),
    handed_in("pair", 5, moodle('O"Neil\nJr, Sr', "quote", "1.5", "o'neil@uni.example")),
    handed_in("=HYPERLINK()", 6, moodle("=HYPERLINK() x", "formula", "21", SITE[7].email)),
    handed_in("zero", 7, moodle("Zero Zoe", "zero", "0", "zero@uni.example")),
    handed_in("ghost\\", 8, problem="no student in the roster matches this submission\\"),
]
ABSENT = (moodle("Abby Absent", "absent", "20", "absent@uni.example"),)
OWN = {3: 1, 4: 3, 5: 4, 6: 5, 8: 6, 9: 7}  # the points of each account


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("column", ["username", "email"])
def test_moodle_gives_each_account_its_own_points(version: Version, column: str) -> None:
    written = files(class_rows(CLASS, ABSENT))["moodle.csv"]
    done = moodle_importer.import_grades(written, SITE, column, version)
    assert done.aborted == ""
    assert {user: grade for user, grade in done.grades.items() if grade is not None} == OWN
    assert done.grades[7] is None and done.feedback[7] == "Nothing was handed in"
    assert done.feedback[3].startswith("1 of 99 points")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_column_in_which_somebody_has_nothing_is_not_offered(version: Version) -> None:
    """With it, Kim's points would go to the row before, or to any account without an idnumber."""
    written = files(class_rows(CLASS, ABSENT))["moodle.csv"]
    assert list(table(written)[0]) == ["username", "email", TITLE, "feedback"]
    as_before = ["username,idnumber,grade,feedback", "ada,0017,1,", "kim2,,4,", "zero,0,7,"]
    text = "\n".join(as_before).encode()
    done = moodle_importer.import_grades(text, SITE, "idnumber", version)
    if version == "to 5.0":
        assert done.grades == {3: 7}  # Ada got Kim's points, and then Zoe's
    else:
        assert "2 users" in done.aborted or "3 users" in done.aborted


@pytest.mark.parametrize("version", VERSIONS)
def test_the_model_of_moodle_refuses_what_moodle_refuses(version: Version) -> None:
    def aborted(text: str) -> str:
        return moodle_importer.import_grades(text.encode(), SITE, "username", version).aborted

    assert "not found" in aborted("username,grade,feedback\nwho,1,\n") or version == "from 5.1"
    assert aborted("username,grade,feedback\n,1,\n")
    assert aborted("username,grade,feedback\nada,1\n") == (
        "the number of columns is not the same in each row"
    )
    assert "above" in aborted("username,grade,feedback\nada,101,\n")
    assert "not a grade" in aborted("username,grade,feedback\nada,one,\n")
    # A `\` before the quote that ends a cell makes PHP read on.
    assert "columns" in aborted('username,grade,feedback\nada,1,"a, b\\"\nkim1,2,"c, d"\n')


@pytest.mark.parametrize("version", VERSIONS)
def test_a_backslash_in_a_problem_does_not_swallow_the_next_row(version: Version) -> None:
    problem = 'files "a\\", "b\\"'
    people = class_rows(
        [
            handed_in("Ada", 1, moodle("Ada L", "ada"), problem=problem),
            handed_in("Kim", 3, moodle("Kim L", "kim1"), problem=problem),
        ],
        (),
    )
    done = moodle_importer.import_grades(
        as_moodle(people, "back\\slash, quote").encode(), SITE, "username", version
    )
    assert (done.aborted, done.grades) == ("", {3: 1, 4: 3})


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("username", ["=ada", "-ada", "@ada", "+1", "a\\", 'a"b', "0", ""])
def test_an_id_that_moodle_would_not_find_is_left_out_and_never_changed(
    version: Version, username: str
) -> None:
    people = class_rows(
        [handed_in("a", 1, moodle("A B", username)), handed_in("Kim", 3, moodle("Kim L", "kim1"))],
        (),
    )
    site = [*SITE, MoodleUser(20, username, email="a@b.example")] if username else SITE
    written = files(people)
    done = moodle_importer.import_grades(written["moodle.csv"], site, "username", version)
    assert (done.aborted, done.grades) == ("", {4: 3})
    (row,) = table(written["open.csv"])
    assert row["submission"] == "a" and row["not in"].startswith("moodle.csv")
    assert row["reason"].startswith("the roster has no username that Moodle could find")


@pytest.mark.parametrize("version", VERSIONS)
def test_two_people_with_one_id_are_both_left_out(version: Version) -> None:
    """MySQL takes "René" and "rene" for the same."""
    people = class_rows(
        [
            handed_in("a", 1, moodle("A B", "rené")),
            handed_in("b", 2, moodle("B C", "RENE")),
            handed_in("Kim", 3, moodle("Kim L", "kim1")),
        ],
        (),
    )
    written = files(people)
    site = [*SITE, MoodleUser(20, "rené"), MoodleUser(21, "rene")]
    done = moodle_importer.import_grades(written["moodle.csv"], site, "username", version)
    assert (done.aborted, done.grades) == ("", {4: 3})
    assert [row["submission"] for row in table(written["open.csv"])] == ["a", "b"]


def test_without_an_id_for_everybody_the_column_with_the_most_is_used() -> None:
    rows = [
        handed_in("a", 1, moodle("A", "ada")),
        handed_in("b", 2, moodle("B", "kim1", "18")),
        handed_in("c", 3, moodle("C", "", "20")),
    ]
    written = files(class_rows(rows, ()))
    assert [row["username"] for row in table(written["moodle.csv"])] == ["ada", "kim1"]
    assert [row["submission"] for row in table(written["open.csv"])] == ["c"]


COURSE = [
    CanvasUser(17, "Ada Lovelace", "Lovelace, Ada", "S-17", "ada"),
    CanvasUser(18, "Kim Lee", "Lee, Kim", "0018", "kim1"),
    CanvasUser(19, "Kim Lee", "Lee, Kim", "0019", "kim2"),
    CanvasUser(20, "=HYPERLINK() x", "x, =HYPERLINK()", "S-20", "formula"),
    CanvasUser(21, 'Jim "Jr" O\'Neil', 'O\'Neil, Jim "Jr"', "S-21", "jim@UNI.example"),
    CanvasUser(22, "Abby Absent", "Absent, Abby", "S-22", "abby"),
    CanvasUser(23, "nobody", "nobody", "S-23", "nobody"),
    CanvasUser(24, "Dot Ty", "Ty, Dot", "1.2.3", "dot"),
    CanvasUser(26, "Bot Ty", "Ty, Bot", "12.3", "bot"),  # as Canvas reads Dot's SIS User ID
    CanvasUser(25, "Stale Sue", "Sue, Stale", "S-25", "sue"),
]
CANVAS_CLASS = [
    handed_in("lovelaceada_17_5", 1, canvas("Lovelace, Ada", "17")),
    handed_in("kim", 2, canvas("Lee, Kim", "", "0018")),
    handed_in("kim-2", 3, canvas("Lee, Kim", "19", "0019", "kim2")),
    handed_in("formula", 4, canvas("x, =HYPERLINK()", "20")),
    handed_in("jim", 5, canvas('O\'Neil, Jim "Jr"\n', "", "", "jim@UNI.example")),
    handed_in("nobody", 6),  # whom Canvas would find by name
    handed_in("twin left the course", 7, canvas("Lee, Kim", "99")),
    handed_in("cut", 8, canvas("Cut Number", "17b")),
    handed_in("points", 9, canvas("Dot Ty", "", "1.2.3", "dot")),
    handed_in("stale", 10, canvas("Sue, Stale", "98")),
]
CANVAS_ABSENT = (canvas("Absent, Abby", "22"),)


def test_canvas_gives_each_student_their_own_points() -> None:
    written = files(class_rows(CANVAS_CLASS, CANVAS_ABSENT))
    done = canvas_importer.import_grades(written["canvas.csv"], COURSE)
    assert done.aborted == ""
    assert done.grades == {
        17: "1",
        18: "2",
        19: "3",
        20: "4",
        21: "5",
        22: "",
        24: "9",
        25: "10",  # who has another number now, but the only one of that name
    }
    assert done.unknown == ["Lee, Kim (99)"]  # about whom Canvas asks the teacher
    assert (done.title, done.points_possible) == (TITLE, "99")


def test_who_is_not_in_canvas_csv_is_listed_apart_with_the_reason() -> None:
    written = files(class_rows(CANVAS_CLASS, CANVAS_ABSENT))
    first, second = table(written["open.csv"])
    assert (first["hand-in"], first["points"], first["not in"]) == ("nobody", "6", "canvas.csv")
    assert first["reason"] == "no student in the roster matches this submission"
    assert first["nearest in the roster"] == "Norah Boddy; Nob"
    assert second["reason"] == (
        "the roster has no ID or SIS User ID or SIS Login ID that Canvas could find"
    )


def test_the_model_of_canvas_gives_points_to_the_wrong_person_where_canvas_does() -> None:
    head = "Student,ID,SIS User ID,SIS Login ID,Section,Kata\n    Points Possible,,,,,9\n"

    def imported(row: str) -> dict[int, str]:
        return canvas_importer.import_grades((head + row).encode(), COURSE).grades

    assert imported("nobody,,,,,6\n") == {23: "6"}
    assert imported("Cut Number,17b,,,,8\n") == {17: "8"}
    assert imported('"Lee, Kim",99,,,,7\n') == {18: "7"}
    assert imported("Dot Ty,,1.2.3,dot,,9\n") == {26: "9"}
    assert canvas_importer.import_grades(b"Name,ID,a,b\n", COURSE).aborted == "invalid header row"


def test_every_gradebook_opens_as_utf_8_in_excel() -> None:
    written = files(class_rows(CANVAS_CLASS, CANVAS_ABSENT))
    assert len(written) == 4
    for text in written.values():
        assert text.startswith(b"\xef\xbb\xbf") and text.count(b"\xef\xbb\xbf") == 1


def test_a_university_s_number_is_never_taken_for_canvas_s_own() -> None:
    people = class_rows([handed_in("a", 1, {"name": "Somebody Else", "id": "17"})], ())
    written = files(people)["canvas.csv"]
    assert canvas_importer.import_grades(written, COURSE).grades == {}
    course = [*COURSE, CanvasUser(40, "Somebody Else", "Else, Somebody", "17")]
    assert canvas_importer.import_grades(written, course).grades == {40: "1"}


def test_names_of_semicolons_do_not_change_how_canvas_reads_the_file() -> None:
    rows = [handed_in(str(n), n, canvas("a; b; c; d; e; f; g; h", str(n))) for n in (17, 18)]
    written = files(class_rows(rows, ()))["canvas.csv"]
    assert canvas_importer.import_grades(written, COURSE).grades == {17: "17", 18: "18"}


def test_the_terminal_names_who_is_missing_in_the_systems_that_the_class_uses() -> None:
    assert open_lines(class_rows(CANVAS_CLASS, CANVAS_ABSENT)) == [
        "2 submissions are not in canvas.csv: nobody, cut"
    ]
    assert open_lines(class_rows(CLASS, ABSENT)) == [
        "2 submissions are not in moodle.csv and canvas.csv: nobody, ghost\\"
    ]
    nameless = class_rows([handed_in("a", 1, {"name": "Ada"})], ())
    assert open_lines(nameless) == ["1 submission is not in moodle.csv and canvas.csv: a"]
    assert open_lines(class_rows([handed_in("a", 1)], ())) == [
        "moodle.csv and canvas.csv are empty: --roster FILE says who is who"
    ]
    many = class_rows([*(handed_in(f"n{n}", n) for n in range(9)), CLASS[0]], ())
    assert open_lines(many) == [
        "9 submissions are not in moodle.csv and canvas.csv: n0, n1, n2, n3, n4 and 4 more"
    ]


def test_everybody_in_a_group_and_everybody_absent_has_a_row() -> None:
    pair = handed_in("pair", 5, moodle("Ada L", "ada"), moodle("Kim L", "kim1"))
    people = class_rows([pair], ABSENT)
    written = files(people)
    assert [row["username"] for row in table(written["moodle.csv"])] == ["ada", "kim1", "absent"]
    rows = table(written["gradebook.csv"])
    assert [(row["submission"], row["total"]) for row in rows] == [
        ("pair", "5"),
        ("pair", "5"),
        ("", ""),
    ]
    assert rows[2]["problems"] == "nothing was handed in"
