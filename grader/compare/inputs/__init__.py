"""The inputs of each stage's calls, one file per stage, under the stage's name.

A file has one function for each function and constant of its stage, of the same name. It takes the
`Model` of one size, and returns `Inputs`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.calls.requests import Callee


@dataclass(frozen=True)
class Asked:
    """A call: the function or method, and its arguments."""

    target: Callee
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Inputs:
    """The arguments of a function at one size.

    `compared` is the call whose values are compared, if it is a different one (an object is
    compared by what its methods return).
    """

    args: tuple[Any, ...]
    sizes: str  # in words, with what was cut to save memory
    compared: Asked | None = None
    too_much: str = ""  # why values are not compared at this size
    prepare: Callable[[], None] | None = None  # writes the files that the call reads
    on_disk: int = 0  # bytes of those files
