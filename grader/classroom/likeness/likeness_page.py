"""The page of likenesses, for the teacher: the pairs with most in common, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.classroom.exports.html_pages import render_page
from grader.classroom.graded_submission import stage_title
from grader.classroom.likeness.compare_stage import StageComparison
from grader.classroom.likeness.equal_parts import Side, sides_of
from grader.classroom.likeness.rank_pairs import AlikeStage, Pair, Ranking
from grader.report.plain_text import one_line

_MOST_SHOWN = 6  # stages of one pair


@dataclass(frozen=True)
class ShownStage:
    """A stage of a pair as the page shows it."""

    title: str
    words: str
    sides: tuple[tuple[str, Side], ...]  # the names, and their lines


@dataclass(frozen=True)
class ShownPair:
    """A pair as the page shows it."""

    names: tuple[str, str]
    pair: Pair
    stages: tuple[ShownStage, ...]
    others: str  # the titles of the stages that are alike but not shown


def likeness_page(
    ranking: Ranking, comparisons: Mapping[int, StageComparison], stubs: Mapping[int, str]
) -> str:
    """Return the page.

    Args:
        comparisons: by the number of the stage.
        stubs: what everybody started from, by the number of the stage.
    """
    shown = [_shown(pair, comparisons, stubs) for pair in ranking.pairs]
    return render_page("likeness.html", ranking=ranking, pairs=shown, stages=len(stubs))


def _shown(
    pair: Pair, comparisons: Mapping[int, StageComparison], stubs: Mapping[int, str]
) -> ShownPair:
    names = one_line(pair.first.name), one_line(pair.second.name)
    stages = []
    for stage in pair.stages[:_MOST_SHOWN]:
        number = stage.number
        texts = pair.first.texts[number], pair.second.texts[number]
        sides = sides_of(*texts, stubs[number], comparisons[number].common)
        whose = tuple(zip(names, sides, strict=True))
        stages.append(ShownStage(stage_title(number), _in_words(stage), whose))
    others = ", ".join(stage_title(stage.number) for stage in pair.stages[_MOST_SHOWN:])
    return ShownPair(names, pair, tuple(stages), others)


def _in_words(stage: AlikeStage) -> str:
    alike = f"{stage.likeness:.0%} in common"
    return "the same, character for character" if stage.identical else alike
