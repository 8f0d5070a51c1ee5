"""One map file for a whole term: a line never means another person's submission next week."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.classroom.list_submissions import Listing, list_submissions
from grader.classroom.roster import read_roster
from grader.errors import UsageError
from grader.tests.made_downloads import NINTH, write_folder
from grader.tests.rosters import written

ROSTER = "name,id\nWei Li,s1010\nWei Li,s1011\nRobert Floyd,s1012\nDan Ingalls,s1013\n"


def moodle(*people: str) -> list[str]:
    return [f"{one}_assignsubmission_file/{NINTH}" for one in people]


def canvas(*people: str) -> list[str]:
    return [f"{one}_55_{NINTH}" for one in people]


def listing(folder: Path, files: Sequence[str], lines: str = "", week: str = "week 1") -> Listing:
    """List a download of these files with this map file."""
    download = write_folder(folder / week, dict.fromkeys(files, b"x = 1\n"))
    map_file = written(folder, lines, "map.csv") if lines else None
    return list_submissions(download, read_roster(written(folder, ROSTER)), map_file)


def owners(found: Listing) -> dict[str, list[str]]:
    """Return the ids of those whom each submission belongs to."""
    return {one.name: [columns["id"] for columns in one.students] for one in found.entries}


@pytest.mark.parametrize(
    ("files", "bare"),
    [
        (moodle("Wei Li_700110", "Wei Li_700111"), "Wei Li"),
        (moodle("Wei Li_700110", "Wei Li_700111"), "Wei_Li"),
        (moodle("Wei Li_700111"), "Wei Li"),  # the other one handed in nothing
        (canvas("liwei_900110", "liwei_900111"), "liwei"),
        (canvas("liwei_900111"), "liwei"),
    ],
)
def test_a_name_that_two_people_have_is_refused(
    tmp_path: Path, files: list[str], bare: str
) -> None:
    with pytest.raises(UsageError, match=r"map.csv, line 1: 2 .* called .*: write .*i_\d+") as told:
        listing(tmp_path, files, f"{bare},s1010\n")
    assert "_700111" in str(told.value) or "_900111" in str(told.value)


def test_what_was_once_numbered_by_the_order_is_nobodys(tmp_path: Path) -> None:
    found = listing(tmp_path, moodle("Wei Li_700110", "Wei Li_700111"), "Wei_Li-2,s1011\n")
    assert set(map(tuple, owners(found).values())) == {()}
    assert found.notes[0].endswith(
        "map.csv: 1 line names a submission not in this download: Wei_Li-2"
    )


@pytest.mark.parametrize(
    "said",
    ["Wei Li_700111", "700111", "Wei Li_700111_assignsubmission_file", "wei li 700111"],
)
def test_a_number_in_moodles_names_says_which_one_it_is(tmp_path: Path, said: str) -> None:
    found = listing(tmp_path, moodle("Wei Li_700110", "Wei Li_700111"), f"{said},s1011\n")
    assert owners(found) == {"Wei Li_700110": [], "Wei Li_700111": ["s1011"]}


@pytest.mark.parametrize("said", ["liwei_900111", "900111", f"liwei_900111_55_{NINTH}"])
def test_canvas_ids_stay_the_same_all_term(tmp_path: Path, said: str) -> None:
    lines = f"{said},s1011\nliwei_900110,s1010\n"
    for week, files in enumerate([("liwei_900110", "liwei_900111"), ("liwei_900111",)]):
        found = owners(listing(tmp_path, canvas(*files), lines, f"week {week}"))
        assert found.get("liwei_900111") == ["s1011"]
        assert found.get("liwei_900110", ["s1010"]) == ["s1010"]


@pytest.mark.parametrize("said", ["Wei Li (submission_2)", "submission_2", "wei@home.example"])
def test_gradescopes_folders_and_addresses(tmp_path: Path, said: str) -> None:
    metadata = "".join(
        f"submission_{number}:\n  :submitters:\n  - :name: Wei Li\n    :email: {email}\n"
        for number, email in enumerate(("li@home.example", "wei@home.example"), 1)
    )
    files = [f"submission_{number}/{NINTH}" for number in (1, 2)]
    (tmp_path / "week 1").mkdir()
    (tmp_path / "week 1" / "submission_metadata.yml").write_text(metadata)
    with pytest.raises(UsageError, match=r"write Wei Li \(submission_1\) or Wei Li \(submiss"):
        listing(tmp_path, files, "Wei Li,s1010\n")
    found = owners(listing(tmp_path, files, f"{said},s1011\n"))
    assert found == {"Wei Li (submission_1)": [], "Wei Li (submission_2)": ["s1011"]}


def test_two_submissions_of_one_name_are_listed_with_their_numbers(tmp_path: Path) -> None:
    problems = listing(tmp_path, moodle("Wei Li_700110", "Wei Li_700111")).problems
    for number in ("700110", "700111"):
        assert f"Wei Li_{number} is open: 2 students" in str(problems)
    assert "are called" not in str(problems)


def test_lines_about_other_weeks_are_a_note(tmp_path: Path) -> None:
    lines = "Wei Li_700110,s1010\nBob Floyd,s1012\nWei Li_800220,s1010\nGone,s9999\n"
    found = listing(tmp_path, moodle("Wei Li_800220", "Wei Li_800221"), lines)
    assert owners(found)["Wei Li_800220"] == ["s1010"]
    (note,) = found.notes
    assert note.endswith(
        "map.csv: 3 lines name submissions not in this download: Wei Li_700110, Bob Floyd, Gone"
    )
    assert note in found.problems


def test_a_slip_in_the_name_of_an_open_submission_is_no_note(tmp_path: Path) -> None:
    files = moodle("Bob Floyd_700112")
    with pytest.raises(UsageError, match="called Bob Flyd: did you mean Bob Floyd?"):
        listing(tmp_path, files, "Bob Flyd,s1012\n")
    both = "Bob Flyd,s1012\nBob Floyd,s1012\n"
    assert len(listing(tmp_path, files, both).notes) == 1  # nothing is open any more


def test_a_download_with_names_alone_asks_each_time(tmp_path: Path) -> None:
    files = [f"Wei Li/{NINTH}", f"Bob Floyd/{NINTH}"]
    found = listing(tmp_path, files, "Wei Li,s1010\nBob Floyd,s1012\n")
    assert owners(found) == {"Wei Li": ["s1010"], "Bob Floyd": ["s1012"]}
    (note,) = found.notes
    assert "line 1: several people in the roster are called Wei Li" in note
    assert note.endswith("is it s1010's this time, too?")


def test_a_folder_and_an_archive_of_one_name(tmp_path: Path) -> None:
    files = [f"Bob Floyd/{NINTH}", "Bob Floyd.tar", f"Ada/{NINTH}"]
    with pytest.raises(UsageError, match=r"write Bob Floyd/ or Bob Floyd\.tar"):
        listing(tmp_path, files, "Bob Floyd,s1012\n")
    found = listing(tmp_path, files, "Bob Floyd.tar,s1012\n")
    assert owners(found) == {"Bob Floyd/": [], "Bob Floyd.tar": ["s1012"], "Ada": []}


def test_a_github_name_means_one_account(tmp_path: Path) -> None:
    files = [f"kata-{user}/.git/HEAD" for user in ("wei-li", "bobf")]
    found = listing(tmp_path, files, "wei-li,s1010\nbobf,s1012\n")
    assert owners(found) == {"wei-li": ["s1010"], "bobf": ["s1012"]}
    assert found.notes == ()


def test_the_names_of_result_folders_do_not_depend_on_who_else_handed_in(tmp_path: Path) -> None:
    one = listing(tmp_path, moodle("Wei Li_700110", "Wei Li_700111"))
    assert [entry.key for entry in one.entries] == ["Wei_Li_700110", "Wei_Li_700111"]
