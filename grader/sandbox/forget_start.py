"""What a process knows of its start, the environment above all, and how it forgets that.

A teacher's environment holds keys and passwords. The kernel puts it, with the command line, at the
top of the stack, where it stays whatever happens to `os.environ`; see proc_pid_stat(5), arg_start
to env_end. Code that may not read `/proc/self/environ` still reads its own memory.
"""

import ctypes
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

_KEPT = ("PATH", "LANG", "LC_ALL")
_ARG_START = 48 - 3  # fields of /proc/self/stat from 1 on; the first two end with a parenthesis
_HEADER = sys.getsizeof(b"")  # what a bytes object has besides its bytes, and one for the last zero


def forget_the_start(folder: Path) -> None:
    """Keep of the environment only what programs need to run, and nothing that tells of others.

    Args:
        folder: becomes the home, and the place of temporary files.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    known = [text for pair in os.environ._data.items() for text in pair]  # type: ignore[attr-defined]
    os.environ.clear()
    _wipe_texts(known)
    _wipe_the_stack()
    sys.argv, sys.orig_argv = [""], [""]
    os.environ.update(kept, HOME=str(folder), TMPDIR=str(folder), TIKTOKEN_CACHE_DIR="")
    tempfile.tempdir = None  # to be found anew, in the process's own folder


def _wipe_texts(texts: Iterable[bytes]) -> None:
    """Overwrite bytes where they are: what Python frees stays readable for long."""
    for text in texts:
        if len(text) > 1:  # those of one byte are everybody's
            ctypes.memset(id(text) + _HEADER - 1, 0, len(text))


def _wipe_the_stack() -> None:
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    arg_start, arg_end, env_start, env_end = map(int, fields[_ARG_START : _ARG_START + 4])
    for start, end in ((arg_start, arg_end), (env_start, env_end)):
        if 0 < start < end:
            ctypes.memset(start, 0, end - start)
