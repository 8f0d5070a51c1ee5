"""Grading the one submission that a platform has called for."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import grader
from grader.classroom.exports.clean import cleaned
from grader.classroom.exports.words import stage_line, stage_title, total
from grader.classroom.grade_one import grade_one
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.platforms.settings import Settings
from grader.editions import open_kata
from grader.stage import Stage
from grader.stages import stage_of

KATA = open_kata(Path(grader.__file__).resolve().parent.parent)  # the bundle's own


def settings_of(bundle: Path) -> Settings:
    """Read the settings of an unpacked bundle."""
    return Settings.from_json((bundle / "settings.json").read_text(encoding="utf-8"))


def grade_submission(submission: Path, settings: Settings) -> GradedSubmission:
    """Grade a folder with the bundle's kata; one without a stage file has no points.

    Raises:
        UsageError: when strangers' code cannot be locked down here, and is not trusted.
    """
    stages = [stage_of(number) for number in settings.stages]
    graded = grade_one(KATA, submission, stages, settings.seed, settings.trusted)
    return graded if graded.was_graded else _nothing_handed_in(graded, stages)


def teachers_lines(graded: GradedSubmission) -> list[str]:
    """Say everything that a teacher may want to read in a log, hidden tests and all."""
    one = cleaned(graded)
    lines = [f"{total(one)}, seed {one.seed}, {one.level}", *one.problems]
    for verdict in one.verdicts:
        lines.append(stage_line(verdict))
        for test in verdict.tests:
            if test.outcome in ("failed", "error"):
                hidden = ", hidden" if test.hidden else ""
                lines += [f"  {test.name} ({test.outcome}{hidden})", _indented(test.message)]
        if verdict.printed:
            lines += [f"  {stage_title(verdict.number)} printed", _indented(verdict.printed)]
    return lines


def _nothing_handed_in(graded: GradedSubmission, stages: Sequence[Stage]) -> GradedSubmission:
    # Imported here: torch comes with it, and is not needed otherwise.
    from grader.classroom.judge_stage import untested_stage

    reason = " ".join(graded.problems)
    verdicts = tuple(untested_stage(KATA, stage, "skipped", reason) for stage in stages)
    return replace(graded, verdicts=verdicts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
