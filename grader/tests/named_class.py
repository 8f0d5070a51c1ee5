"""A small class whose results name its people in every way, for tests of privacy."""

import csv
import io
import json
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.lateness import parse_late_policy
from grader.classroom.grades.overrides import Override
from grader.classroom.grades.people import PersonLine
from grader.classroom.grades.rules import GradeRules
from grader.classroom.hand_in import Person
from grader.classroom.journal import JOURNAL, Journal, Key
from grader.classroom.privacy.anonymize import run_anonymize
from grader.classroom.privacy.forget import run_forget
from grader.classroom.results_folder import (
    begin_class,
    results_folder,
    write_class,
    write_submission,
)
from grader.classroom.run_settings import OpenSubmission, Run
from grader.editions import find_kata
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
