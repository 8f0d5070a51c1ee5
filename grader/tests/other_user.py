"""Call a function as a user who isn't root, in a fork of this process."""

import os
import resource  # noqa: F401 - Python may lie where nobody can't import what comes late
import traceback
from collections.abc import Callable

from grader.libc import libc

NOBODY = 65534
PR_SET_DUMPABLE = 4


def as_nobody(work: Callable[[], object]) -> str:
    """Call a function, as an unprivileged user if this process runs as root.

    Returns:
        its value as text, or a traceback.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
                libc().prctl(
                    PR_SET_DUMPABLE, 1
                )  # in /proc the process belongs to this user, as a grader's does
            answer = repr(work())
        except BaseException:
            answer = traceback.format_exc()
        os.write(writing, answer.encode()[-4000:])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    return answer
