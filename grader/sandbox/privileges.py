"""What a process gives up before untrusted code runs in it: the memory of how it was started, a
user who can read the kata, and every capability except one.

A process may always drop capabilities that it has, see capabilities(7). With CAP_SYS_RESOURCE it
could raise any limit again, with CAP_DAC_OVERRIDE it could write anybody's files.
CAP_DAC_READ_SEARCH, with which it can read files whoever owns them, is kept if present: Python or
the kata may be in a home folder that only its owner can enter, and Landlock decides what is
readable.
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

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL")  # the variables that are kept
_ARG_START = 48 - 3  # fields of /proc/self/stat count from 1; the first two end with a parenthesis
_HEADER = sys.getsizeof(b"")  # the size of a bytes object without its bytes, with the final zero

USER = 61_042  # a number that no system assigns; it needs no entry in /etc/passwd
SECRET = ("grader", "solutions", "mistakes", "tests")  # folders of the kata
_KATA = Path(__file__).resolve().parents[2]
_FOR_OTHERS = 0o007

_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522  # two words of bits per set
_READ_ANY_FILE = 1 << 2  # CAP_DAC_READ_SEARCH


def forget_start(folder: Path) -> None:
    """Wipe the environment and the command line, and keep only what programs need to run.

    `folder` becomes the home and the folder for temporary files.

    A teacher's environment may contain keys and passwords. The kernel puts it at the top of the
    stack, where it stays whatever happens to `os.environ`: see arg_start to env_end in
    proc_pid_stat(5). Code that can't read `/proc/self/environ` can still read its own memory.
    """
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    known = [text for pair in os.environ._data.items() for text in pair]  # type: ignore[attr-defined]
    os.environ.clear()
    _wipe_texts(known)
    _wipe_stack()
    sys.argv, sys.orig_argv = [""], [""]
    os.environ.update(kept, HOME=str(folder), TMPDIR=str(folder), TIKTOKEN_CACHE_DIR="")
    tempfile.tempdir = None  # so that Python looks it up again, and finds TMPDIR


def _wipe_texts(texts: Iterable[bytes]) -> None:
    """Overwrite bytes in place, because what Python frees stays readable for a long time."""
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
    """Return whether this is root, and this program's kata is here and closed to other users.

    If the kernel has no Landlock, running a worker as another user keeps it from the kata's files.
    It can still do whatever everybody may, so this is for a disposable machine. See credentials(7).
    """
    return os.geteuid() == 0 and all(_is_closed(_KATA / name) for name in SECRET)


def _is_closed(folder: Path) -> bool:
    return folder.exists() and not folder.stat().st_mode & _FOR_OTHERS


def become_own_user(folder: Path) -> None:
    """Turn this process from root's into another user's, who becomes the owner of `folder`.

    Raises:
        SandboxError: if the kernel refuses, or if that user could read the kata.
    """
    try:
        os.chown(folder, USER, USER)
        folder.parent.chmod(0o711)  # a temporary folder, made for root alone
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
    except OSError as error:
        raise SandboxError(error.errno, f"a user of its own: {error.strerror}") from None
    # Die with the parent process: the kernel forgets this setting when the user changes.
    call("dying with the parent", "prctl", DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    if any(os.access(_KATA / name, os.R_OK) for name in SECRET):
        raise SandboxError("a user of its own: it can read the kata")


def drop_capabilities() -> None:
    """Drop the capabilities of this process permanently.

    After "no new privileges", see prctl(2), no program that runs later can regain a capability, so
    the bounding set need not be emptied. The kernel also requires it before it accepts a filter.

    Raises:
        SandboxError: if the kernel refuses.
    """
    call("no new privileges", "prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    call("no ambient capabilities", "prctl", _PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)  # 0: this process
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then their second words
    call("which capabilities", "capget", header, sets)
    kept = sets[1] & _READ_ANY_FILE
    sets[:] = [kept, kept, 0, 0, 0, 0]
    call("no capabilities", "capset", header, sets)
