"""A terminal says which stage is being graded, and nothing else does."""

import sys
from io import StringIO

import pytest

from grader.check import check
from grader.kata import Kata
from grader.report.writer import Writer
from grader.stages import stage_of

GRADING = "grading s09_rms_norm …"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def writer(kata: Kata) -> Writer:
    return Writer(kata, "text", None, brief=False)


def test_it_is_said_until_the_stage_is_graded(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(KeyboardInterrupt), writer.under_way(stage_of(9)):
        assert terminal.getvalue() == f"{GRADING}\r"
        raise KeyboardInterrupt
    assert terminal.getvalue() == f"{GRADING}\r\x1b[2K"  # the line is empty again


def test_a_file_does_not_get_it(writer: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    with writer.under_way(stage_of(9)):
        pass
    assert capsys.readouterr() == ("", "")


def test_it_is_said_of_every_stage_that_is_run(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    stages = [stage_of(8), stage_of(9)]
    writer = Writer(kata, "json", None, brief=True)
    check(kata, stages, kata.solutions, "solutions", 1, under_way=writer.under_way)
    assert GRADING in terminal.getvalue() and "grading s08_embedding …" in terminal.getvalue()
