"""The lessons' pictures, one file per stage, under the stage's name.

A file has `draw(walk)`, which returns the picture. Where it takes a `layer` or a `head`, with
defaults, `grader plot` has options for them.
"""

from collections.abc import Callable

from matplotlib.figure import Figure

from grader.module_named_after import module_named_after
from grader.stage import Stage


def drawing_of(stage: Stage, function: str = "draw") -> Callable[..., Figure]:
    """Return what draws a stage's picture from a walk, or name the missing file (UsageError)."""
    drawing: Callable[..., Figure] = getattr(module_named_after(stage, __name__), function)
    return drawing
