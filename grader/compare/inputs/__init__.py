"""What each stage is called with: one file per stage, with the stage's name.

A file has one function for each function and constant of its stage, with the same name. It takes
the `Model` of one size and returns `Inputs`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.calls.request_writer import Callee


@dataclass(frozen=True)
class Asked:
    """A call: what to call, and with which arguments."""

    target: Callee
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Inputs:
    """What a function is called with at one size.

    `compared` is the call whose values are compared, if it is not the timed one: an object is
    compared by what it does.
    """

    args: tuple[Any, ...]
    sizes: str  # in words, including what was cut to save memory
    compared: Asked | None = None
    too_much: str = ""  # why values are not compared at this size
    prepare: Callable[[], None] | None = None  # writes the files that the call reads
    on_disk: int = 0  # bytes in those files
