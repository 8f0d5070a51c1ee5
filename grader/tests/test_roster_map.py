"""The map file, in which a teacher decides whose a submission is."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom.hand_in import HandIn
from grader.classroom.roster import read_roster
from grader.classroom.roster.handles import Handles
from grader.classroom.roster.mapping import map_rows, read_map
from grader.classroom.roster.match import Matching, match_hand_ins
from grader.errors import UsageError
from grader.tests.rosters import handed_in, names, somebody, written

ROSTER = (
    "name,id,email\nJane Doe,j1,jane@uni.edu\nZoë Li,z2,zoe@uni.edu\nAda Byron,a3,\nAda Byron,a4,\n"
)
SUBMISSIONS = "janey", "the zoe", "Ada Byron", "bob", "Bob", "bob"


def a_download(submissions: Sequence[str]) -> list[HandIn]:
    """Return submissions with these names, each in a file of its own."""
    return [
        replace(handed_in(somebody(name)), handle=f"{name}_{number}.zip")
        for number, name in enumerate(submissions)
    ]


def decided(folder: Path, lines: str | bytes, submissions: Sequence[str] = SUBMISSIONS) -> Matching:
    """Match submissions with these names, with the help of a map file."""
    roster = read_roster(written(folder, ROSTER))
    each = a_download(submissions)
    path = written(folder, lines, "map.csv")
    return match_hand_ins(roster, each, read_map(path, each, roster).decided)


@pytest.mark.parametrize("who", ["Jane Doe", "doe, JANE", "j1", "JANE@uni.edu"])
@pytest.mark.parametrize(
    "header", ["", "submission,person\n", "sep=,\n", "\ufeffSubmission,Person\n"]
)
def test_a_line_decides(tmp_path: Path, header: str, who: str) -> None:
    found = decided(tmp_path, f'{header}janey,"{who}"\n\nthe zoe,z2,a note\n')
    assert [names(one) for one in found.matches[:2]] == [["Jane Doe"], ["Zoë Li"]]
    assert (found.matches[0].why, found.matches[0].reason) == ("map file", "")


def test_what_excel_saves_is_read(tmp_path: Path) -> None:
    found = decided(tmp_path, "submission;person\r\nthe zoe;Zoë Li\r\n".encode("cp1252"))
    assert names(found.matches[1]) == ["Zoë Li"]


def test_several_lines_make_a_group(tmp_path: Path) -> None:
    found = decided(tmp_path, "janey,j1\njaney,z2\n")
    assert names(found.matches[0]) == ["Jane Doe", "Zoë Li"]


def test_a_decision_counts_more_than_what_a_machine_finds(tmp_path: Path) -> None:
    found = decided(tmp_path, "second,j1\n", ["Jane Doe", "second"])
    first, second = found.matches
    assert (names(first), names(second)) == ([], ["Jane Doe"])
    assert first.reason == "the map file gives its student another submission"
    found = decided(tmp_path, "Jane Doe,z2\n", ["Jane Doe"])
    assert names(found.matches[0]) == ["Zoë Li"]
    assert "Jane Doe" in [one.name for one in found.absent]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("janey,Jane Do\n", "line 1: nobody in .* the name or id Jane Do; nearest: Jane Doe"),
        ("janey,xyzzy\n", "line 1: nobody in the roster has the name or id xyzzy$"),
        ("janey,Ada Byron\n", "line 1: Ada Byron: 2 people in the roster .*: write another id"),
        ("janey,\n", "line 1: whose is it"),
        ("janey\n", "line 1: whose is it"),
        ("janey,j1\n\nthe zoe,Jane Doe\n", "line 3: Jane Doe has another line already, for janey"),
        ("bob,j1\n", "line 1: 2 submissions are called bob: write bob_3.zip or bob_5.zip"),
        ("janey,\x1b[31m\n", r"line 1: nobody in .* the name or id \\x1b\[31m"),
        ("submission,person\njaney,x" + "y" * 500 + "\n", "line 2: nobody in the .* xyy"),
    ],
)
def test_a_line_that_fits_nothing_is_named(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(UsageError, match=rf"map\.csv, {said}") as raised:
        decided(tmp_path, lines)
    assert len(str(raised.value)) < 500


def test_the_lines_that_are_offered_can_be_read_back(tmp_path: Path) -> None:
    submissions = ["janey", "=cmd()", "bob", "bob", "a\x1b[31m", "Zoe, L."]
    roster = read_roster(written(tmp_path, ROSTER))
    jane, zoe, ada, other = roster.students
    likely = [(0, [jane, zoe]), (1, [other, zoe]), (3, [ada, other]), (4, []), (5, [zoe])]
    rows = map_rows(Handles(a_download(submissions), roster.students), likely, roster)
    assert rows == [
        ["janey", "Jane Doe"],
        ["cmd", "a4"],
        ["bob_3.zip", ""],
        ["a__31m", ""],
        ["Zoe, L.", "Zoë Li"],
    ]
    lines = 'submission,person\njaney,Jane Doe\ncmd,a4\nbob_3.zip,a3\n"Zoe, L.",Zoë Li\n'
    found = decided(tmp_path, lines, submissions)
    assert [len(one.students) for one in found.matches] == [1, 1, 0, 1, 0, 1]


def test_somebody_who_fits_two_submissions_is_filled_in_for_neither(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, ROSTER))
    jane = roster.students[0]
    handles = Handles(a_download(["a", "b"]), roster.students)
    assert map_rows(handles, [(0, [jane]), (1, [jane])], roster) == [["a", ""], ["b", ""]]


def test_lines_about_submissions_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "janey,j1\n\x1b[31m,z2\n" + "x" * 500 + ",gone\n", "map.csv")
    found = read_map(path, a_download(SUBMISSIONS), read_roster(written(tmp_path, ROSTER)))
    assert found.decided == {0: frozenset([0])}
    (note,) = found.notes_on(path, ["the zoe"])
    assert "2 lines name submissions not in this download: \\x1b[31m, xxx" in note
    assert len(note) < 500
