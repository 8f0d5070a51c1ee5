"""A user of its own: what keeps a worker from files where the kernel has no Landlock.

Only root can become another user. That user may do whatever everybody may: it reads what is open to
all and writes to the machine's temporary folders, so this is for a machine that is thrown away
afterwards, such as a container, and only where the kata is closed to others. See credentials(7).
"""

import os
import signal
from pathlib import Path

from grader.sandbox.kernel import LockdownError, control

USER = 61_042  # a number that no system gives away; it needs no entry in /etc/passwd
_KATA = Path(__file__).resolve().parents[2]
SECRET = ("grader", "solutions", "mistakes", "tests")  # folders of the kata
_FOR_OTHERS = 0o007
_PR_SET_PDEATHSIG = 1


def is_available() -> bool:
    """Tell whether this is root, and the kata that this program belongs to is closed to others."""
    return os.geteuid() == 0 and all(_is_closed(_KATA / name) for name in SECRET)


def become_own_user(folder: Path) -> None:
    """Turn this process into one of another user, to whom `folder` is given.

    Raises:
        LockdownError: when the kernel refuses, or that user could read the kata.
    """
    try:
        os.chown(folder, USER, USER)
        folder.parent.chmod(0o711)  # it is a temporary folder, which is made for root alone
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
    except OSError as error:
        raise LockdownError(error.errno, f"a user of its own: {error.strerror}") from None
    # The kernel forgets it when the user changes: this process ends with the one that forked it.
    control("an end with the grader", _PR_SET_PDEATHSIG, signal.SIGKILL)
    if any(os.access(_KATA / name, os.R_OK) for name in SECRET):
        raise LockdownError("a user of its own: it can read the kata")


def _is_closed(folder: Path) -> bool:
    return not folder.stat().st_mode & _FOR_OTHERS
