"""`grader class grade` and `merge` with rules about grades, on code that is really graded."""

import csv
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from grader.classroom import local_grader
from grader.cli import main
from grader.kata import Kata
from grader.sandbox import probe
from grader.tests.class_folder import OUTSIDE, STAGES, ClassFolder, files_of
from grader.tests.clone import run_grader

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
POLICY = "due 2026-12-01 23:59, 10% per day"


class GradedClass(ClassFolder):
    """Two people who have handed in, and one who has not; 8 and 6 of 8 points."""

    def __init__(self, folder: Path, kata: Kata) -> None:
        super().__init__(folder, kata)
        self.folder = folder
        self.add("Ada Lovelace")
        self.add("Grace Hopper", OUTSIDE)
        self.file("roster.csv", "name,id\nAda Lovelace,17\nGrace Hopper,19\nAlan Turing,18\n")

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def again(self, *options: str) -> Result:
        """Grade in this process; what is not in the journal can't be graded."""
        roster = str(self.folder / "roster.csv")
        given = ["class", "grade", str(self.submissions), "--out", str(self.out)]
        return CliRunner().invoke(main, [*given, "--stages", STAGES, "--roster", roster, *options])

    def changes(self) -> list[list[str]]:
        with (self.out / "changes.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.reader(file))[1:]

    def book(self) -> dict[str, dict[str, Any]]:
        with (self.out / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
            return {row["name"]: row for row in csv.DictReader(file)}

    def totals(self) -> dict[str, str]:
        return {name: row["total"] for name, row in self.book().items()}


@pytest.fixture
def a_class(tmp_path: Path, kata: Kata) -> GradedClass:
    return GradedClass(tmp_path, kata)


def test_changing_rules_grades_nothing_again_and_says_what_changed(
    a_class: GradedClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = str(a_class.folder / "roster.csv")
    assert a_class.grade("--roster", roster, "--seed", "7").returncode == 0
    assert a_class.totals() == {"Ada Lovelace": "8", "Grace Hopper": "6", "Alan Turing": ""}
    assert not (a_class.out / "changes.csv").exists()
    verdicts = {key: text for key, text in a_class.files().items() if "result.json" in key}
    monkeypatch.setattr(local_grader, "PROGRAM", ["-S", "-c", "pass"])
    weights = a_class.file("weights.csv", "stage,points\n8,1\n9,7.5\n")
    late = a_class.file("late.csv", "id,days_late\n17,2\n")
    begun = time.monotonic()
    shown = a_class.again("--weights", weights, "--late", late, "--late-policy", POLICY)
    assert shown.exit_code == 0, shown.output
    assert time.monotonic() - begun < 20
    # Ada: (1 + 7.5) * 0.8; Grace: 1 + 7.5 * 4 / 6
    assert a_class.totals() == {"Ada Lovelace": "6.8", "Grace Hopper": "6", "Alan Turing": ""}
    assert a_class.book()["Ada Lovelace"]["remarks"] == "2 days late: 20% off"
    assert {row["of"] for row in a_class.book().values()} == {"8.5", ""}
    assert "Grades: weights for 2 stages; late policy: due 2026-12-01 23:59" in shown.output
    assert "Ada Lovelace, total: 8 before, now 6.8 (the weights changed; 2 days" in shown.output
    assert ["Ada Lovelace", "s09_rms_norm", "6", "7.5", "the weights changed"] in a_class.changes()
    assert "mean 6.4, median 6.4 of 8.5 points" in shown.output

    overrides = a_class.file("overrides.csv", "name,points,reason\nAlan Turing,9,was ill\n")
    shown = a_class.again("--overrides", overrides)  # the other rules still count
    assert a_class.totals() == {"Ada Lovelace": "6.8", "Grace Hopper": "6", "Alan Turing": "9"}
    assert "More than the maximum:\n  Alan Turing: 9 of 8.5 points\n" in shown.output
    said = "overridden by the teacher: was ill"
    assert a_class.changes() == [["Alan Turing", "total", "", "9", said]]
    assert said in (a_class.out / "class.html").read_text("utf-8")
    page = (a_class.out / "feedback" / "Ada_Lovelace.html").read_text("utf-8")
    assert "<title>Ada Lovelace: 6.8 of 8.5 points</title>" in page
    assert "The tests: 8 of 8 points" in page and "2 days late: 20% off" in page

    shown = a_class.again("--weights", "none", "--late", "none", "--late-policy", "none")
    assert a_class.totals() == {"Ada Lovelace": "8", "Grace Hopper": "6", "Alan Turing": "9"}
    now = {key: text for key, text in a_class.files().items() if "result.json" in key}
    assert now == verdicts  # which keep the points of the tests


def test_a_line_that_fits_nobody_stops_before_anything_is_graded(a_class: GradedClass) -> None:
    overrides = a_class.file("overrides.csv", "name,points,reason\nAlan Turng,5,was ill\n")
    shown = a_class.again("--overrides", overrides)
    assert (shown.exit_code, shown.output) == (
        2, "grader: overrides.csv, line 2: nobody in this class is called Alan Turng: "
        "did you mean alan turing?\n",
    )  # fmt: skip
    assert not a_class.out.exists()


def test_parts_with_rules_make_the_class_byte_for_byte(a_class: GradedClass) -> None:
    rules = (
        *("--weights", a_class.file("weights.csv", "stage,points\n8,1\n9,7.5\n")),
        *("--late", a_class.file("late.csv", "id,days_late\n19,3\n")),
        *("--late-policy", POLICY),
        *("--overrides", a_class.file("overrides.csv", "id,points,reason\n18,2.5,was ill\n")),
    )
    given = "--roster", str(a_class.folder / "roster.csv"), "--seed", "7"
    whole, merged, plain = (a_class.folder / name for name in ("whole", "merged", "plain"))
    for name, options in (("whole", rules), ("part-1", rules), ("part-2", rules), ("bare-1", ())):
        a_class.out = a_class.folder / name
        shard = f"{name[-1]}/2" if name != "whole" else "1/1"
        shown = a_class.grade(*given, *options, "--shard", shard)
        assert (shown.returncode, shown.stderr) == (0, "")
    parts = [str(a_class.folder / f"part-{number}") for number in (1, 2)]
    assert run_grader("class", "merge", *parts, "--out", str(merged)).returncode == 0
    assert files_of(merged) == files_of(whole)
    without = *(str(option) for name in ("weights", "late", "late-policy", "overrides")
                for option in (f"--{name}", "none")),  # fmt: skip
    assert run_grader("class", "merge", *parts, "--out", str(plain), *without).returncode == 0
    assert files_of(plain) != files_of(whole)
    again = run_grader("class", "merge", *parts, "--out", str(plain), *rules)
    assert again.returncode == 0 and "Alan Turing, total: none before, now 2.5" in again.stdout
    assert (plain / "gradebook.csv").read_bytes() == (whole / "gradebook.csv").read_bytes()
    mixed = [str(a_class.folder / "bare-1"), parts[1]]
    refused = run_grader("class", "merge", *mixed, "--out", str(a_class.folder / "mixed"))
    assert "other rules for grades were given: grade all parts with the same" in refused.stderr


def test_gradescopes_times_count_and_a_later_run_remembers_them(a_class: GradedClass) -> None:
    listing = ["---"]
    for number, name in enumerate(("Ada Lovelace", "Grace Hopper"), 1):
        (a_class.submissions / name).rename(a_class.submissions / f"submission_{number}")
        listing += [f"submission_{number}:", "  :submitters:", f"  - :name: {name}"]
        listing += [f"  :created_at: 2026-12-0{number} 23:30:00.123000000 Z"]
    metadata = a_class.submissions / "submission_metadata.yml"
    metadata.write_text("\n".join(listing) + "\n", encoding="utf-8")
    given = "--roster", str(a_class.folder / "roster.csv"), "--seed", "7"
    refused = a_class.grade(*given, "--late-policy", POLICY)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "write it in the due time, too, such as 2026-12-01 23:59+01:00" in refused.stderr
    policy = "due 2026-12-01 23:59+00:00, 10% per day"
    shown = a_class.grade(*given, "--late-policy", policy)
    late = {"Ada Lovelace": "8", "Grace Hopper": "5.4", "Alan Turing": ""}
    assert (shown.stderr, a_class.totals()) == ("", late)
    metadata.unlink()
    for number, name in enumerate(("Ada Lovelace", "Grace Hopper"), 1):
        (a_class.submissions / f"submission_{number}").rename(a_class.submissions / name)
    shown = a_class.grade(*given)
    assert (shown.stderr, a_class.totals(), a_class.changes()) == ("", late, [])
    assert "Not counted late" not in shown.stdout
    a_class.out = a_class.folder / "new"
    shown = a_class.grade(*given, "--late-policy", policy)
    assert "Not counted late, because it isn't known when they handed in:\n  Ada" in shown.stdout
    assert a_class.totals()["Grace Hopper"] == "6"
    hers = a_class.file("late.csv", "name,days_late\nGrace Hopper,1\n")
    shown = a_class.grade(*given, "--late", hers)
    assert "On time, because --late doesn't name them: 1 person\n" in shown.stdout


def test_absent_and_the_assignment_are_kept_and_a_forgotten_roster_is_refused(
    a_class: GradedClass,
) -> None:
    (a_class.submissions / "Grace Hopper").rename(a_class.submissions / "gh")
    roster = "--roster", str(a_class.folder / "roster.csv")
    named = "--map", a_class.file("map.csv", "gh,19\n")
    assert a_class.again(*named).exit_code == 0
    assert a_class.totals() == {"Ada Lovelace": "8", "Grace Hopper": "6", "Alan Turing": ""}
    shown = a_class.again(*named, "--absent", "zero", "--assignment", "Week 3")
    assert "Alan Turing, total: none before, now 0 (--absent changed)" in shown.output
    a_class.again(*named)
    assert (a_class.totals()["Alan Turing"], a_class.changes()) == ("0", [])
    assert "Week 3" in (a_class.out / "canvas.csv").read_text("utf-8-sig").splitlines()[0]

    before = a_class.files()
    for given, option, what in ((), "--roster", "roster"), (roster, "--map", "map file"):
        refused = a_class.grade(*given)
        assert (refused.returncode, refused.stdout) == (2, "")
        said = f"used a {what}: give {option} again, or {option} none\n"
        assert refused.stderr.endswith(said) and refused.stderr.count("\n") == 1
    assert a_class.files() == before
    shown = a_class.again("--map", "none")
    assert "gh is open: no student in the roster matches" in shown.output
    assert a_class.grade("--roster", "none").returncode == 0
    assert a_class.totals() == {"Ada Lovelace": "8", "gh": "6"}
    assert a_class.grade().returncode == 0
