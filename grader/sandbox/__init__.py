"""The sandbox that untrusted code runs in, which needs no privilege (Linux).

`privileges` wipes the environment and drops privileges, `limits` says how much the process may use,
`landlock` which files, sockets and processes it can reach, and `syscall_filter` which system calls
it can make. `confinement` puts them together. What a worker leaves in its folder,
`cleanup` removes however it was made.
"""

from grader.sandbox.confinement import Confinement, Level, confine, probe

__all__ = ["Confinement", "Level", "confine", "probe"]
