"""How well strangers' code can be locked up on this machine."""

import sys
from dataclasses import dataclass

from grader.sandbox import landlock, own_user, syscall_filter

LOWEST_LANDLOCK = 1  # the filter refuses what later versions of Landlock would: TCP, signals, ...


@dataclass(frozen=True)
class Level:
    """What the kernel gives."""

    landlock_abi: int  # 0: no Landlock
    seccomp: bool
    own_user: bool = False  # without Landlock: a worker can become a user that reads no secrets

    @property
    def is_enough(self) -> bool:
        """Whether code of strangers may run here."""
        return self.seccomp and self.landlock_abi >= LOWEST_LANDLOCK

    @property
    def is_enough_alone(self) -> bool:
        """Whether it may on a machine that holds one submission and is thrown away afterwards:
        another user still reads and writes what is open to all, such as what others handed in."""
        return self.is_enough or (self.seccomp and self.own_user)

    def __str__(self) -> str:
        """Say it in the words that reports carry."""
        if not self.landlock_abi and not self.seccomp:
            return "not locked down: this system has neither Landlock nor seccomp"
        without = "a user of its own" if self.own_user else "no Landlock"
        files = f"Landlock (ABI {self.landlock_abi})" if self.landlock_abi else without
        calls = "seccomp filter" if self.seccomp else "no seccomp filter"
        return f"resource limits, {files}, {calls}"


def probe() -> Level:
    """Ask the kernel what it gives; the floor is never reached outside Linux."""
    if sys.platform != "linux":
        return Level(0, False)
    abi = landlock.abi()
    return Level(abi, syscall_filter.is_available(), own_user=not abi and own_user.is_available())
