"""What the sandbox can do on this machine, in the reader's language.

The sandbox itself says it in English, because reports contain that.
"""

from grader.language import tr
from grader.sandbox import Level


def level_in_words(level: Level) -> str:
    """Return what `str(level)` says, in the reader's language."""
    if not level.landlock_abi and not level.seccomp:
        return tr("no sandbox: this system has neither Landlock nor seccomp")
    files = tr("a user of its own") if level.own_user else tr("no Landlock")
    if level.landlock_abi:
        files = tr("Landlock (ABI {number})", number=level.landlock_abi)
    calls = tr("seccomp filter") if level.seccomp else tr("no seccomp filter")
    return tr("resource limits, {files}, {calls}", files=files, calls=calls)
