"""A verdict on the screen: the most informative failing test comes first, with the reason below."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from grader.kata import Kata
from grader.report.verdict_text import print_stage
from grader.verdict import Located, StageVerdict, TestVerdict

VALUES = TestVerdict("test_values", "rms_norm", "failed", 0, 2, "all 60 values are wrong")
PROPERTY = TestVerdict("test_property", "rms_norm", "failed", 0, 0, "the rows don't add up")
NAMED = replace(VALUES, name="test_named", mistake="no_eps", explanation="You forget eps.")
FOUND = Located(7, "the mean square", "the root", "twice that", "Line 7 gives twice that.")
LOCATED = replace(VALUES, name="test_located", located=FOUND, explanation=FOUND.text)
RAISED = replace(VALUES, name="test_raised", located=Located(7, relation="x: float32 [3]"))
REPORT = "grader report 9"


def shown(kata: Kata, *tests: TestVerdict, compact: bool = False, advised: bool = True) -> str:
    console = Console(file=StringIO(), width=100, highlight=False, soft_wrap=True)
    verdict = StageVerdict(9, "rms_norm", tests)
    print_stage(console, kata, verdict, compact=compact, advised=advised)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def first_of(text: str) -> str:
    """Return the name of the test shown first."""
    return text.splitlines()[1].split(": ")[1].split("  ")[0]


def test_the_most_informative_test_comes_first(kata: Kata) -> None:
    order = [NAMED, RAISED, LOCATED, VALUES, PROPERTY]
    for at in range(len(order)):
        left = order[at:]
        for tests in (left, left[::-1]):
            wanted = left[0].name.removeprefix("test_")
            assert first_of(shown(kata, *tests)) == wanted
            assert first_of(shown(kata, *tests, compact=True)) == wanted


def test_the_explanation_is_below_the_message_and_a_blank_line(kata: Kata) -> None:
    for test in (NAMED, LOCATED):
        for compact in (False, True):
            lines = [line.strip() for line in shown(kata, test, compact=compact).splitlines()]
            at = lines.index(VALUES.message)
            assert lines[at : at + 3] == [VALUES.message, "", test.explanation]


def test_a_report_is_suggested_only_for_unexplained_failures(kata: Kata) -> None:
    for tests in ([VALUES], [PROPERTY], [NAMED, replace(VALUES, function="other")]):
        assert REPORT in shown(kata, *tests) and REPORT in shown(kata, *tests, compact=True)
        assert "grader" not in shown(kata, *tests, advised=False)
    for tests in ([NAMED, VALUES], [LOCATED, PROPERTY], [RAISED]):
        text = shown(kata, *tests)
        assert REPORT not in text and "grader hint 9" in text


def test_all_points_are_not_enough_if_a_test_without_points_fails(kata: Kata) -> None:
    passed = replace(VALUES, outcome="passed", points=2, message="")
    head = shown(kata, passed, PROPERTY).splitlines()[0]
    assert head.endswith("almost there  2 of 2 points, but 1 test without points still fails")
    both = shown(kata, passed, PROPERTY, replace(PROPERTY, name="test_other")).splitlines()[0]
    assert both.endswith("2 of 2 points, but 2 tests without points still fail")
    assert "but" not in shown(kata, passed, VALUES).splitlines()[0]
    assert "but" not in shown(kata, passed).splitlines()[0]
