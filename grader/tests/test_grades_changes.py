"""What has changed since the last run, and why."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from grader.classroom.exports.changes import as_changes, changes_between
from grader.classroom.graded_class import GradedClass, graded_class
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.lateness import parse_late_policy
from grader.classroom.grades.overrides import Override
from grader.classroom.grades.people import PersonLine
from grader.classroom.grades.rules import GradeRules
from grader.tests.graded_people import run_of, submission, verdict

ALAN = {"name": "Alan Turing", "id": "18"}
Run = Callable[..., GradedClass]


def run(*graded: GradedSubmission, **settings: object) -> GradedClass:
    return graded_class(run_of(*graded, **settings), graded)  # type: ignore[arg-type]


def ada(points: int, **more: str) -> GradedSubmission:
    given = {"id": "17", **more}
    return submission("Ada Lovelace", verdict(8, 2, 2), verdict(9, points, 6), **given)


def lines(before: GradedClass, after: GradedClass) -> list[str]:
    return list(map(str, changes_between(before, after)))


def override(points: int, reason: str, stage: int | None = None) -> GradeRules:
    whose = PersonLine("overrides.csv, line 2", ("Ada Lovelace",))
    return GradeRules(overrides=(Override(whose, points, reason, stage),))


def test_nothing_has_changed_where_the_points_are_the_same() -> None:
    assert lines(run(ada(4)), run(ada(4, files="2"), seed=2, suites="b")) == []


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (run(ada(2, files="2")), "the files changed"),
        (run(ada(2), suites="b"), "the suites or the grader changed"),
        (run(ada(2), seed=2), "the seed changed"),
        (run(ada(2, files="2"), seed=2), "the files changed; the seed changed"),
        (run(ada(2)), "graded again"),
        (run(ada(4), rules=GradeRules({8: 2, 9: 3})), "the weights changed"),
        (
            run(ada(4), rules=override(2, "looked twice", 9)),
            "s09 RMS norm overridden by the teacher: looked twice",
        ),
    ],
)
def test_a_changed_stage_says_why_and_so_does_the_total(after: GradedClass, why: str) -> None:
    assert lines(run(ada(4)), after) == [
        f"Ada Lovelace, s09_rms_norm: 4 before, now 2 ({why})",
        f"Ada Lovelace, total: 6 before, now 4 ({why})",
    ]


def test_a_total_alone_can_change() -> None:
    policy = GradeRules(late_policy=parse_late_policy("due 2026-12-01 12:00, 50% per day"))
    late = ada(4, handed_in="2026-12-01 13:00")
    remark = "1 day late: 50% off"
    assert lines(run(late), run(late, rules=policy)) == [
        f"Ada Lovelace, total: 6 before, now 3 ({remark})"
    ]
    assert lines(run(late, rules=policy), run(late)) == [
        f"Ada Lovelace, total: 3 before, now 6 (no longer {remark})"
    ]
    granted = override(5, "an extension")
    assert lines(run(late, rules=granted), run(late, rules=override(6, "an extension"))) == [
        "Ada Lovelace, total: 5 before, now 6 (the override changed)"
    ]


def test_who_hands_in_later_or_leaves_is_listed() -> None:
    alan = submission("Alan Turing", verdict(8, 1, 2), verdict(9, 0, 6), id="18")
    before, after = run(ada(4), absent=(ALAN,)), run(ada(4), alan)
    assert lines(before, after) == [
        "Alan Turing, s08_embedding: none before, now 1 (handed in since)",
        "Alan Turing, s09_rms_norm: none before, now 0 (handed in since)",
        "Alan Turing, total: none before, now 1 (handed in since)",
    ]
    assert lines(after, run(ada(4)))[-1] == (
        "Alan Turing, total: 1 before, now none (not in the class any more)"
    )


def test_a_submission_that_gets_another_owner_changes_two_peoples_points() -> None:
    before = run(submission("x", verdict(8, 2, 2), id="17"), absent=(ALAN,))
    after = run(submission("x", verdict(8, 2, 2), id="18"), absent=({"name": "x", "id": "17"},))
    totals = [line for line in lines(before, after) if "total" in line]
    assert [line.partition(" (")[0] for line in totals] == [
        "x, total: 2 before, now none",
        "x, total: none before, now 2",
    ]


def test_submissions_without_owners_are_told_apart_by_their_keys() -> None:
    twins = [replace(submission("Ada", verdict(8, n, 2)), key=f"ada-{n}") for n in (1, 2)]
    assert lines(run(*twins), run(*reversed(twins))) == []


def test_the_table_has_a_line_for_each_number() -> None:
    grace = submission("Grace Hopper", verdict(8, 2, 2), verdict(9, 1, 6), id="19")
    changes = changes_between(run(grace), run(ada(4), grace))
    assert as_changes(changes).splitlines() == [
        "\ufeffperson,stage,before,after,why",
        "Ada Lovelace,s08_embedding,,2,not in the last run",
        "Ada Lovelace,s09_rms_norm,,4,not in the last run",
        "Ada Lovelace,total,,6,not in the last run",
    ]
