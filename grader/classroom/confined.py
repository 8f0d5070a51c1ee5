"""Grading one stage of a stranger's code in a worker that is locked down."""

import shutil
import tempfile
from contextlib import closing
from pathlib import Path

from grader.home import Kata
from grader.lockdown import Confinement
from grader.lockdown.limits import Limits
from grader.stages import Stage
from grader.student.pool import ForkPool, WorkerChannel
from grader.student.space import grading_files
from grader.student.student import Student
from grader.suite.run import grade_student
from grader.verdict import StageVerdict


def grade_confined(
    kata: Kata,
    stage: Stage,
    submission: Path,
    seed: int,
    pool: ForkPool,
    limits: Limits | None = None,
) -> StageVerdict:
    """Grade a stage of a submission.

    The worker finds three folders: the code it needs (the submission's stage, and the reference of
    earlier ones), what tests give it to read, and a scratch folder, the only one it can write to.
    So nothing that the grader itself writes or reads is in the submission's hands.

    Args:
        submission: a folder laid out like `exercises/`.

    A worker that cannot be locked down ends before it loads anything, and its tests fail.
    """
    with tempfile.TemporaryDirectory(prefix="kata-") as name:
        code, given, scratch = (Path(name) / part for part in ("code", "given", "scratch"))
        for folder in (code, given, scratch):
            folder.mkdir()
        files = _copied(grading_files(stage, submission, kata.solutions), code)
        readable = code, given, kata.tiny_weights
        confinement = Confinement(scratch, readable, limits or Limits())

        def open_channel() -> WorkerChannel:
            return pool.confined_worker(confinement)

        with closing(Student(stage, files, open_channel)) as student:
            return grade_student(kata, student, seed, given)


def _copied(files: dict[int, Path], folder: Path) -> dict[int, Path]:
    """Copy stage files into a folder; one that is not there stays so."""
    copies = {}
    for number, path in files.items():
        copies[number] = folder / path.name
        if path.is_file():
            shutil.copyfile(path, copies[number], follow_symlinks=False)
    return copies
