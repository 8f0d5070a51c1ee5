"""The pictures that `grader plot` draws, in the order of the model. This does not import torch."""

import difflib
from contextlib import suppress
from dataclasses import dataclass

from grader.errors import UsageError
from grader.stage import Stage
from grader.stage_names import find_stage
from grader.stages import STAGES, stage_of


@dataclass(frozen=True)
class NamedPicture:
    """A picture that a learner can ask for."""

    name: str
    stage: Stage  # its file in `pictures/` draws it; `grader watch` draws it when p is pressed
    shows: str
    function: str = "draw"


NAMED = (
    NamedPicture("norm", stage_of(9), "a layer's vectors before and after RMS norm"),
    NamedPicture(
        "freqs", stage_of(10), "one row of freqs_cis in the complex plane, and the angles"
    ),
    NamedPicture("rotate", stage_of(11), "the pairs of a query before and after the rotation"),
    NamedPicture("scores", stage_of(13), "a head's scores as a map, and the last token's row"),
    NamedPicture(
        "mask", stage_of(14), "the causal mask, and the scores that it leaves", "draw_mask"
    ),
    NamedPicture(
        "attention", stage_of(15), "all heads; with --head, one head before and after the mask"
    ),
    NamedPicture("gate", stage_of(16), "SiLU, its inputs, and what it lets through"),
    NamedPicture("lens", stage_of(18), "the best next token after each layer: where 42 appears"),
    NamedPicture("answer", stage_of(19), "the ten most likely next tokens, with probabilities"),
)

NAMES = tuple(named.name for named in NAMED)


def find_named(name: str) -> NamedPicture:
    """Return the picture with a name, or that of a stage's lesson.

    Raises:
        UsageError: if the name is neither; the message suggests the closest one.
    """
    if name in NAMES:
        return NAMED[NAMES.index(name)]
    with suppress(UsageError):
        stage = find_stage(name)
        return NamedPicture(stage.name, stage, f"the picture of the lesson {stage.title!r}")
    near = difflib.get_close_matches(name, [*NAMES, *(stage.slug for stage in STAGES)], n=1)
    hint = f"there are {', '.join(NAMES)}, and one for each stage, such as 8"
    raise UsageError(
        f"no picture is called {name!r}: {f'did you mean {near[0]}?' if near else hint}"
    )


def names_for(stage: Stage) -> list[str]:
    """Return the names of a stage's pictures, or else its number, for its lesson's picture."""
    return [named.name for named in NAMED if named.stage == stage] or [str(stage.number)]
