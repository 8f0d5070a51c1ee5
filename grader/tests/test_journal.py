"""The journal of a class: nothing is lost and nothing invented, whenever the run is killed."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom.journal import Journal, Key
from grader.verdict import Located, StageVerdict, TestVerdict

KEY = Key("a" * 64, "b" * 64, 42, (9, 10), "full")
FAILED = TestVerdict("test_x", "rms_norm", "failed", 0, 2, "é\n\x1b[31mred", "no_eps", "Said.")
TWO = TestVerdict("test_y", "rms_norm", "failed", 0, 2, "wrong", mistakes=("no_eps", "no_root"))
UNNAMED = TestVerdict(
    "test_z", "rms_norm", "failed", 0, 2, "wrong", located=Located(7, "`x`", None, "é\x00", "Said.")
)
TESTS = (FAILED, TWO, UNNAMED)
VERDICTS = (StageVerdict(9, "rms_norm", TESTS, "printed"), StageVerdict(10, "freqs_cis", ()))


def written(path: Path, *keys: Key) -> bytes:
    with closing(Journal(path)) as journal:
        for key in keys:
            journal.add(key, VERDICTS)
    return path.read_bytes()


def other(seed: int) -> Key:
    return replace(KEY, seed=seed)


def test_what_was_added_is_there_in_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    written(path, KEY)
    with closing(Journal(path)) as journal:
        assert journal.get(KEY) == VERDICTS


@pytest.mark.parametrize(
    "changed",
    [
        replace(KEY, submission="c" * 64),
        replace(KEY, suites="c" * 64),
        other(43),
        replace(KEY, stages=(9,)),
        replace(KEY, level="none"),
    ],
)
def test_anything_else_is_graded_again(tmp_path: Path, changed: Key) -> None:
    written(tmp_path / "journal.jsonl", KEY)
    with closing(Journal(tmp_path / "journal.jsonl")) as journal:
        assert journal.get(changed) is None


def test_killed_at_any_byte_it_keeps_all_complete_lines_and_continues(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    first = len(written(path, KEY))
    data = written(path, other(2))
    for cut in range(first, len(data)):
        path.write_bytes(data[:cut])
        with closing(Journal(path)) as journal:
            assert journal.get(KEY) == VERDICTS and journal.get(other(2)) is None
            journal.add(other(3), VERDICTS)
        with closing(Journal(path)) as journal:
            assert journal.get(KEY) == journal.get(other(3)) == VERDICTS
        assert len(path.read_bytes().splitlines()) == 2


def test_a_file_that_is_not_a_journal_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"key": {}, "verdicts": []}\nnonsense\n')
    with closing(Journal(path)) as journal:
        assert journal.get(KEY) is None
        journal.add(KEY, VERDICTS)
    with closing(Journal(path)) as journal:
        assert journal.get(KEY) == VERDICTS
