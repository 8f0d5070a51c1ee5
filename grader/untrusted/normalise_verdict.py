"""Make verdicts the same in every run: remove what differs between runs, and shorten what is long.

Error messages may contain the name of a temporary folder, which is random, or an object's address
in memory. Long values are cut in messages, so a part of a random name can be left on its own.
"""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

from grader.untrusted.short_verdict import shortened
from grader.verdict import Located, StageVerdict, TestVerdict, map_texts

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
_DRAWN = re.compile(r"\b(kata-|tmp)[a-z0-9_]{8}\b")  # random names as `tempfile` makes them
_CUT = " ... "
_MOST_LINES = 10**6  # of a file; a line number beyond that was made up


def normalise(verdict: StageVerdict, folder: Path) -> StageVerdict:
    """Return a verdict of bounded length, without any trace of its run's temporary folder."""
    clean = partial(_clean, folder)
    tests = tuple(_with_a_real_line(map_texts(clean, test)) for test in verdict.tests)
    return shortened(replace(verdict, tests=tests, printed=clean(verdict.printed)))


def _with_a_real_line(test: TestVerdict) -> TestVerdict:
    """Drop a line number that no file has, because it comes from the code under test."""
    located = test.located
    if located is None or located.line is None or 0 < located.line <= _MOST_LINES:
        return test
    kept: Located | None = replace(located, line=None)
    return replace(test, located=None if kept == Located() else kept)


def _clean(folder: Path, text: str) -> str:
    text, drawn = text.replace(str(folder), "/kata"), folder.name
    for end in range(len(drawn) - 1, 4, -1):
        text = text.replace(f"{folder.parent / drawn[:end]}{_CUT}", f"/kata{_CUT}")
    for start in range(1, len(drawn)):
        text = text.replace(f"{_CUT}{drawn[start:]}/", _CUT)
    return _ADDRESS.sub("at 0x...", _DRAWN.sub(r"\1...", text))
