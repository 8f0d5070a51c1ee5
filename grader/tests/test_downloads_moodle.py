"""Moodle's downloads are recognized, unpacked or not, and each file gets to its person."""

import pytest

from grader.tests.made_downloads import (
    ADA,
    FIRST,
    GRACE,
    NINTH,
    Given,
    found_in,
    given,
    problems_of,
    texts_in,
    zipped,
)

__all__ = ["given"]


@pytest.mark.parametrize("end", ["", "_"])  # Moodle 4 and later; before
def test_folders(given: Given, end: str) -> None:
    download = given(
        {
            f"Ada Lovelace_41001_assignsubmission_file{end}/exercises/{FIRST}": ADA,
            f"Grace Hopper_41002_assignsubmission_file{end}/{NINTH}": GRACE,
        }
    )
    assert (download.kind, download.problems) == ("Moodle download", ())
    people = [one.people[0] for one in download.hand_ins]
    assert [one.name for one in people] == ["Ada Lovelace", "Grace Hopper"]
    assert [one.ids for one in people] == [(("participant", "41001"),), (("participant", "41002"),)]
    assert texts_in(download) == {"Ada Lovelace": {FIRST: ADA}, "Grace Hopper": {NINTH: GRACE}}
    assert all(problems_of(one) == [] for one in download.hand_ins)


def test_flat_files(given: Given) -> None:
    download = given(
        {
            f"Ada Lovelace_41001_assignsubmission_file_{FIRST}": ADA,
            f"Ada Lovelace_41001_assignsubmission_file_{NINTH}": ADA,
            "Ada Lovelace_41001_assignsubmission_file_notes.txt": b"",
            "Grace Hopper_41002_assignsubmission_file_my kata.zip": zipped({NINTH: GRACE}),
        }
    )
    assert download.kind == "Moodle download"
    assert texts_in(download) == {
        "Ada Lovelace": {FIRST: ADA, NINTH: ADA},
        "Grace Hopper": {NINTH: GRACE},
    }
    assert all(problems_of(one) == [] for one in download.hand_ins)


def test_an_archive_in_a_folder(given: Given) -> None:
    packed = zipped({f"kata/exercises/{FIRST}": ADA})
    download = given(
        {
            "Ada Lovelace_41001_assignsubmission_file/kata.zip": packed,
            "Grace Hopper_41002_assignsubmission_file/kata.zip": zipped({NINTH: GRACE}),
        }
    )
    assert texts_in(download) == {"Ada Lovelace": {FIRST: ADA}, "Grace Hopper": {NINTH: GRACE}}


def test_two_of_one_name_have_numbers_of_their_own(given: Given) -> None:
    download = given(
        {
            f"Ada Lovelace_41001_assignsubmission_file/{FIRST}": ADA,
            f"Ada Lovelace_41002_assignsubmission_file/{FIRST}": GRACE,
        }
    )
    assert [one.people[0].ids for one in download.hand_ins] == [
        (("participant", "41001"),),
        (("participant", "41002"),),
    ]
    assert [one.people[0].name for one in download.hand_ins] == ["Ada Lovelace"] * 2


def test_an_online_text_belongs_to_the_same_person(given: Given) -> None:
    download = given(
        {
            f"Ada Lovelace_41001_assignsubmission_file/{FIRST}": ADA,
            "Ada Lovelace_41001_assignsubmission_onlinetext/onlinetext.html": b"<p>Done",
            "Grace Hopper_41002_assignsubmission_onlinetext_onlinetext.html": b"<p>My code is",
        }
    )
    ada, grace = download.hand_ins
    assert (ada.name, problems_of(ada)) == ("Ada Lovelace", [])
    assert problems_of(grace)[0] == "Moodle has an online text and no file"


@pytest.mark.parametrize(
    "word", ["Participant", "Teilnehmerin", "Participante", "Участник", "參與者"]
)
def test_blind_marking(given: Given, word: str) -> None:
    download = given(
        {
            f"{word}_41064_assignsubmission_file/{FIRST}": ADA,
            f"{word} 41065_assignsubmission_file/{FIRST}": GRACE,
        }
    )
    assert download.kind == "Moodle download (blind marking)"
    assert [one.name for one in download.hand_ins] == [f"{word} 41064", f"{word} 41065"]
    assert [one.people[0].name for one in download.hand_ins] == ["", ""]
    assert [one.people[0].ids[0][1] for one in download.hand_ins] == ["41064", "41065"]


def test_blind_marking_in_a_language_nobody_thought_of(given: Given) -> None:
    folders = {f"Mshiriki_{number}_assignsubmission_file/{FIRST}": ADA for number in (5, 6, 7)}
    download = given(folders)
    assert download.kind == "Moodle download (blind marking)"
    assert [one.people[0].name for one in download.hand_ins] == ["", "", ""]


def test_groups(given: Given) -> None:
    download = given(
        {
            f"Group A_17_assignsubmission_file/{FIRST}": ADA,
            f"Default group_assignsubmission_file/{FIRST}": GRACE,
        }
    )
    assert [one.name for one in download.hand_ins] == ["Default group", "Group A"]
    assert download.hand_ins[0].people[0].ids == ()


def test_underscores_that_a_program_has_put_for_spaces(given: Given) -> None:
    download = given({f"Ada_Lovelace_41001_assignsubmission_file_/{FIRST}": ADA})
    assert download.hand_ins[0].people[0].name == "Ada Lovelace"


def test_another_folder_around_it(given: Given) -> None:
    download = given({f"week 3/Ada Lovelace_41001_assignsubmission_file/{FIRST}": ADA})
    assert download.kind == "Moodle download"
    assert texts_in(download) == {"Ada Lovelace": {FIRST: ADA}}


def test_what_is_not_like_the_rest_is_said(given: Given) -> None:
    download = given(
        {
            f"Ada Lovelace_41001_assignsubmission_file/{FIRST}": ADA,
            f"Alan Turing_41003_assignsubmission_file/{FIRST}": ADA,
            f"Grace by mail/{FIRST}": GRACE,
            "grades.csv": b"",
            ".DS_Store": b"",
        }
    )
    assert download.kind == "Moodle download"
    assert texts_in(download)["Grace by mail"] == {FIRST: GRACE}
    assert download.problems == (
        "Grace by mail isn't named like the rest of the Moodle download: graded under this name",
        "grades.csv was not recognized as part of the Moodle download: ignored",
    )


def test_only_few_of_many_other_files_are_listed(given: Given) -> None:
    others = {f"note-{number:03d}.txt": b"" for number in range(200)}
    download = given({f"Ada_1_assignsubmission_file/{FIRST}": ADA, **others})
    assert len(download.problems) == 11
    assert download.problems[-1] == "and 190 more like these"


def test_a_person_without_files(given: Given) -> None:
    download = given(
        {
            "Ada Lovelace_41001_assignsubmission_file/": b"",
            f"Grace Hopper_41002_assignsubmission_file/{NINTH}": GRACE,
        }
    )
    assert "no stage file" in found_in(download)["Ada Lovelace"].problems[0]
