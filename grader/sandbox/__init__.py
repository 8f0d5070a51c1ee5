"""The sandbox that untrusted code runs in, which needs no privilege (Linux).

`confinement` puts its layers together; `cleanup` removes what a worker leaves in its folder.
"""

from grader.sandbox.confinement import Confinement, Level, confine, probe

__all__ = ["Confinement", "Level", "confine", "probe"]
