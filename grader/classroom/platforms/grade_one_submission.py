"""Grade the one submission that a platform passes."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent

import grader
from grader.calls.outcome import LONGEST_TEXT_SET_IN
from grader.classroom.graded_submission import GradedSubmission, stage_line, stage_title
from grader.classroom.hand_in import HandIn, Source
from grader.classroom.intake.copy_stage_files import copy_stage_files, seed_of_inputs
from grader.classroom.list_submissions import ListedSubmission
from grader.classroom.local_grader import Job, LocalGrader
from grader.classroom.platforms.bundle import BundleSettings
from grader.classroom.safe_copies import teacher_copy
from grader.editions import open_kata
from grader.stages import stage_of
from grader.untrusted.short_verdict import shorten

# Characters of an error message from the student's code, and of its traceback. Students can submit
# as often as they like and read what their code reports about the machine it runs on, so it can't
# report much. Nearly all messages of Python and torch are shorter, and so are three lines of a
# traceback.
LONGEST_TEXT = 400
KATA = open_kata(Path(grader.__file__).resolve().parent.parent)  # the bundle's own


def grade_one_submission(submission: Path, settings: BundleSettings) -> GradedSubmission:
    """Grade a folder or an archive with the bundle's kata.

    What is wrong with it is among the problems of the result. Without a stage file it gets no
    points.

    Raises:
        UsageError: if the code can't be sandboxed here and is not trusted.
    """
    with _short_messages(), tempfile.TemporaryDirectory(prefix="kata-class-") as folder:
        hand_in = HandIn("submission", (Source(submission),), ())
        listed = ListedSubmission(hand_in, "submission", "submission", (), ())
        (taken,) = copy_stage_files([listed], Path(folder) / "taken")
        seed = seed_of_inputs(settings.seed, taken)
        with LocalGrader(KATA, 1, settings.trusted, alone=True) as local:
            job = Job(taken.folder, settings.stages, seed)
            done = list(local.grade([job] if taken.files else []))
    obstacles = [taken.obstacle, *(result.obstacle for result in done)]
    problems = (*taken.problems, *filter(None, obstacles))
    verdicts = done[0].verdicts if done else ()
    if not verdicts:
        # Imported here because it imports torch, which is not needed otherwise.
        from grader.suite.grade_stage import untested_stage

        stages, reason = map(stage_of, settings.stages), shorten(" ".join(problems), LONGEST_TEXT)
        verdicts = tuple(untested_stage(KATA, stage, "skipped", reason) for stage in stages)
    whose = taken.key, taken.name, taken.students
    return GradedSubmission(*whose, seed, local.level, verdicts, problems)


@contextmanager
def _short_messages() -> Iterator[None]:
    """Limit how much of an error message a judge reads, if it is started inside this context."""
    os.environ[LONGEST_TEXT_SET_IN] = str(LONGEST_TEXT)
    try:
        yield
    finally:
        del os.environ[LONGEST_TEXT_SET_IN]


def teachers_lines(graded: GradedSubmission) -> list[str]:
    """Return everything that a teacher may want to read in a log, including hidden tests."""
    one = teacher_copy(graded)
    lines = [f"{one.total}, seed {one.seed}, {one.level}", *one.problems]
    for verdict in one.verdicts:
        lines.append(stage_line(verdict))
        for test in verdict.tests:
            if test.outcome in ("failed", "error"):
                hidden = ", hidden" if test.hidden else ""
                lines += [f"  {test.name} ({test.outcome}{hidden})", indent(test.message, "    ")]
        if verdict.printed:
            printed = indent(verdict.printed.rstrip(), "    ")
            lines += [f"  {stage_title(verdict.number)} printed", printed]
    return lines
