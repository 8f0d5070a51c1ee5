"""Locking a process down before it imports code of strangers, without any privilege (Linux).

Layers, each in a file of its own: the start of the process is forgotten, privileges are dropped,
resources limited, Landlock says which files, sockets and processes can be reached, and a seccomp
filter which system calls there are. In a container whose kernel has no Landlock, root can give each
worker a user of its own instead. What no limit counts is looked at from outside (`usage`), and what
was left in a worker's folder is removed however it was made (`litter`).
"""

from grader.sandbox.confinement import Confinement, confine
from grader.sandbox.level import Level, probe

__all__ = ["Confinement", "Level", "confine", "probe"]
