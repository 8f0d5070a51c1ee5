"""The pictures that `grader plot` draws, in the order of the model. This does not import torch."""

import difflib
from contextlib import suppress
from dataclasses import dataclass

from grader.errors import UsageError
from grader.language import in_a_row, mark, tr
from grader.stage import Stage
from grader.stage_names import find_stage
from grader.stages import STAGES, stage_of


@dataclass(frozen=True)
class NamedPicture:
    """A picture that a learner can ask for."""

    name: str
    stage: Stage  # its file in `pictures/` draws it; `grader watch` draws it when p is pressed
    shows: str = ""  # in English; empty if it is the picture of the stage's lesson
    function: str = "draw"

    def in_words(self) -> str:
        """Return what the picture shows, in the reader's language."""
        if self.shows:
            return tr(self.shows)
        return tr('the picture of the lesson "{title}"', title=tr(self.stage.title))


NAMED = (
    NamedPicture("norm", stage_of(9), mark("a layer's vectors before and after RMS norm")),
    NamedPicture(
        "freqs", stage_of(10), mark("one row of freqs_cis in the complex plane, and the angles")
    ),
    NamedPicture(
        "rotate", stage_of(11), mark("the pairs of a query before and after the rotation")
    ),
    NamedPicture(
        "scores", stage_of(13), mark("a head's scores as a map, and the last token's row")
    ),
    NamedPicture(
        "mask", stage_of(14), mark("the causal mask, and the scores that it leaves"), "draw_mask"
    ),
    NamedPicture(
        "attention",
        stage_of(15),
        mark("all heads; with --head, one head before and after the mask"),
    ),
    NamedPicture("gate", stage_of(16), mark("SiLU, its inputs, and what it lets through")),
    NamedPicture(
        "lens", stage_of(18), mark("the best next token after each layer: where 42 appears")
    ),
    NamedPicture(
        "answer", stage_of(19), mark("the ten most likely next tokens, with probabilities")
    ),
)

LOSS = "loss"
_LOSS_SHOWS = mark("your last training beside the reference's: the loss of each step")
_STAGE_SHOWS = mark("the picture in a stage's lesson (8, s08 or embedding)")

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
        return NamedPicture(stage.name, stage)
    near = difflib.get_close_matches(name, [*NAMES, LOSS, *(stage.slug for stage in STAGES)], n=1)
    names = in_a_row([*NAMES, LOSS])
    hint = tr("there are {names}, and one for each stage, such as 8", names=names)
    if near:
        hint = tr("did you mean {name}?", name=near[0])
    raise UsageError(tr("no picture is called {name!r}: {hint}", name=name, hint=hint))


def pictures_in_words() -> list[tuple[str, str]]:
    """Return the name of each picture that `grader plot` draws, and what it shows."""
    rows = [*((named.name, named.shows) for named in NAMED), (LOSS, _LOSS_SHOWS)]
    return [(name, tr(shows)) for name, shows in [*rows, ("STAGE", _STAGE_SHOWS)]]


def names_for(stage: Stage) -> list[str]:
    """Return the names of a stage's pictures, or else its number, for its lesson's picture."""
    return [named.name for named in NAMED if named.stage == stage] or [str(stage.number)]
