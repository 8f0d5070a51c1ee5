"""`grader class anonymize` and `forget`, and blind marking: who is named where."""

import csv
import io
import json
import shutil
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grader.classroom.downloads.hand_in import Person
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.lateness import parse_late_policy
from grader.classroom.grades.overrides import Override
from grader.classroom.grades.people import PersonLine
from grader.classroom.grades.rules import GradeRules
from grader.classroom.journal import JOURNAL, Journal, Key
from grader.classroom.privacy.anonymize import run_anonymize
from grader.classroom.privacy.find_names import files_that_name
from grader.classroom.privacy.forget import run_forget
from grader.classroom.privacy.known_people import KnownPerson, NameRemover
from grader.classroom.results_folder import (
    begin_class,
    read_class,
    results_folder,
    write_class,
    write_submission,
)
from grader.classroom.run_settings import OpenSubmission, Run, Shard
from grader.editions import find_kata
from grader.errors import UsageError
from grader.tests.class_folder import ClassFolder
from grader.tests.clone import run_grader
from grader.tests.graded_people import run_of, submission, verdict

KATA = find_kata()
ADA = {"ID number": "41006", "Email": "ada.lovelace@uni.example", "NetID": "adal7"}
BOB = {"ID number": "52007", "Email": "bb@uni.example", "NetID": "bbaker"}
EVE = {"name": "Eve Moreau", "ID number": "63008", "Email": "eve@uni.example", "NetID": "emoreau"}
VALUES = (
    *("Ada Lovelace", "Lovelace, Ada", "Bob Baker", "Grace Hopper", "Eve Moreau", "Ünal Öz"),
    *(value for one in (ADA, BOB, EVE) for value in one.values()),
    *("ghopper-cs", "uenal77", "ada-lovelace", "participant 90817", "lovelaceada"),
)
GONE_TWICE = "[removed]_[removed]"


def told(one: GradedSubmission, text: str) -> GradedSubmission:
    """Return a submission whose code says something in messages and in what it prints."""
    first, *others = one.verdicts
    test = replace(first.tests[-1], outcome="failed", message=f"ValueError: {text}")
    first = replace(first, tests=(*first.tests[:-1], test), printed=f"printed: {text}")
    return replace(one, verdicts=(first, *others), problems=(f"2 files are called {text}",))


def a_class() -> list[GradedSubmission]:
    """Return Ada and Bob of the roster, and a group of Grace and Ünal."""
    ada = submission("Ada Lovelace", verdict(8, 2, 4), verdict(9, 4, 4), files="a" * 64, **ADA)
    ada = told(ada, "written by ada lovelace (adal7, ada.lovelace@uni.example), 41006")
    person = Person("Lovelace, Ada", (("participant", "90817"), ("github", "lovelaceada")))
    ada = replace(ada, people=(person,), hand_in="lovelaceada_41006", handed_in="2026-12-03 10:00")
    bob = submission("Bob Baker", verdict(8, 4, 4), verdict(9, 1, 4), files="b" * 64, **BOB)
    bob = told(bob, "I had help from Ada_Lovelace and AdaLovelace")
    group = submission("Grace Hopper and Ünal Öz", verdict(8, 1, 4), files="c" * 64)
    members = {"name": "Grace Hopper", "github": "ghopper-cs"}, {"name": "Ünal Öz", "ID": "uenal77"}
    people = Person("Grace Hopper"), Person("Ünal Öz", (("id", "uenal77"),))
    return [ada, bob, replace(group, students=members, people=people, key="group-1")]


def write(results: Path, graded: list[GradedSubmission], run: Run | None = None) -> Path:
    """Write results with graded files, a journal, an earlier run and a page of likenesses."""
    rules = GradeRules(
        late_policy=parse_late_policy("due 2026-12-01 23:59, 10% per day"),
        overrides=(Override(PersonLine("", ("41006",)), 3, "Ada was ill", 9),),
    )
    run = run or run_of(*graded, rules=rules, absent=(EVE,))
    run = replace(
        run,
        assignment="Kata (17)",
        problems=("no submission from Eve Moreau", "a problem of the download"),
        open=(OpenSubmission("group-1", "unclear", ("Ada Lovelace", "Eve Moreau")),),
    )
    files = results.parent / "taken"
    for again in range(2):
        with results_folder(results):
            begin_class(results, run)
            for one in graded:
                folder = files / one.key
                folder.mkdir(parents=True, exist_ok=True)
                text = f"# {one.name}\n# {again}\n"
                (folder / "s09_rms_norm.py").write_text(text, encoding="utf-8")
                write_submission(results, one, folder)
            write_class(results, run, graded, run.assignment)
    (results / "likeness.html").write_text("Ada Lovelace and Bob Baker", encoding="utf-8")
    with closing(Journal(results / JOURNAL)) as journal:
        for sha256, one in [("d" * 64, graded[0]), *((one.files, one) for one in graded)]:
            journal.add(Key(sha256, "s", run.seed, run.stages, "full"), one.verdicts)
    return results


def anonymized(results: Path, out: Path, key: Path | None = None) -> str:
    printed = io.StringIO()
    run_anonymize(KATA, Console(file=printed, width=200), results, out, key)
    return printed.getvalue()


def forgotten(results: Path, name: str) -> str:
    printed = io.StringIO()
    run_forget(KATA, Console(file=printed, width=200), results, name)
    return printed.getvalue()


def everything_in(folder: Path) -> str:
    """Return the names and contents of all files, also of those in zips, without case."""
    found = []
    for path in folder.rglob("*"):
        found.append(path.relative_to(folder).as_posix())
        if path.is_file() and path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    found += [name, archive.read(name).decode("utf-8")]
        elif path.is_file():
            text = path.read_text(encoding="utf-8")
            found += [text, json.dumps(text), text.encode().decode("unicode_escape", "replace")]
    return "\n".join(found).casefold()


def gradebook(folder: Path) -> list[dict[str, str]]:
    with (folder / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


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
        ("山田太郎さん 山田太郎", "山田太郎さん [removed]"),
    ],
)
def test_names_are_taken_out_word_by_word(text: str, plain: str) -> None:
    people = [
        KnownPerson(("Ada Lovelace",), (("id", "41006"), ("id", "17"))),
        KnownPerson(("Max Ng", "Мария Иванова", "山田太郎"), ()),
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
    assert "ada" not in everything_in(class_folder.out) and len(class_folder.journal()) == 1
    away.rename(bob.with_name("Ada Lovelace"))
    assert class_folder.grade().returncode == 0
    assert [*class_folder.rows()] == ["Ada_Lovelace", "Bob_Baker"]


@pytest.fixture
def class_folder(tmp_path: Path) -> ClassFolder:
    return ClassFolder(tmp_path, KATA)


def test_blind_marking_stays_blind_until_the_roster_has_numbers(
    tmp_path: Path, class_folder: ClassFolder
) -> None:
    for number in ("41064", "41065"):
        class_folder.add(f"Participant_{number}_assignsubmission_file", note=number)
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
    for number in ("41064", "41065"):
        class_folder.add(f"Participant_{number}_assignsubmission_file", note=number)
    roster = tmp_path / "roster.csv"
    roster.write_text("Identifier,Full name\nParticipant 41064,Ada Lovelace\n17,Bo Li\n18,Cy Wu\n")
    assert class_folder.grade("--roster", str(roster), "--absent", "zero").returncode == 0
    with (class_folder.out / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
        totals = {row["name"]: row["total"] for row in csv.DictReader(file)}
    assert totals["Bo Li"] == totals["Cy Wu"] == "" and totals["Ada Lovelace"] == "8"
