"""Say which stages the learner has begun that the reference stands in for."""

from grader.answer.chosen_stages import ChosenStages
from grader.kata import Kata
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
    lines = [
        f"{one.name} doesn't pass, so the reference's runs: `grader check {one.number}`"
        for one in begun[:_MOST]
    ]
    if rest := begun[_MOST:]:
        names = ", ".join(f"s{one.number:02d}" for one in rest)
        lines[-1] += f"\nThe same goes for {names}."
    return lines
