"""`grader class anonymize`: nobody is named in any file, and results stay the same."""

import csv
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom.journal import JOURNAL
from grader.classroom.privacy.find_names import files_that_name
from grader.classroom.privacy.known_people import KnownPerson, NameRemover
from grader.classroom.results_folder import (
    read_class,
)
from grader.errors import UsageError
from grader.tests.graded_people import run_of, submission, verdict
from grader.tests.named_class import (
    KATA,
    VALUES,
    a_class,
    anonymized,
    everything_in,
    gradebook,
    write,
)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return write(tmp_path / "results", a_class())


def test_no_value_of_the_roster_or_of_a_hand_in_is_in_any_anonymized_file(
    results: Path, tmp_path: Path
) -> None:
    assert all(value.casefold() in everything_in(results) for value in VALUES[:3])
    printed = anonymized(results, tmp_path / "out", tmp_path / "key.csv")
    text = everything_in(tmp_path / "out")
    for value in (*VALUES, *("adalovelace", "ada_lovelace", "lovelace", "hopper", "baker", "ill")):
        assert f" {value.casefold()} " not in f" {text} " and (len(value) < 4 or value not in text)
    assert not [value for value in VALUES if value.casefold() in text]
    assert "Look at" not in printed and "Ada" not in printed


def test_points_and_mistakes_are_the_same_under_pseudonyms(results: Path, tmp_path: Path) -> None:
    anonymized(results, tmp_path / "out", tmp_path / "key.csv")
    columns = "s08_embedding", "s09_rms_norm", "total"
    before, after = (
        sorted([row[column] for column in columns] for row in gradebook(folder))
        for folder in (results, tmp_path / "out")
    )
    assert before == after and len(after) == 5
    page = (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    assert "person-" in page and "matches nobody" not in page
    assert read_class(tmp_path / "out").run.listed == tuple(
        sorted(path.name for path in (tmp_path / "out" / "submissions").iterdir())
    )


def test_files_and_what_goes_back_to_people_are_left_out(results: Path, tmp_path: Path) -> None:
    anonymized(results, tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").rglob("*")}
    assert not names & {"files", "s09_rms_norm.py", "feedback", "canvas.csv", "moodle.csv"}
    assert not names & {JOURNAL, "earlier", "changes.csv", "likeness.html", "moodle_feedback.zip"}
    for line in (tmp_path / "out" / "graded.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        assert not one["files"] and not one["people"] and not one["handed_in"]
        assert one["seed"] == 0 and not any(stage["printed"] for stage in one["verdicts"])


def test_pseudonyms_are_stable_from_week_to_week(results: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.csv"
    anonymized(results, tmp_path / "week-1", key)
    first = key.read_text(encoding="utf-8-sig")
    ada, bob, group = a_class()
    moved = replace(ada, key="lovelace", students=({"name": "Ada King", "ID number": "41006"},))
    newcomer = submission("Zoe Zhou", verdict(8, 4, 4), files="z" * 64, id="99009")
    write(tmp_path / "again" / "results", [moved, newcomer, bob, group])
    anonymized(tmp_path / "again" / "results", tmp_path / "week-2", key)
    second = key.read_text(encoding="utf-8-sig")
    assert {*first.splitlines()} < {*second.splitlines()}
    assert len(second.splitlines()) == len(first.splitlines()) + 1
    people = [
        {path.name for path in (tmp_path / f"week-{n}/submissions").iterdir()} for n in (1, 2)
    ]
    assert len(people[0] & people[1]) == 3 and len(people[1] - people[0]) == 1


def test_pseudonyms_do_not_tell_the_order_of_names(tmp_path: Path) -> None:
    names = [f"Student {chr(65 + place)}" for place in range(12)]
    graded = [submission(name, verdict(8, 4, 4), id=f"{place}77777") for place, name in
              enumerate(names)]  # fmt: skip
    write(tmp_path / "results", graded, run_of(*graded))
    anonymized(tmp_path / "results", tmp_path / "out", tmp_path / "key.csv")
    with (tmp_path / "key.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] != names
    assert [row["name"] for row in gradebook(tmp_path / "out")] == [r["pseudonym"] for r in rows]


def test_the_key_is_printed_or_kept_apart(results: Path, tmp_path: Path) -> None:
    printed = anonymized(results, tmp_path / "out")
    (line,) = [one for one in printed.splitlines() if one.endswith("  Ada Lovelace")]
    assert line.split()[0] in everything_in(tmp_path / "out")
    with pytest.raises(UsageError, match="keep the key apart"):
        anonymized(results, tmp_path / "new", tmp_path / "new" / "key.csv")
    with pytest.raises(UsageError, match="is not empty"):
        anonymized(results, tmp_path / "out")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no column pseudonym"):
        anonymized(results, tmp_path / "new", tmp_path / "other.csv")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ada LOVELACE wrote", "[removed] [removed] wrote"),
        ("ada_lovelace, lovelace-ada", "[removed]_[removed], [removed]-[removed]"),
        ("adalovelace", "[removed]"),
        ("a max of 3, said Max", "a max of 3, said [removed]"),
        ("ada and ng", "[removed] and [removed]"),
        ("the value 41006.5 and 17", "the value [removed].5 and 17"),
        ("maxim and lovelacey stay", "maxim and lovelacey stay"),
        ("мария и МАРИЯ", "[removed] и [removed]"),
        (
            "Chloe Müller, chloé_muller, CHLOÉ, mueller.ipynb, muller34",
            "[removed] [removed], [removed]_[removed], [removed], [removed].ipynb, [removed]",
        ),
        ("lukasz zolc and łukasz ŻÓŁĆ", "[removed] [removed] and [removed] [removed]"),
        ("山田太郎さん 山田太郎", "山田太郎さん [removed]"),
    ],
)
def test_names_are_taken_out_word_by_word(text: str, plain: str) -> None:
    people = [
        KnownPerson(("Ada Lovelace",), (("id", "41006"), ("id", "17"))),
        KnownPerson(("Max Ng", "Мария Иванова", "山田太郎"), ()),
        KnownPerson(("Chloé Müller", "Łukasz Żółć"), ()),
    ]
    assert NameRemover(people, KATA).plain(text) == plain


def test_what_an_anonymized_file_still_names_is_said(tmp_path: Path) -> None:
    graded = [submission("Mistake Right", verdict(8, 1, 4, "right"), id="12345")]
    graded[0] = replace(graded[0], level="seen by mistake right")
    write(tmp_path / "results", graded, run_of(*graded))
    assert "Look at class.html before you share it" in anonymized(
        tmp_path / "results", tmp_path / "out"
    )


def test_names_are_found_in_texts_in_zips_and_in_paths(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("page.html", "<p>Ada&nbsp;x, ADA-Lovelace</p>")
    (tmp_path / "b.txt").write_text("adalovelace and Ada, Lovelace's", encoding="utf-8")
    (tmp_path / "c ada lovelace.txt").write_text("", encoding="utf-8")
    (tmp_path / "d.txt").write_text("ada, and elsewhere lovelace; 4100", encoding="utf-8")
    found = files_that_name(tmp_path, ["ada lovelace", "41006"])
    assert found == ["a.zip", "b.txt", "c ada lovelace.txt"]
