"""What `grader watch` shows in a terminal, where there are keys, and in a pipe, where none are."""

import io

import pytest
from rich.console import Console

from grader.calls.outcome import STUB_MESSAGE
from grader.errors import UsageError
from grader.kata import Kata
from grader.notebook.magics import Magics
from grader.stages import stage_of
from grader.verdict import StageVerdict, TestVerdict
from grader.watch.screen import Screen

STUB = TestVerdict("test_x", "rms_norm", "skipped", 0, 6, f"rms_norm {STUB_MESSAGE}")
RIGHT = TestVerdict("test_x", "rms_norm", "passed", 6, 6)


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize(
    ("test", "key", "otherwise"),
    [
        (STUB, "Press l for the lesson", "Read `grader lesson 9`"),
        (RIGHT, "Press n for s10", "Next is s10"),
        (RIGHT, "(c compares yours with it)", "written this way:"),
    ],
)
def test_keys_are_named_only_where_there_are_any(
    kata: Kata, test: TestVerdict, key: str, otherwise: str, terminal: bool
) -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, color_system=None, width=200)
    verdict = StageVerdict(9, "rms_norm", (test,))
    Screen(kata, console).verdict(stage_of(9), verdict, 1, stage_of(10))
    assert (key in file.getvalue()) == terminal
    assert (otherwise in file.getvalue()) != terminal


def test_a_notebook_refuses_to_watch() -> None:
    with pytest.raises(UsageError, match="%%stage 9"):
        Magics(None)._program("grader")("watch 9")
