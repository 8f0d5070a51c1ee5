"""`grader class likeness`: which submissions of a class have most in common."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.text import Text

from grader.classroom.graded_submission import stage_title
from grader.classroom.likeness.compare_stage import StageComparison, compare_stage
from grader.classroom.likeness.kept_files import read_kept_files
from grader.classroom.likeness.likeness_page import likeness_page
from grader.classroom.likeness.rank_pairs import Pair, Ranking, rank_pairs
from grader.classroom.submission_names import printable
from grader.errors import UsageError
from grader.kata import Kata
from grader.stage import Stage
from grader.stubs import stub_for
from grader.targets import require_reference
from grader.write_files import naming_out, write_whole

PAGE = "likeness.html"
MOST_LISTED = 20  # pairs
_MOST_NAMED = 4  # stages of a pair on the terminal


def run_likeness(kata: Kata, console: Console, results: Path, out: Path | None) -> None:
    """Print the pairs with most in common, and write a page with both sides of each.

    Raises:
        UsageError: if the kata is a handout, or the folder has nothing to compare.
    """
    require_reference(kata, "`grader class likeness`")
    stages, class_ = read_kept_files(results)
    if len(class_) < 2:
        raise UsageError(f"{results}: it has one submission: there is nothing to compare")
    given = {stage.number: given_to_all(kata, stage) for stage in stages}
    comparisons: dict[int, StageComparison] = {}
    off = not console.is_terminal
    for stage in track(stages, "comparing", console=console, transient=True, disable=off):
        texts = [one.texts.get(stage.number, "") for one in class_]
        comparisons[stage.number] = compare_stage(texts, given[stage.number])
    ranking = rank_pairs(class_, comparisons, MOST_LISTED)
    page = out or results / PAGE
    stubs = {number: stub for number, (stub, _) in given.items()}
    with naming_out(page):
        write_whole(page, likeness_page(ranking, comparisons, stubs))
    _print(console, ranking, stages, page)


def given_to_all(kata: Kata, stage: Stage) -> tuple[str, str]:
    """Return a stage's stub, and the reference."""
    return stub_for(kata, stage), kata.solution(stage).read_text(encoding="utf-8")


def _print(console: Console, ranking: Ranking, stages: Sequence[Stage], page: Path) -> None:
    where = f"{len(stages)} stage{'s' if len(stages) > 1 else ''}"
    count = f"{ranking.submissions} submissions compared in {where}"
    console.print(Text(count, style="bold"))
    if not ranking.pairs:
        console.print(f"No two of them are alike in any stage. {page} says so, too.")
        return
    console.print("The pairs with most in common. This is a hint and no verdict: short functions")
    console.print("are often alike by chance. Read both sides before you ask anybody.")
    for place, pair in enumerate(ranking.pairs, start=1):
        names = f"{printable(pair.first.name)} and {printable(pair.second.name)}"
        console.print(Text(f"{place:3}. {pair.weight:5.0f}  {names}: {_in_words(pair)}"))
    console.print(
        f"The number is the weight: half of all pairs have at most {ranking.median:.0f}, "
        f"and one in a hundred has more than {ranking.highest:.0f}."
    )
    console.print(Text(f"Open {page}: it shows both sides of each pair."))


def _in_words(pair: Pair) -> str:
    same = f", {pair.identical} of them character for character" if pair.identical else ""
    telling = ", ".join(stage_title(one.number)[:3] for one in pair.stages[:_MOST_NAMED])
    return f"alike in {len(pair.stages)} of {pair.both} stages{same}; most of all {telling}"
