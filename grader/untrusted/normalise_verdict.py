"""Make verdicts the same in every run: remove what differs between runs, and shorten what is long.

Error messages may contain the name of a temporary folder, which is random, an object's address in
memory, or a thread's number.
"""

import re
from dataclasses import replace

from grader.calls.describe import same_everywhere
from grader.untrusted.short_verdict import shortened
from grader.verdict import Located, StageVerdict, TestVerdict, map_texts

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")
_THREAD = re.compile(r"(\bthread '[^'\n]*') \(\d+\)")  # in a Rust panic, which tiktoken prints
_MOST_LINES = 10**6  # of a file; a line number beyond that was made up


def normalise(verdict: StageVerdict) -> StageVerdict:
    """Return a verdict of bounded length, with nothing in it that is different in the next run."""
    tests = tuple(_with_a_real_line(map_texts(_clean, test)) for test in verdict.tests)
    return shortened(replace(verdict, tests=tests, printed=_clean(verdict.printed)))


def _with_a_real_line(test: TestVerdict) -> TestVerdict:
    """Drop a line number that no file has, because it comes from the code under test."""
    located = test.located
    if located is None or located.line is None or 0 < located.line <= _MOST_LINES:
        return test
    kept: Located | None = replace(located, line=None)
    return replace(test, located=None if kept == Located() else kept)


def _clean(text: str) -> str:
    return _ADDRESS.sub("at 0x...", _THREAD.sub(r"\1", same_everywhere(text)))
