"""Show a stage's position on the way from text to 42, on one line."""

import re
from collections.abc import Sequence
from itertools import groupby

from grader.language import tr
from grader.stage import Stage
from grader.stage_names import shown_range
from grader.stages import part_of

_ANSWER = "42"


def you_are_here(stage: Stage, stages: Sequence[Stage]) -> str:
    """Return the parts of the kata in order, with a stage marked among those of its part.

    For example "Text to tokens → Checkpoint → One layer: 9 [10] 11-17 → The model → 42". A bonus
    part, which comes after 42, is named only when the stage is in it.
    """
    steps, bonus_steps = [], []
    for part, members in groupby(stages, part_of):
        own = list(members)
        if own[0].bonus:
            title = re.split("[:：] ?", tr(part), maxsplit=1)[-1].capitalize()
            bonus_steps += [_here(stage, own, title)] if stage in own else []
        else:
            steps.append(_here(stage, own, tr(part)) if stage in own else tr(part))
    return " → ".join([*steps, _ANSWER, *bonus_steps])


def _here(stage: Stage, part: list[Stage], title: str) -> str:
    return tr("{part}: {stages}", part=title, stages=_marked(stage, part))


def _marked(stage: Stage, part: list[Stage]) -> str:
    at = part.index(stage)
    before, after = shown_range(tuple(part[:at])), shown_range(tuple(part[at + 1 :]))
    return " ".join(filter(None, [before, f"[{stage.number}]", after]))
