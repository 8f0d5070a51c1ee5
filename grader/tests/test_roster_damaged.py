"""A damaged list loses nobody: every row is a person, unless it certainly is none."""

from pathlib import Path

import pytest

from grader.classroom.list_submissions import list_submissions
from grader.classroom.roster import read_roster
from grader.tests.rosters import matching, names, nearest, somebody, written

LOST = "name;id;email\nAda Lovelace;s1;a@u.edu\n????;s2;b@u.edu\nJ?rgen M?ller;s3;\n?? ??;;\n"
ROUNDED = "name;id\nWei Li;1.23457E+11\nWei Li;1,23457E+11\nAda Lovelace;1.23457E+11\n"
TWINS = "name,id,group\nJohn Smith,,A\nJohn Smith,,A\n"


def test_names_that_an_encoding_has_destroyed_are_people(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, LOST))
    assert [one.name for one in roster.students] == [
        "Ada Lovelace",
        "s2",
        "J?rgen M?ller",
        "?? ??",
    ]
    assert roster.notes == ("3 names have lost letters, such as ???? (save it as CSV UTF-8)",)
    (match,) = matching(tmp_path, LOST, somebody("Bo", email="b@u.edu")).matches
    assert names(match) == ["s2"]


def test_numbers_that_a_spreadsheet_has_rounded_are_nobodys(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, ROUNDED))
    assert [one.name for one in roster.students] == ["Wei Li", "Wei Li", "Ada Lovelace"]
    assert {one.ids for one in roster.students} == {()}
    assert roster.notes[0] == (
        "3 rows have numbers that a spreadsheet has rounded, so they were not used, such as "
        "1.23457E+11 (export the column as text)"
    )


def test_equal_rows_without_an_id_are_two_people(tmp_path: Path) -> None:
    found = matching(tmp_path, TWINS, somebody("John Smith"))
    assert names(found.matches[0]) == [] and len(found.absent) == 2
    assert found.matches[0].reason == "2 students in the roster match this submission"


@pytest.mark.parametrize(
    ("second", "count"),
    [
        ("Ada Lovelace,7,x@u.edu", 1),
        ('"Lovelace, Ada",7,', 1),
        ("Ada Lovelace,,x@u.edu", 1),
        ("Ada Lovelace,8,x@u.edu", 2),  # the same address, but another number
        ("Ada King,7,x@u.edu", 2),
        ("????,7,x@u.edu", 2),
        (",7,x@u.edu", 2),
        ("Ada Lovelace,,", 2),
    ],
)
def test_one_person_is_the_same_name_and_the_same_id(
    tmp_path: Path, second: str, count: int
) -> None:
    rows = f"name,id,email\nAda Lovelace,7,x@u.edu\n{second}\n"
    roster = read_roster(written(tmp_path, rows))
    assert len(roster.students) == count
    twice = "1 row was taken as people listed twice: Ada Lovelace"
    assert (any(twice.split(":")[0] in note for note in roster.notes)) == (count == 1)


def test_an_id_that_several_people_have_is_told(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, "name,id\nAda,17\nBo,17\nCy,17\nDi,18\n"))
    assert roster.notes == ("3 people have the same ID 17: Ada, Bo, Cy",)
    pairs = "".join(f"A{n},{n}\nB{n},{n}\n" for n in range(5))
    roster = read_roster(written(tmp_path, "name,id\n" + pairs))
    assert roster.notes == ("10 people share an ID with somebody: A0, B0, A1 and 7 more",)
    (tmp_path / "week" / "Ada").mkdir(parents=True)
    roster = read_roster(written(tmp_path, "name,id\nAda,17\nBo,17\n"))
    problems = list_submissions(tmp_path / "week", roster).problems
    assert "2 people have the same ID 17: Ada, Bo" in problems


def test_whom_nothing_tells_apart_is_told(tmp_path: Path) -> None:
    notes = read_roster(written(tmp_path, TWINS)).notes
    assert notes == (
        "several people have one name and no ID of their own: John Smith (add a column that tells "
        "them apart)",
    )
    roster = "name,id\nJohn Smith,1\nJohn Smith,2\n????,3\n????,4\n"
    assert "no ID" not in str(read_roster(written(tmp_path, roster)).notes)


@pytest.mark.parametrize(
    "row",
    [
        "Total: 40 students,,",
        "Total,,",
        "Summe:,,40",
        "Anzahl der Studierenden: 40,,",
        "40 Teilnehmer/innen,,",
        "合计：40人,,",
    ],
)
def test_a_total_is_nobody(tmp_path: Path, row: str) -> None:
    roster = read_roster(written(tmp_path, f"name,id,points\nAda Lovelace,7,3\n{row}\n"))
    assert [one.name for one in roster.students] == ["Ada Lovelace"]
    assert roster.notes[0].startswith("1 row has a total and nobody's name: ")


@pytest.mark.parametrize("row", ["Total,8,", "Jo Total,,40", "Summer,,", "Tim 40,,", "40,,"])
def test_what_may_be_a_name_is_somebody(tmp_path: Path, row: str) -> None:
    roster = read_roster(written(tmp_path, f"name,id,points\nAda Lovelace,7,3\n{row}\n"))
    assert len(roster.students) == 2
    assert len(read_roster(written(tmp_path, "name\nAda\nTotal\n")).students) == 2


def test_a_name_with_a_comma_and_no_quotes_is_told(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, "name,id\nAda,7\nLiskov, Barbara,8\n"))
    assert roster.notes == (
        "1 row has more cells than there are titles: Liskov (put quotes around a name with a "
        "comma)",
    )


@pytest.mark.parametrize(
    "said",
    ["https://github.com/ada-l", "@ada-l", "github.com/Ada-L/", "http://www.github.com/ada-l/kata"],
)
def test_github_names_as_people_type_them(tmp_path: Path, said: str) -> None:
    roster = f"name,github_username\nAda Lovelace,{said}\nAda L,\n"
    (match,) = matching(tmp_path, roster, somebody("", github="ada-l")).matches
    assert (names(match), match.why) == (["Ada Lovelace"], "GitHub name")


@pytest.mark.parametrize(("identifier", "count"), [("John Smith", 2), ("s17", 1)])
def test_a_name_is_no_id_of_its_own(tmp_path: Path, identifier: str, count: int) -> None:
    titles = "identifier,github_username,github_id,name"
    roster = read_roster(written(tmp_path, f"{titles}\n" + f"{identifier},,,\n" * 2))
    assert len(roster.students) == count


def test_a_name_is_not_its_own_label(tmp_path: Path) -> None:
    titles = "identifier,github_username,github_id,name"
    rows = f"{titles}\nJohn Smith,jsmith,7,\nJohn Smith,smithj,8,\n"
    roster = read_roster(written(tmp_path, rows))
    labels = [roster.label(one) for one in roster.students]
    assert labels == ["John Smith (jsmith)", "John Smith (smithj)"]
    (match,) = matching(tmp_path, rows, somebody("John Smith")).matches
    assert nearest(match) == ["John Smith", "John Smith"]
