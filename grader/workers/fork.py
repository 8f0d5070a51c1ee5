"""Forking a process that does one thing and ends (Linux)."""

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, see prctl(2)


def fork(live: Callable[[], None]) -> int:
    """Fork a process that lives this life and no other, and dies with this one; return its pid."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        live()
        status = 0
    except ConnectionError:
        pass  # the process that it answers has ended, and has said why
    except BaseException:  # nothing may fall through into the code of whoever has forked
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        os._exit(status)
