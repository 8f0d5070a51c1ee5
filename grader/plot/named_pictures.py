"""The pictures that `grader plot` draws, in the order of the model; said without torch."""

import difflib
from dataclasses import dataclass

from grader.errors import UsageError
from grader.stage import Stage


@dataclass(frozen=True)
class Named:
    """A picture that a learner can ask for.

    `layer` and `head` are drawn unless others are named; `layer` None: it shows no single layer.
    """

    name: str
    stage: int  # the lesson that it belongs to; `watch` draws its pictures at the press of a key
    shows: str
    layer: int | None = None
    has_heads: bool = False
    head: int | None = None


NAMED = (
    Named("norm", 9, "a layer's vectors before and after RMS norm", layer=3),
    Named("freqs", 10, "one row of freqs_cis in the complex plane, and the angles"),
    Named("rotate", 11, "the pairs of a query before and after", 0, True, 0),
    Named("scores", 13, "a head's score map, and the last token's row", 1, True, 0),
    Named("mask", 14, "the causal mask, and the scores that it leaves", 1, True, 0),
    Named("attention", 15, "all heads; with --head one, before and after the mask", 1, True),
    Named("gate", 16, "SiLU, the data that meets it, and what passes", layer=1),
    Named("lens", 18, "the best next token after each layer: where 42 appears"),
    Named("answer", 19, "the ten most likely next tokens, with probabilities"),
)

NAMES = tuple(named.name for named in NAMED)


def find_named(name: str) -> Named:
    """Give the row of a picture's name.

    Raises:
        UsageError: when there is no such picture, naming the nearest one or all.
    """
    for named in NAMED:
        if named.name == name:
            return named
    near = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(NAMES)}"
    raise UsageError(f"no picture is called {name!r}: {hint}")


def names_for(stage: Stage) -> list[str]:
    """Give the pictures that belong to a stage."""
    return [named.name for named in NAMED if named.stage == stage.number]
