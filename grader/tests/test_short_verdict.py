"""No submission can make a long report, whatever its code prints or raises."""

import json
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from grader.calls.replies import LONGEST_TEXT
from grader.classroom.exports.gradebooks import as_canvas, as_gradebook, as_moodle
from grader.classroom.exports.html_pages import submission_page, teacher_page
from grader.classroom.exports.submission_results import (
    as_classroom50,
    as_gradescope,
    as_submission_junit,
    as_whole_json,
)
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import class_rows
from grader.classroom.intake.stage_file_names import STAGE_FILES
from grader.classroom.journal import Journal, Key
from grader.classroom.safe_copies import student_copy, teacher_copy
from grader.classroom.submission_names import printable
from grader.diagnosis.known_mistakes import Named, mistakes_of
from grader.kata import Kata
from grader.stages import STAGES
from grader.suite.grade_stage import untested_stage
from grader.untrusted.normalise_verdict import normalise
from grader.untrusted.short_verdict import REPORT_BYTES, shorten, shortened
from grader.verdict import Located, StageVerdict, TestVerdict
from grader.workers.worker_channel import PRINTED_BYTES

NOTE = "(shortened: in full, this text has"
# Characters that take the most space in some format: ASCII JSON, JSON, HTML, XML, UTF-8, lines.
WIDE = ["\x01", "é", "山", "😀", "&", '"', "\\", "<", "\n", "x"]


def test_what_fits_stays_as_it_is() -> None:
    tests = tuple(TestVerdict(f"test_{n}", "f", "failed", 0, 1, "said " * 200) for n in range(15))
    verdict = StageVerdict(9, "rms_norm", tests, "printed " * 400)
    assert shortened(verdict) == verdict


def test_the_longest_are_shortened_and_say_so() -> None:
    long = TestVerdict("test_a", "f", "failed", 0, 1, "raised " + "y" * 50_000)
    short = TestVerdict("test_b", "f", "failed", 0, 1, "all values are wrong")
    cut = shortened(StageVerdict(9, "rms_norm", (long, short), "z" * 50_000))
    assert cut.tests[1] == short
    assert cut.tests[0].message.startswith("raised yyy")
    assert cut.tests[0].message.endswith(f"{NOTE} 50,007 characters)")
    assert cut.printed.endswith(f"{NOTE} 50,000 characters)")
    assert 9_000 < len(cut.tests[0].message) < 16_000
    assert shortened(cut) == cut  # so a resumed run gives the same


def test_what_is_located_says_the_same_in_every_run() -> None:
    said = f"<object at 0x7f12ab> in {tempfile.gettempdir()}/kata-abcd1234/x"
    located = Located(7, said, None, said, said)
    test = TestVerdict("test_a", "f", "failed", 0, 1, said, explanation=said, located=located)
    (clean,) = normalise(StageVerdict(9, "rms_norm", (test,))).tests
    expected = "<object at 0x...> in /tmp/kata-.../x"
    assert clean.located == Located(7, expected, None, expected, expected)
    assert clean.message == clean.explanation == expected


@pytest.mark.parametrize("line", [-1, 0, 10**7, 2**63])
def test_a_line_that_no_file_has_is_left_out(line: int) -> None:
    for located, kept in (
        (Located(line, relation="twice"), Located(relation="twice")),
        (Located(line), None),
    ):
        test = TestVerdict("test_a", "f", "failed", 0, 1, "wrong", located=located)
        (clean,) = normalise(StageVerdict(9, "rms_norm", (test,))).tests
        assert clean.located == kept


@pytest.mark.parametrize("char", [*WIDE, "\ud800"])
def test_a_shortened_text_fits_in_every_format(char: str) -> None:
    cut = shorten(char * 9_000, 3_000)
    assert NOTE in cut and cut.startswith(char)
    assert 2_900 < len(json.dumps(cut)) <= 3_000 or char in '&"<'
    assert shorten("x" * 2_998, 3_000) == "x" * 2_998  # and its quotation marks


@pytest.fixture(scope="module")
def longest_explanation(kata: Kata) -> str:
    known = [one for stage in STAGES if stage.has_code for one in mistakes_of(kata, stage)]
    first, second = sorted(known, key=lambda one: -len(one.text))[:2]
    return Named(first, (first, second), together=True).text


@pytest.mark.parametrize("char", WIDE, ids=ascii)
def test_code_with_the_longest_messages_gives_reports_below_the_limit(
    kata: Kata, tmp_path: Path, longest_explanation: str, char: str
) -> None:
    said = f"it raised ValueError: {char * LONGEST_TEXT} ... (it goes on)\ncalled: f()\n" + (
        f"  in s09_rms_norm.py, line 1: {char * LONGEST_TEXT} ... (it goes on)"
    )
    located = Located(2**63, *[char * LONGEST_TEXT] * 4)
    verdicts = []
    for stage in STAGES:
        verdict = untested_stage(kata, stage, "failed", said)
        tests = tuple(
            replace(test, mistake="a_mistake", explanation=longest_explanation, located=located)
            for test in verdict.tests
        )
        printed = char * PRINTED_BYTES + "\n... (more was printed)"
        verdicts.append(normalise(replace(verdict, tests=tests, printed=printed)))
    problems = [f"{printable(char * 500)} is not taken: it is too large" for _ in STAGE_FILES * 8]
    graded = GradedSubmission(
        "submission", char * 255, (), 2**128 - 1, "full", tuple(verdicts), tuple(problems)
    )
    path = tmp_path / "journal.jsonl"
    with closing(Journal(path)) as journal:
        key = Key("a" * 64, "b" * 64, graded.seed, tuple(one.number for one in STAGES), "full")
        journal.add(key, graded.verdicts)
    teachers, students = teacher_copy(graded), student_copy(graded)
    people = class_rows([teachers], ())
    written = {
        "page": submission_page(students),
        "teacher's page": teacher_page(teachers, ""),
        "JSON": as_whole_json(teachers),
        "Gradescope": as_gradescope(students),
        "Classroom 50": as_classroom50(students, {}),
        "JUnit": as_submission_junit(students),
        "gradebook": as_gradebook(people),
        "Canvas": as_canvas(people, "Kata"),
        "Moodle": as_moodle(people, "Kata"),
        "journal": path.read_text(encoding="utf-8"),
    }
    sizes = {name: len(text.encode()) for name, text in written.items()}
    print(sizes)
    assert max(sizes.values()) < REPORT_BYTES
    assert NOTE in written["JSON"] and NOTE in written["journal"]
