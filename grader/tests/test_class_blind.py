"""Blind marking stays blind until the roster has the participants' numbers."""

import csv
from pathlib import Path

import pytest

from grader.tests.class_folder import ClassFolder
from grader.tests.clone import run_grader
from grader.tests.named_class import (
    KATA,
    everything_in,
)


@pytest.fixture
def class_folder(tmp_path: Path) -> ClassFolder:
    """A class of two, downloaded while marking is blind."""
    made = ClassFolder(tmp_path, KATA)
    for number in ("41064", "41065"):
        made.add(f"Participant_{number}_assignsubmission_file", note=number)
    return made


def test_blind_marking_stays_blind_until_the_roster_has_numbers(
    tmp_path: Path, class_folder: ClassFolder
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("name,email\nAda Lovelace,ada@u.example\nParticia Pant,pp@u.example\n")
    for absent in ("empty", "zero"):
        done = class_folder.grade("--roster", str(roster), "--absent", absent)
        text = everything_in(class_folder.out) + (done.stdout + done.stderr).casefold()
        assert not [name for name in ("lovelace", "pant,", "particia", "u.example") if name in text]
        assert "marking is blind, and the roster has no participant numbers" in text
        assert len(class_folder.rows()) == 2
    with_numbers = "Identifier,Full name\nParticipant 41064,Ada Lovelace\nParticipant 41065,Bo Li\n"
    roster.write_text(with_numbers)
    assert class_folder.grade("--roster", str(roster)).returncode == 0
    assert [row["name"] for row in class_folder.rows().values()] == ["Ada Lovelace", "Bo Li"]


def test_nobody_is_absent_while_a_blind_submission_may_be_theirs(
    tmp_path: Path, class_folder: ClassFolder
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("Identifier,Full name\nParticipant 41064,Ada Lovelace\n17,Bo Li\n18,Cy Wu\n")
    assert class_folder.grade("--roster", str(roster), "--absent", "zero").returncode == 0
    with (class_folder.out / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
        totals = {row["name"]: row["total"] for row in csv.DictReader(file)}
    assert totals["Bo Li"] == totals["Cy Wu"] == "" and totals["Ada Lovelace"] == "8"


def test_both_commands_say_that_names_are_hidden(tmp_path: Path, class_folder: ClassFolder) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("name,email\nAda Lovelace,ada@u.example\nBo Li,bo@u.example\n")
    done = run_grader("class", "roster", str(class_folder.submissions), "--roster", str(roster))
    said = "marking is blind, and the roster has no participant numbers, so it was not used"
    assert done.returncode == 0 and f"Nobody was matched: {said}" in done.stdout
    assert "matched," not in done.stdout and "nobody" not in done.stdout
    done = class_folder.grade("--roster", str(roster))
    assert "Not for upload:\n  moodle.csv and canvas.csv are empty while names are hidden\n" in (
        done.stdout
    )
    assert "FILE" not in done.stdout and "open.csv" not in done.stdout
