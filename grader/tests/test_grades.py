"""Grades as courses count them: every number here was worked out by hand."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from grader.classroom.exports.gradebooks import as_canvas, as_gradebook, as_moodle
from grader.classroom.graded_class import graded_class
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.grades.lateness import parse_late_policy, parse_time
from grader.classroom.grades.members import members_of_rows
from grader.classroom.grades.points import as_points
from grader.classroom.grades.rules import GradeRules, changed_rules, check_rules
from grader.classroom.run_settings import read_run
from grader.errors import UsageError
from grader.tests.graded_people import run_of, submission, verdict

POLICY = "due 2026-12-01 23:59, 10% per day, at most 50%, 3 hours grace"
ADA = submission(
    "Ada Lovelace",
    verdict(8, 1, 2),
    verdict(9, 4, 6),
    verdict(21, 6, 6),
    verdict(22, 1, 8),
    id="17",
)


class Teacher:
    """Writes the files that options name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def rules(self, earlier: GradeRules | None = None, /, **given: str) -> GradeRules:
        """Return the rules of some options; a text with a line end is a file's contents."""
        options = {}
        for name, text in given.items():
            if "\n" in text:
                path = self._folder / f"{name}.csv"
                path.write_text(text, encoding="utf-8")
                text = str(path)
            options[name] = text
        return changed_rules(earlier or GradeRules(), options)

    def rows(self, *graded: GradedSubmission, **given: str) -> tuple[ClassRow, ...]:
        rules = self.rules(**given)
        run = run_of(*graded, rules=rules, absent=({"name": "Alan Turing", "id": "18"},))
        rows = graded_class(run, graded).rows
        check_rules(rules, run.stages, members_of_rows(rows))
        return rows


@pytest.fixture
def teacher(tmp_path: Path) -> Teacher:
    return Teacher(tmp_path)


def test_without_rules_the_points_of_the_tests_are_the_grade(teacher: Teacher) -> None:
    ada, alan = teacher.rows(ADA)
    assert (ada.points, ada.total, ada.remarks) == (12, "12 of 22 points", ())
    assert (alan.points, alan.grade, alan.is_absent) == (None, None, True)


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        (Fraction(5), "5"),
        (Fraction(10, 4), "2.5"),
        (Fraction(1, 3), "0.33"),
        (Fraction(2, 3), "0.67"),
        (Fraction(5, 1000), "0.01"),  # halves go up, unlike in Python's round
        (Fraction(2675, 1000), "2.68"),
        (Fraction(100), "100"),
    ],
)
def test_points_have_at_most_two_decimals_and_no_trailing_zero(exact: Fraction, shown: str) -> None:
    assert str(as_points(exact)) == shown


def test_a_weight_is_what_a_stage_counts_at_most(teacher: Teacher) -> None:
    weights = "stage,points\n8,10\ns09_rms_norm,7.5\n21,0\nsampling,3\n22,2\n"
    ada, _ = teacher.rows(ADA, weights=weights)
    assert ada.grade is not None
    # 10 * 1/2, 7.5 * 4/6, 0 * 6/6, 2 * 1/8
    parts = {"s08_embedding": 5, "s09_rms_norm": 5, "s21_bpe_training": 0, "s22_generate": ...}
    assert list(ada.grade.parts.values()) == [5, 5, 0, Decimal("0.25")]
    assert list(ada.grade.parts)[:2] == list(parts)[:2]
    assert (str(ada.points), str(ada.grade.max_points)) == ("10.25", "19.5")


def test_a_weight_with_a_decimal_comma_and_semicolons_is_read(teacher: Teacher) -> None:
    weights = "\ufeffStage;Weight\n8;2,5\n9;10\n21;0\n22;0\n"
    ada, _ = teacher.rows(ADA, weights=weights)
    assert str(ada.points) == "7.92"  # 1.25 + 6.67: what a gradebook shows is what is added up


def test_bonus_stages_are_extra_credit_with_a_cap(teacher: Teacher) -> None:
    ada, _ = teacher.rows(ADA, bonus_cap="5")
    assert ada.total == "10 of 8 points"  # 1 + 4, and 5 of 6 + 1
    assert ada.remarks == ("5 of 7 bonus points count",)
    ada, _ = teacher.rows(ADA, bonus_cap="7")
    assert (ada.total, ada.remarks) == ("12 of 8 points", ())


@pytest.mark.parametrize(
    ("handed_in", "points", "remark"),
    [
        ("2026-12-01 23:59", "12", ""),
        ("2026-12-02T02:59:00", "12", ""),  # the last moment of the grace
        ("2026-12-02T02:59:01", "10.8", "1 day late: 10% off"),
        ("2026-12-03T02:59:00", "10.8", "1 day late: 10% off"),
        ("2026-12-04T12:00", "8.4", "3 days late: 30% off"),
        ("2027-01-09T12:00", "6", "39 days late: 50% off"),
        ("", "12", ""),
    ],
)
def test_each_day_that_has_begun_after_the_grace_takes_its_share(
    teacher: Teacher, handed_in: str, points: str, remark: str
) -> None:
    late = submission(ADA.name, *ADA.verdicts, handed_in=handed_in, id="17")
    ada, _ = teacher.rows(late, late_policy=POLICY)
    assert (str(ada.points), " ".join(ada.remarks)) == (points, remark)


def test_times_in_two_time_zones_are_compared_as_moments(teacher: Teacher) -> None:
    late = submission(ADA.name, *ADA.verdicts, handed_in="2026-12-01T22:30:00Z", id="17")
    for zone, points in (("+00:00", 12), ("+01:00", 6)):
        policy = f"due 2026-12-01 23:00{zone}, 50 % per day"
        assert teacher.rows(late, late_policy=policy)[0].points == points
    with pytest.raises(UsageError, match="have a time zone .*: write it in the due time, too"):
        teacher.rows(late, late_policy="due 2026-12-01 23:00, 50% per day")


def test_a_file_says_who_was_late_and_outdoes_the_download(teacher: Teacher) -> None:
    early = submission("Grace Hopper", verdict(8, 2, 2), handed_in="2026-11-30 10:00", id="19")
    late = submission(ADA.name, verdict(8, 2, 2), handed_in="2026-12-24 10:00", id="17")
    given = "id,days_late,handed_in\n19,,2026-12-03 12:00\n17,0,\n18,,\n"
    ada, grace, _ = teacher.rows(late, early, late=given, late_policy=POLICY)
    assert (ada.points, ada.remarks) == (2, ())  # an extension
    assert (str(grace.points), grace.remarks) == ("1.6", ("2 days late: 20% off",))
    ada, _ = teacher.rows(
        late, late='name,days_late\n"Lovelace, Ada",3\n', late_policy="12.5 % per day"
    )
    assert (str(ada.points), ada.remarks) == ("1.25", ("3 days late: 37.5% off",))


def test_the_teacher_decides_a_stage_or_the_whole(teacher: Teacher) -> None:
    overrides = "name,stage,points,reason\nAda Lovelace,9,6,the suite was wrong\n"
    ada, _ = teacher.rows(ADA, overrides=overrides, late_policy=POLICY)
    assert (ada.total, ada.remarks) == (
        "14 of 22 points",
        ("s09 RMS norm overridden by the teacher: the suite was wrong",),
    )
    overrides += 'Alan Turing,,40,showed it in class\n17,,12.5,"ill, see mail"\n'
    late = submission(ADA.name, *ADA.verdicts, handed_in="2026-12-24 10:00", id="17")
    ada, alan = teacher.rows(late, overrides=overrides, late_policy=POLICY)
    assert (ada.total, ada.remarks[-1]) == (
        "12.5 of 22 points",
        "overridden by the teacher: ill, see mail",
    )
    assert not any("late" in one for one in ada.remarks)  # it no longer matters
    assert (alan.points, alan.remarks) == (40, ("overridden by the teacher: showed it in class",))


def test_every_reason_is_in_every_output(teacher: Teacher) -> None:
    columns = {"id": "17", "email": "ada@example.org"}
    late = submission(ADA.name, verdict(8, 2, 2), handed_in="2026-12-03 12:00", **columns)
    rows = teacher.rows(
        late,
        submission("Grace Hopper", verdict(8, 1, 2), id="19", email="grace@example.org"),
        late_policy=POLICY,
        overrides="name,points,reason\nGrace Hopper,1.75,she was first\n",
    )
    for text in (as_gradebook(rows), as_moodle(rows, "Kata")):
        assert "2 days late: 20% off" in text
        assert "overridden by the teacher: she was first" in text
    for text in (as_gradebook(rows), as_moodle(rows, "Kata"), as_canvas(rows, "Kata")):
        assert ",1.6" in text and ",1.75" in text


def test_the_rules_of_a_run_are_those_of_the_next(teacher: Teacher, tmp_path: Path) -> None:
    rules = teacher.rules(
        weights="stage,points\n8,2.5\n",
        bonus_cap="5",
        late_policy=POLICY.replace("23:59", "23:59+01:00"),
        late="name,days_late\nAda,3\nGrace,0\n",
        overrides="name,points,reason\nAda,3.25,a reason\n",
    )
    run_of(ADA, rules=rules).write(tmp_path)
    assert read_run(tmp_path).rules == rules
    assert teacher.rules(rules) == rules
    changed = teacher.rules(rules, weights="none", overrides="name,points,reason\n")
    assert (changed.weights, changed.overrides, changed.late) == ({}, (), rules.late)
    assert rules.late_policy is not None
    assert (
        str(changed) == f"at most 5 bonus points; late policy: {rules.late_policy.text}; "
        "2 lines about who was late"
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"weights": "points\n3\n"},
            "weights.csv: it has no column stage: .* such as stage,points",
        ),
        ({"weights": "stage,points\n8,2\n99,3\n"}, "weights.csv, line 3: no stage is called '99'"),
        ({"weights": "stage,points\n8,x\n"}, "line 2: 'x' is not a number of points"),
        ({"weights": "stage,points\n8,1.234\n"}, "'1.234' is not a number of points"),
        ({"weights": "stage,points\n8,-1\n"}, "'-1' is not a number of points"),
        ({"weights": "stage,points\n8,1\n8,2\n"}, "line 3: stage 8 is there twice"),
        ({"weights": "stage,points\n8,1\n"}, "stage 9 is graded, but has no line: add 9,0"),
        ({"weights": "nowhere.csv"}, "nowhere.csv: No such file"),
        ({"bonus_cap": "some"}, "--bonus-cap some: write a number of points"),
        ({"overrides": "name,points\nAda,3\n"}, "overrides.csv: it has no column reason"),
        ({"overrides": "name,points,reason\nAda Lovelace,3, \n"}, "line 2: it has no reason"),
        ({"overrides": "name,points,reason\n,3,why\n"}, "line 2: it names nobody"),
        (
            {"overrides": "name,stage,points,reason\nLovelace, Ada,9,3,why\n"},
            "overrides.csv, line 2: it has more cells than there are titles: put quotes around",
        ),
        (
            {"overrides": "name,points,reason\nAda Lovelace,3,why\n\nBob,3,why\n"},
            "overrides.csv, line 4: nobody in this class is called Bob",
        ),
        (
            {"overrides": "name,points,reason\nAda Lovelace,3,why\n17,3,why\n"},
            "line 3: 17 is also in overrides.csv, line 2: keep one of them",
        ),
        (
            {"overrides": "name,stage,points,reason\nAda Lovelace,10,3,why\n"},
            "line 2: stage 10 is not graded here",
        ),
        ({"late": "name,days_late\nAda Lovelace,3\n"}, "--late needs --late-policy, for example"),
        (
            {"late": "name,late\nAda,3\n", "late_policy": POLICY},
            "late.csv: it has no column days_late or handed_in",
        ),
        (
            {"late": "name,days_late\nBob,3\n", "late_policy": POLICY},
            "late.csv, line 2: nobody in this class is called Bob",
        ),
        ({"late": "name,days_late\nAda,two\n"}, "line 2: 'two' is not a number of days"),
        ({"late": "name,handed_in\nAda,2026-12-01\n"}, "'2026-12-01' is not a time: write"),
        ({"late_policy": "10% per day"}, "it doesn't say when it was due"),
        ({"late_policy": "due 2026-12-01 23:59"}, "it has no percentage per day"),
        ({"late_policy": "due tomorrow, 10% per day"}, "'due tomorrow' isn't understood"),
        ({"late_policy": "due 2026-12-01, 10% per day"}, "'due 2026-12-01' isn't understood"),
        ({"late_policy": "10% per day, 20% per day"}, "'20% per day' isn't understood"),
        ({"late_policy": "110% per day"}, "'110%' isn't understood"),
        ({"late_policy": "\x1b[31m"}, r"--late-policy: '\\x1b\[31m' isn't understood"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_says_where(
    teacher: Teacher, given: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        teacher.rows(ADA, **given)
    assert "\n" not in str(refused.value)


def test_two_of_one_name_are_told_apart_by_any_id(teacher: Teacher) -> None:
    twins = [submission("Li Wei", verdict(8, 1, 2), id=one) for one in ("31", "32")]
    with pytest.raises(UsageError, match="line 2: 2 people are called Li Wei: add"):
        teacher.rows(*twins, overrides="name,points,reason\nLi Wei,2,why\n")
    first, second, _ = teacher.rows(*twins, overrides="n,i,points,reason\nLi Wei,32,2,why\n")
    assert (first.points, second.points) == (1, 2)
    second = teacher.rows(*twins, overrides="first,last,i,points,reason\nLi,Wei,32,2,why\n")[1]
    assert second.points == 2


def test_a_policy_keeps_the_teachers_words() -> None:
    policy = parse_late_policy("  DUE 2026-12-01 23:59 ,7.5% a day,  90 minutes grace")
    assert policy.text == "DUE 2026-12-01 23:59 , 7.5% a day, 90 minutes grace".replace(" ,", ",")
    assert (str(policy.per_day), policy.at_most, policy.grace_minutes) == ("7.5", 100, 90)
    assert policy.due == parse_time("2026-12-01T23:59")
