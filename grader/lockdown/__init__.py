"""Locking a process down before it imports code of strangers, without any privilege (Linux).

Four layers, each in a file of its own: resource limits, no new privileges, Landlock (which files,
sockets and processes can be reached) and a seccomp filter (which system calls there are). In a
container whose kernel has no Landlock, root can give each worker a user of its own instead.
"""

from grader.lockdown.confinement import Confinement, confine
from grader.lockdown.level import Level, probe

__all__ = ["Confinement", "Level", "confine", "probe"]
