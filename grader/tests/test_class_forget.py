"""`grader class forget`: one person is in no file any more, and the others keep theirs."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom.results_folder import (
    read_class,
)
from grader.classroom.run_settings import OpenSubmission, Shard
from grader.errors import UsageError
from grader.tests.class_folder import ClassFolder
from grader.tests.clone import run_grader
from grader.tests.graded_people import run_of, submission, verdict
from grader.tests.named_class import (
    ADA,
    EVE,
    GONE_TWICE,
    KATA,
    a_class,
    anonymized,
    everything_in,
    forgotten,
    gradebook,
    write,
)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return write(tmp_path / "results", a_class())


@pytest.fixture
def class_folder(tmp_path: Path) -> ClassFolder:
    return ClassFolder(tmp_path, KATA)


def test_a_forgotten_person_is_in_no_file_any_more(results: Path) -> None:
    printed = forgotten(results, "Ada Lovelace")
    left = everything_in(results / "submissions" / "bob-baker" / "files")
    assert "bob" in left
    text = everything_in(results)
    for value in ("ada-lovelace", *ADA.values(), "90817", "lovelaceada", "ada was ill", "a" * 64):
        assert value.casefold() not in text, value
    assert [row["name"] for row in gradebook(results)] == [
        *("Bob Baker", "Grace Hopper", "Ünal Öz", "Eve Moreau"),
    ]
    assert "submissions/ada-lovelace: 6 files" in printed
    assert "2 of the results in journal.jsonl" in printed and "likeness.html" in printed
    assert "if the submission is still in the download" in printed
    # Bob's own test message says that Ada helped; his results are not hers to change.
    assert "Still named in submissions/bob-baker/result.json" in printed


def test_the_others_keep_everything(results: Path, tmp_path: Path) -> None:
    before, page = gradebook(results), results / "submissions" / "bob-baker" / "result.json"
    kept = json.loads(page.read_text(encoding="utf-8"))
    forgotten(results, "41006")
    mine = "2 files are called I had help from Ada_Lovelace and AdaLovelace"
    for row in before:
        row["problems"] = row["problems"].replace(mine, mine.replace("Ada_Lovelace", GONE_TWICE))
        row["problems"] = row["problems"].replace("AdaLovelace", "[removed]")
    assert gradebook(results) == [row for row in before if row["name"] != "Ada Lovelace"]
    assert json.loads(page.read_text(encoding="utf-8"))["stages"] == kept["stages"]
    assert "Kata (17)" in (results / "canvas.csv").read_text(encoding="utf-8-sig")
    run = read_class(results).run
    assert run.listed == ("bob-baker", "group-1") and run.rules.overrides == ()
    assert "a problem of the download" in run.problems
    assert run.open[0].nearest == ("Eve Moreau",)


def test_a_group_keeps_its_submission_when_one_of_them_is_forgotten(results: Path) -> None:
    printed = forgotten(results, "Ünal Öz")
    text = everything_in(results)
    shutil.rmtree(results / "submissions" / "group-1" / "files")  # the group's own words
    assert "uenal77" not in text and "ünal öz" not in everything_in(results)
    assert [row["name"] for row in gradebook(results) if row["submission"] == "group-1"] == [
        "Grace Hopper"
    ]
    assert "a name in the group of submissions/group-1" in printed
    assert "Still named in submissions/group-1/files/s09_rms_norm.py" in printed
    assert "0 of the results" not in printed


def test_a_group_that_is_called_after_its_people_gets_another_name(tmp_path: Path) -> None:
    *others, group = a_class()
    results = write(tmp_path / "results", [*others, replace(group, key="Grace_and_Ünal_Öz")])
    run = read_class(results).run
    opened = OpenSubmission("Grace_and_Ünal_Öz", "unclear", ())
    replace(run, open=(opened,)).write(results)
    printed = forgotten(results, "Ünal Öz")
    assert "submissions/Grace_Hopper, which stays" in printed
    shutil.rmtree(results / "submissions" / "Grace_Hopper" / "files")  # the group's own words
    assert "ünal" not in everything_in(results)
    assert [row["submission"] for row in gradebook(results) if row["name"] == "Grace Hopper"] == [
        "Grace_Hopper"
    ]
    assert [one.key for one in read_class(results).run.open] == ["Grace_Hopper"]


def test_somebody_absent_is_forgotten_too(results: Path) -> None:
    forgotten(results, "eve@uni.example")
    assert not [value for value in EVE.values() if value.casefold() in everything_in(results)]
    assert len(gradebook(results)) == 4


def test_a_name_must_fit_exactly_one_person(tmp_path: Path) -> None:
    graded = [
        replace(submission("Jo Doe", verdict(8, 1, 4), id=number), key=f"jo-{number}")
        for number in ("11111", "22222")
    ]
    write(tmp_path / "results", graded, run_of(*graded))
    with pytest.raises(UsageError, match="2 people in these results are called jo doe"):
        forgotten(tmp_path / "results", "jo doe")
    for name in ("Nobody", "", "  "):
        with pytest.raises(UsageError, match="nobody in these results"):
            forgotten(tmp_path / "results", name)
    forgotten(tmp_path / "results", "22222")
    assert [row["submission"] for row in gradebook(tmp_path / "results")] == ["jo-11111"]


def test_a_part_of_a_class_is_merged_first(tmp_path: Path) -> None:
    graded = a_class()
    write(tmp_path / "results", graded, replace(run_of(*graded), shard=Shard(1, 2)))
    with pytest.raises(UsageError, match="merge the parts"):
        forgotten(tmp_path / "results", "Ada Lovelace")
    with pytest.raises(UsageError, match="merge the parts"):
        anonymized(tmp_path / "results", tmp_path / "out")


def test_the_last_person_can_be_forgotten(tmp_path: Path) -> None:
    graded = [submission("Ada Lovelace", verdict(8, 1, 4), **ADA)]
    write(tmp_path / "results", graded, run_of(*graded))
    forgotten(tmp_path / "results", "Ada Lovelace")
    assert gradebook(tmp_path / "results") == []


def test_a_later_run_brings_nobody_back_unless_they_are_in_the_download(
    tmp_path: Path, class_folder: ClassFolder
) -> None:
    class_folder.add("Ada Lovelace", note="a")
    bob = class_folder.add("Bob Baker", note="b")
    assert class_folder.grade().returncode == 0
    done = run_grader("class", "forget", str(class_folder.out), "ada lovelace")
    assert done.returncode == 0 and "Ada Lovelace is forgotten" in done.stdout
    away = tmp_path / "away"
    (class_folder.submissions / "Ada Lovelace").rename(away)
    assert class_folder.grade().returncode == 0
    # Not "ada": the checksums of the files are written in hexadecimal digits, and a-d-a is three.
    assert "lovelace" not in everything_in(class_folder.out)
    assert len(class_folder.journal()) == 1
    away.rename(bob.with_name("Ada Lovelace"))
    assert class_folder.grade().returncode == 0
    assert [*class_folder.rows()] == ["Ada_Lovelace", "Bob_Baker"]
