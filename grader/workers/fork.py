"""Fork a process that does one thing and ends (Linux)."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

from grader.libc import DIE_WITH_PARENT, libc


def fork(live: Callable[[], None]) -> int:
    """Fork a child that runs `live`, exits, and dies with its parent; return its pid.

    The child exits with 0, or with 1 and a traceback on standard error if `live` raises. The caller
    must wait for it. Fork from the main thread: the child is killed when the forking *thread* ends,
    see prctl(2).

    Raises:
        OSError: if the system can't start another process.
    """
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        libc().prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() == parent:  # else the parent ended before the line above took effect
            live()
            status = 0
    except ConnectionError:
        pass  # the process that it answers has ended, and has reported why
    except BaseException:  # nothing may fall through into the caller's code
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        os._exit(status)
