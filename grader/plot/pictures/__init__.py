"""The lessons' pictures, one file per stage, under the stage's name.

A file has `draw(walk)`, which returns the picture. Where it takes a `layer` or a `head`, with
defaults, `grader plot` has options for them.
"""

from collections.abc import Callable

from matplotlib.figure import Figure

from grader.stage import Stage
from grader.stage_part import stage_part


def drawing_of(stage: Stage, function: str = "draw") -> Callable[..., Figure]:
    """Return what draws a stage's picture from a walk, or name the missing file (UsageError)."""
    drawing: Callable[..., Figure] = getattr(stage_part(__name__, stage), function)
    return drawing
