"""A graded class as data: what gradebooks, joined runs and comparisons of runs start from."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import ClassRow, class_rows
from grader.classroom.run_settings import WHOLE, Run
from grader.classroom.safe_copies import teacher_copy


@dataclass(frozen=True)
class GradedClass:
    """The settings of a run, and its people."""

    run: Run
    rows: tuple[ClassRow, ...]


def graded_class(run: Run, graded: Sequence[GradedSubmission]) -> GradedClass:
    """Return the class that a run has graded; a part of a class has nobody who is absent."""
    absent = run.absent if run.shard == WHOLE else ()
    how = run.absent_as, run.pending, run.rules
    return GradedClass(run, class_rows(map(teacher_copy, graded), absent, *how))
