"""What each stage is called with, one file per stage, under the stage's name.

A file has one function for each function and constant of its stage, of the same name. It takes the
`Model` of one size, and returns `Inputs`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.calls.requests import Callee


@dataclass(frozen=True)
class Asked:
    """A call: what is called, and with which arguments."""

    target: Callee
    args: tuple[Any, ...]


@dataclass(frozen=True)
class Inputs:
    """What a function is called with at one size.

    `sizes` says it in words, with what was cut to save memory. `compared` is the call whose values
    are compared when that is another one (an object is compared by what it does). With `too_much`,
    a reason, values are not compared at this size. `prepare` writes the files that the call reads,
    `on_disk` bytes of them.
    """

    args: tuple[Any, ...]
    sizes: str
    compared: Asked | None = None
    too_much: str = ""
    prepare: Callable[[], None] | None = None  # most calls read no files
    on_disk: int = 0
