"""The exports of a graded class, read back by code that knows nothing about the writers."""

import csv
import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from grader.classroom.exports.class_statistics import commonest
from grader.classroom.exports.gradebooks import as_canvas, as_gradebook, as_moodle
from grader.classroom.exports.html_pages import submission_page
from grader.classroom.exports.submission_results import (
    as_classroom50,
    as_gradescope,
    as_release_body,
    as_submission_junit,
    as_whole_json,
)
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import ClassRow, class_rows
from grader.classroom.safe_copies import TeacherCopy, student_copy, teacher_copy
from grader.report.plain_text import one_line, plain
from grader.tests.nasty_class import (
    MISTAKE,
    NASTY,
    SECRET,
    nasty_class,
    submission,
    unreadable,
)
from grader.verdict import Located, StageVerdict, TestVerdict

HAND_IN = {
    "classroom": "cs", "assignment": "llama3", "assignment_type": "individual", "owner": "alice",
    "submission": "submit/2026-12-01T10-00-00Z-a1b2c3d", "commit": "https://a/c",
    "release": "https://a/r", "review": "https://a/v", "datetime": "2026-12-01T10:00:00Z",
    "graded_at": "2026-12-01T10:05:00Z",
}  # fmt: skip
ALICE = teacher_copy(submission("alice", "Alice"))
HER_COPY = student_copy(ALICE)
IN_MOODLE = teacher_copy(replace(ALICE, students=({"username": "alice"},)))
NOT_GRADED = teacher_copy(unreadable("no"))
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t\r]")
CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffff\U000e0000-\U000e007f]"
)


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def people(*graded: TeacherCopy) -> tuple[ClassRow, ...]:
    return class_rows(graded, ())


def test_the_gradebook_has_a_column_per_stage_and_the_total() -> None:
    first, alice, nobody = csv.DictReader(
        io.StringIO(as_gradebook(people(teacher_copy(submission("key", "A")), ALICE, NOT_GRADED)))
    )
    assert list(first)[:6] == [
        "submission",
        "name",
        "ID",
        "Remark",
        "s08_embedding",
        "s09_rms_norm",
    ]
    assert (alice["s08_embedding"], alice["s09_rms_norm"]) == ("2", "1")
    assert (alice["total"], alice["of"], alice["seed"]) == ("3", "8", "42")
    assert (nobody["total"], nobody["s08_embedding"]) == ("", "")
    assert nobody["problems"] == "There is no stage file in it."


def test_canvas_finds_its_columns_and_the_points_possible() -> None:
    canvas_s = replace(ALICE, students=({"Student": "Alice", "ID": "17", "SIS Login ID": ""},))
    text = as_canvas(people(teacher_copy(canvas_s), NOT_GRADED), "Llama 3 kata (12)")
    head, possible, alice = rows(text)
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Llama 3 kata (12)"]
    assert possible == ["    Points Possible", "", "", "", "", "8"]
    assert alice == ["Alice", "17", "", "", "", "3"]


def test_moodle_gets_the_columns_of_its_own_roster() -> None:
    roster = {"Email address": "a@b.org", "ID number": "9", "USERNAME": "al"}
    graded = teacher_copy(GradedSubmission("k", "Al", (roster,), 1, "full", ALICE.verdicts, ()))
    head, al = rows(as_moodle(people(graded, NOT_GRADED), "Kata"))
    assert head == ["username", "idnumber", "email", "Kata", "feedback"]
    assert al[:4] == ["al", "9", "a@b.org", "3"]
    assert al[4] == "3 of 8 points. s09 RMS norm: not right yet, 1 of 6 points"


def test_what_was_not_graded_has_no_points_because_no_grade_is_not_a_zero() -> None:
    unread = replace(NOT_GRADED, students=({"username": "al"},))
    assert rows(as_canvas(people(ALICE, teacher_copy(unread)), "Kata"))[-1][-1] == ""
    said = rows(as_moodle(people(teacher_copy(unread)), "Kata"))[-1]
    assert said == ["al", "", "not graded. There is no stage file in it."]


def nasty_copies() -> list[TeacherCopy]:
    """Return a class in which everybody can be imported everywhere."""
    return [
        teacher_copy(replace(one, students=({"ID": f"{n}", "username": f"u{n}", **roster},)))
        for n, one in enumerate(nasty_class())
        for roster in [{"Student": one.name, "SIS User ID": f"s{n}", "Section": one.name}]
    ]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_cell_of_any_csv_starts_a_formula(delimiter: str) -> None:
    """In many countries, spreadsheets split at `;`, whatever delimiter a file was written with."""
    graded = people(*nasty_copies())
    for text in (as_gradebook(graded), as_canvas(graded, "=1+1"), as_moodle(graded, "-1")):
        assert len(rows(text)) > len(graded)
        for row in rows(text, delimiter):
            assert [cell for cell in row if FORMULA.match(cell)] == []


def test_every_csv_row_is_one_line_with_all_its_cells() -> None:
    graded = people(*nasty_copies())
    for text in (as_gradebook(graded), as_canvas(graded, "Kata"), as_moodle(graded, "Kata")):
        table = rows(text)
        assert len(table) > len(graded)
        assert len({len(row) for row in table}) == 1
        assert text.count("\n") == len(table)
        assert not CONTROL.search(text)


def test_gradescope_has_every_test_with_its_points() -> None:
    results = json.loads(as_gradescope(HER_COPY))
    tests = {test["name"]: test for test in results["tests"]}
    eps = tests["s09 RMS norm: test_eps"]
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 3
    assert (eps["score"], eps["max_score"], eps["status"], eps["number"]) == (0, 3, "failed", "9.2")
    assert eps["output"].startswith("Alice") and "known mistake" in eps["output"]
    assert tests["s08 Embedding: test_rows"]["status"] == "passed"
    assert "status" not in tests["s09 RMS norm: test_files"]
    assert {test["visibility"] for test in results["tests"]} == {"visible"}


def test_classroom50_keeps_to_its_closed_schema() -> None:
    result = json.loads(as_classroom50(HER_COPY, HAND_IN))
    assert set(result) == {
        "schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit",
        "release", "review", "datetime", "graded_at", "score", "max-score", "tests",
    }  # fmt: skip
    assert (result["schema"], result["score"], result["max-score"]) == (
        "classroom50/result/v1",
        3,
        8,
    )
    for test in result["tests"]:
        assert isinstance(test["passed"], bool)
        assert type(test["score"]) is int and 0 <= test["score"] <= test["max-score"]


def test_junit_has_a_suite_per_stage() -> None:
    root = ElementTree.fromstring(as_submission_junit(HER_COPY))
    assert [suite.get("name") for suite in root] == ["s08_embedding", "s09_rms_norm"]
    properties = [one.get("value") for one in root.findall("testsuite/properties/property")]
    assert properties.count("full") == 2  # how it was sandboxed
    failures = {case.get("name"): case.find("failure") for case in root.iter("testcase")}
    assert failures["test_rows"] is None
    eps = failures["test_eps"]
    assert eps is not None and eps.get("type") == "eps_outside_sqrt"
    assert eps.text == f"Alice\n\n{MISTAKE}"


def test_the_whole_json_has_the_stages_that_check_prints() -> None:
    record = json.loads(as_whole_json(ALICE))
    assert (record["submission"], record["points"], record["max_points"]) == ("alice", 3, 8)
    assert record["stages"][1]["tests"][1]["mistake"] == "eps_outside_sqrt"
    assert record["stages"][1]["tests"][2]["message"] == SECRET  # the teacher's record
    assert record["printed"] == {"embedding": "Alice", "rms_norm": SECRET}


def test_hidden_tests_say_nothing_in_what_students_see() -> None:
    for text in (
        as_gradescope(HER_COPY),
        as_classroom50(HER_COPY, HAND_IN),
        as_submission_junit(HER_COPY),
        as_release_body(HER_COPY),
        as_moodle(people(IN_MOODLE), "Kata"),
    ):
        assert SECRET not in text and "eps_twice" not in text and "no_root" not in text
    hidden = HER_COPY.verdicts[1].tests[2]
    assert (hidden.hidden, hidden.names, hidden.located) == (True, (), None)


def test_two_mistakes_and_a_located_difference_are_in_every_format() -> None:
    two, found = "Both: eps is outside, and the root is missing.", "Line 7, `x`, gives twice that."
    verdict = ALICE.verdicts[1]
    test = replace(verdict.tests[1], mistake=None, located=None)
    tests = (
        replace(test, mistakes=("eps_outside", "no_root"), explanation=two),
        replace(test, located=Located(7, "x", "y", "z"), explanation=found),
    )
    one = replace(ALICE, verdicts=(replace(verdict, tests=tests),))
    hers = student_copy(one)
    for text in (
        submission_page(hers),
        as_gradescope(hers),
        as_classroom50(hers, HAND_IN),
        as_release_body(hers),
        as_submission_junit(hers),
    ):
        assert two in text and found in text
    assert 'type="eps_outside, no_root"' in as_submission_junit(hers)
    first, second = json.loads(as_whole_json(teacher_copy(one)))["stages"][0]["tests"]
    assert (first["mistakes"], first["located"]) == (["eps_outside", "no_root"], None)
    assert second["mistakes"] is None
    wanted = {"line": 7, "right_until": "x", "first_wrong": "y", "relation": "z"}
    assert second["located"] == wanted
    named, unnamed = (commonest([one], known=known) for known in (True, False))
    assert [(item.name, item.explanation) for item in named] == [
        ("eps outside", two),
        ("no root", two),
    ]
    assert [item.name for item in unnamed] == ["eps"]


def test_a_stage_with_all_points_says_why_it_is_not_passed() -> None:
    tests = (
        TestVerdict("test_values", "rms_norm", "passed", 6, 6),
        TestVerdict("test_meta", "rms_norm", "failed", 0, 0, "a fixed device"),
    )
    one = replace(IN_MOODLE, verdicts=(StageVerdict(9, "rms_norm", tests),))
    said = "6 of 6 points, but 1 test without points still fails"
    for text in (
        submission_page(student_copy(one)),
        as_gradescope(student_copy(one)),
        as_moodle(people(teacher_copy(one)), "Kata"),
    ):
        assert said in text


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_are_harmless_in_json_and_xml(text: str) -> None:
    graded = submission("key", text)
    gradescope = json.loads(as_gradescope(student_copy(graded)))
    classroom50 = json.loads(as_classroom50(student_copy(graded), HAND_IN))
    whole = json.loads(as_whole_json(teacher_copy(graded)))
    root = ElementTree.fromstring(as_submission_junit(student_copy(graded)))
    assert gradescope["tests"][2]["output"].startswith(plain(text))
    assert classroom50["tests"][2]["message"].startswith(plain(text))
    assert (whole["name"], whole["students"][0]["Remark"]) == (one_line(text), one_line(text))
    assert next(root.iter("failure")).text == f"{plain(text)}\n\n{MISTAKE}"
    for written in (gradescope, classroom50, whole):
        assert not CONTROL.search(" ".join(strings_in(written)))
        json.dumps(written, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8


def strings_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for one in pair for text in strings_in(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings_in(one)]
    return [value] if isinstance(value, str) else []


def test_nothing_that_students_see_contains_the_seed() -> None:
    """Whoever knows the seed knows the inputs of hidden tests."""
    seed = 2**127 + 12345
    graded = replace(submission("key", "Alice"), seed=seed)
    hers = student_copy(graded)
    for text in (
        submission_page(hers),
        as_gradescope(hers),
        as_classroom50(hers, HAND_IN),
        as_release_body(hers),
        as_submission_junit(hers),
    ):
        assert str(seed) not in text
    for teachers in (
        as_whole_json(teacher_copy(graded)),
        as_gradebook(people(teacher_copy(graded))),
    ):
        assert str(seed) in teachers
