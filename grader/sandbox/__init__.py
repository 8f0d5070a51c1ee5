"""The sandbox for untrusted code, which needs no privileges (Linux).

`confinement` combines its layers; `cleanup` removes what a worker leaves in its folder.
"""

from grader.sandbox.confinement import Confinement, Level, confine, probe

__all__ = ["Confinement", "Level", "confine", "probe"]
