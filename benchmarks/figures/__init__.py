"""The numbers of the lessons: one file per lesson, under the lesson's name.

The functions of a file compute numbers that the lesson shows, and say which by a decorator.
`python -m benchmarks.lesson_figures` prints them all.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.learn.lesson import CLOSING
from grader.stages import STAGES

LESSONS = (*(stage.name for stage in STAGES), CLOSING[0])
Compute = Callable[..., Sequence[float]]


@dataclass(frozen=True)
class Figures:
    """Numbers as a lesson shows them, with the function that computes them.

    Attributes:
        shown: the numbers as text: "0.8146", "54,410", "63/64", "3 · 10⁻⁴", "-1.5".
        compute: returns one number for each of them, in the same order.
        leeway: the share by which a computed number may be off besides rounding.
        on_machine: whether the numbers depend on the machine.
        of_vocabulary: whether `compute` takes the path of the real vocabulary.
    """

    shown: tuple[str, ...]
    compute: Compute
    leeway: float = 0.0
    on_machine: bool = False
    of_vocabulary: bool = False

    @property
    def name(self) -> str:
        return self.compute.__name__.replace("_", " ")


def figures(*shown: str, leeway: float = 0.0) -> Callable[[Compute], Figures]:
    """Mark a function that computes these numbers of a lesson."""
    return lambda compute: Figures(shown, compute, leeway)


def vocabulary_figures(*shown: str, leeway: float = 0.0) -> Callable[[Compute], Figures]:
    """Mark a function that computes these numbers from the path of the real vocabulary."""
    return lambda compute: Figures(shown, compute, leeway, of_vocabulary=True)


def machine_figures(*shown: str) -> Callable[[Compute], Figures]:
    """Mark a function that measures these numbers on the machine where it runs."""
    return lambda compute: Figures(shown, compute, on_machine=True)


def figures_of(lesson: str) -> list[Figures]:
    """Return all figures of a lesson, by the name of its file."""
    module = importlib.import_module(f"{__name__}.{lesson}")
    return [value for value in vars(module).values() if isinstance(value, Figures)]


def exempt_of(lesson: str) -> dict[str, str]:
    """Return the numbers of a lesson that nothing computes, each with the reason."""
    exempt: dict[str, str] = getattr(importlib.import_module(f"{__name__}.{lesson}"), "EXEMPT", {})
    return exempt
