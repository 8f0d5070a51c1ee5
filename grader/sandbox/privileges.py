"""Privileges: whoever starts the grader, its workers can do no more than an ordinary user.

Root's power is a set of capabilities, see capabilities(7): CAP_SYS_RESOURCE among them raises any
limit again, CAP_DAC_OVERRIDE writes anybody's files. A process may always drop those that it has.
One is kept where it is there, the reading of files whoever owns them: Python or the kata may lie
in a home that only its owner enters, and what is readable is for Landlock to say.

With no new privileges, see prctl(2), nothing that is run later brings a capability back, so the
bounding set need not be emptied. The kernel also wants that before it takes a filter.
"""

import ctypes

from grader.sandbox.kernel import capabilities, control

_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL = 38, 47, 4
_VERSION_3 = 0x20080522  # two words of bits a set
_KEPT = 1 << 2  # CAP_DAC_READ_SEARCH


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Word(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def give_up_privileges() -> None:
    """Drop the capabilities of this process, and let none come back.

    Raises:
        LockdownError: when the kernel refuses.
    """
    control("no new privileges", _PR_SET_NO_NEW_PRIVS, 1)
    control("no ambient capabilities", _PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    header, words = _Header(_VERSION_3, 0), (_Word * 2)()
    capabilities("which capabilities", "capget", ctypes.byref(header), ctypes.byref(words))
    kept = words[0].permitted & _KEPT
    words[0] = _Word(kept, kept, 0)
    words[1] = _Word(0, 0, 0)
    capabilities("no capabilities", "capset", ctypes.byref(header), ctypes.byref(words))
