"""One submission, graded by itself: what a platform calls that runs once for each of them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.intake import Entry, take_in
from grader.classroom.local_grader import Job, Room
from grader.kata import Kata
from grader.seeds import fresh_seed
from grader.stage import Stage


def grade_one(
    kata: Kata,
    submission: Path,
    stages: Sequence[Stage],
    seed: int | None,
    trusted: bool = False,
    name: str = "submission",
) -> GradedSubmission:
    """Grade a folder or an archive; what is wrong with it is among the problems of the result.

    Args:
        name: whose it is, as people read it.

    Raises:
        UsageError: when strangers' code cannot be locked down here, and is not trusted.
    """
    drawn = fresh_seed(seed)
    with tempfile.TemporaryDirectory(prefix="kata-class-") as folder:
        entry = Entry(submission, "submission", name, {}, ())
        (taken,) = take_in([entry], Path(folder) / "taken")
        with Room(kata, 1, trusted, alone=True) as room:
            jobs = [Job(taken.folder, tuple(stage.number for stage in stages), drawn)]
            done = list(room.grade(jobs if taken.files else []))
            verdicts = done[0].verdicts if done else ()
            problems = (*taken.problems, *filter(None, [taken.obstacle]))
            return GradedSubmission(taken.key, name, {}, drawn, room.level, verdicts, problems)
