"""What the sandbox can do on this machine, in the reader's language.

The sandbox itself says it in English only: it runs in processes that load no translations.
"""

import re

from grader.language import in_a_row, mark, tr
from grader.sandbox import Level

_PARTS = (  # as the sandbox says it
    mark("no sandbox: this system has neither Landlock nor seccomp"),
    mark("resource limits"),
    mark("a user of its own"),
    mark("no Landlock"),
    mark("seccomp filter"),
    mark("no seccomp filter"),
)
_LANDLOCK = re.compile(r"Landlock \(ABI (?P<number>\d+)\)")


def level_in_words(level: Level) -> str:
    """Return what `str(level)` says, in the reader's language."""
    return in_a_row(map(_in_words, str(level).split(", ")))


def _in_words(part: str) -> str:
    if found := _LANDLOCK.fullmatch(part):
        return tr("Landlock (ABI {number})", number=found["number"])
    return tr(part)
