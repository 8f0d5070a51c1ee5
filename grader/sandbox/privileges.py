"""What a process gives up before untrusted code runs in it: the memory of its start, a user that
can read the kata, and every capability but one.

A process may always drop capabilities that it has, see capabilities(7). CAP_SYS_RESOURCE could
raise any limit again, CAP_DAC_OVERRIDE writes anybody's files. CAP_DAC_READ_SEARCH, reading files
whoever owns them, is kept where it is there: Python or the kata may lie in a home that only its
owner can enter, and Landlock decides what is readable.
"""

import ctypes
import os
import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from grader.libc import DIE_WITH_PARENT
from grader.sandbox.kernel_calls import SandboxError, call

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL")  # what is kept of it
_ARG_START = 48 - 3  # fields of /proc/self/stat from 1 on; the first two end with a parenthesis
_HEADER = sys.getsizeof(b"")  # what a bytes object has besides its bytes, and one for the last zero

USER = 61_042  # no system hands this number out; it needs no entry in /etc/passwd
SECRET = ("grader", "solutions", "mistakes", "tests")  # folders of the kata
_KATA = Path(__file__).resolve().parents[2]
_FOR_OTHERS = 0o007

_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522  # two words of bits per set
_READ_ANY_FILE = 1 << 2  # CAP_DAC_READ_SEARCH


def forget_start(folder: Path) -> None:
    """Wipe the environment and the command line, keeping only what programs need to run, and make
    `folder` the home and the folder for temporary files.

    A teacher's environment holds keys and passwords. The kernel puts it at the top of the stack,
    where it stays whatever happens to `os.environ`: see arg_start to env_end in proc_pid_stat(5).
    Code that may not read `/proc/self/environ` still reads its own memory.
    """
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    known = [text for pair in os.environ._data.items() for text in pair]  # type: ignore[attr-defined]
    os.environ.clear()
    _wipe_texts(known)
    _wipe_stack()
    sys.argv, sys.orig_argv = [""], [""]
    os.environ.update(kept, HOME=str(folder), TMPDIR=str(folder), TIKTOKEN_CACHE_DIR="")
    tempfile.tempdir = None  # Python looks for it again, and finds TMPDIR


def _wipe_texts(texts: Iterable[bytes]) -> None:
    """Overwrite bytes in place: what Python frees stays readable for long."""
    for text in texts:
        if len(text) > 1:  # Python shares the objects of a single byte
            ctypes.memset(id(text) + _HEADER - 1, 0, len(text))


def _wipe_stack() -> None:
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    arg_start, arg_end, env_start, env_end = map(int, fields[_ARG_START : _ARG_START + 4])
    for start, end in ((arg_start, arg_end), (env_start, env_end)):
        if 0 < start < end:
            ctypes.memset(start, 0, end - start)


def own_user_available() -> bool:
    """Return whether this is root, and the kata that this program belongs to is here and closed to
    others.

    Another user keeps a worker from the kata's files where the kernel has no Landlock. It may still
    do whatever everybody may, so this is for a machine that is thrown away. See credentials(7).
    """
    return os.geteuid() == 0 and all(_is_closed(_KATA / name) for name in SECRET)


def _is_closed(folder: Path) -> bool:
    return folder.exists() and not folder.stat().st_mode & _FOR_OTHERS


def become_own_user(folder: Path) -> None:
    """Turn this process of root's into one of another user, who is given `folder`.

    Raises:
        SandboxError: when the kernel refuses, or that user could read the kata.
    """
    try:
        os.chown(folder, USER, USER)
        folder.parent.chmod(0o711)  # a temporary folder, made for root alone
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
    except OSError as error:
        raise SandboxError(error.errno, f"a user of its own: {error.strerror}") from None
    # The kernel forgets this when the user changes: die with the process that forked this one.
    call("dying with the parent", "prctl", DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if any(os.access(_KATA / name, os.R_OK) for name in SECRET):
        raise SandboxError("a user of its own: it can read the kata")


def drop_capabilities() -> None:
    """Drop the capabilities of this process, and let none come back.

    After "no new privileges", see prctl(2), nothing that is run later brings a capability back, so
    the bounding set need not be emptied. The kernel wants it before it takes a filter, too.

    Raises:
        SandboxError: when the kernel refuses.
    """
    call("no new privileges", "prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    call("no ambient capabilities", "prctl", _PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)  # 0: this process
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then their second words
    call("which capabilities", "capget", header, sets)
    kept = sets[1] & _READ_ANY_FILE
    sets[:] = [kept, kept, 0, 0, 0, 0]
    call("no capabilities", "capset", header, sets)
