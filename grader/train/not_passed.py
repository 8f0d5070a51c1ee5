"""Say which stages the learner has begun that the reference stands in for."""

from grader.answer.chosen_stages import ChosenStages
from grader.kata import Kata
from grader.language import in_a_row, tr
from grader.learn.progress import Progress
from grader.stages import stage_of

_MOST = 3  # lines


def replaced_stages(kata: Kata, chosen: ChosenStages, target: str) -> list[str]:
    """Return a line for each stage that is begun but doesn't pass, so that the reference's runs.

    Args:
        target: the option; with "solutions", nobody expects the learner's stages.
    """
    if target != "exercises":
        return []
    progress = Progress(kata)
    others = [stage_of(number) for number in sorted(chosen.files.keys() - chosen.own)]
    begun = [one for one in others if kata.exercise(one).is_file() and progress.is_edited(one)]
    lines: list[str] = [
        tr(
            "{stage} doesn't pass, so the reference's runs: `grader check {number}`",
            stage=one.name,
            number=one.number,
        )
        for one in begun[:_MOST]
    ]
    if rest := begun[_MOST:]:
        names = in_a_row(f"s{one.number:02d}" for one in rest)
        same = tr("The same goes for {names}.", names=names)
        lines[-1] += f"\n{same}"
    return lines
