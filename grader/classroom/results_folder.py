"""The folder of results, in which each file is written completely or not at all.

gradebook.csv canvas.csv moodle.csv   points, for teachers and for course systems
class.html                            the class at a glance
submissions/KEY/                      index.html, result.json, gradescope.json, junit.xml
graded.jsonl                          everything, for `grader class merge`
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock, Timeout
from msgspec import convert

from grader.classroom.exports.class_rows import class_rows
from grader.classroom.exports.gradebooks import as_canvas, as_gradebook, as_moodle
from grader.classroom.exports.html_pages import class_page, submission_page
from grader.classroom.exports.safe_copies import student_copy, teacher_copy
from grader.classroom.exports.submission_results import (
    as_gradescope,
    as_submission_junit,
    as_whole_json,
)
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.run_settings import WHOLE, Run
from grader.errors import UsageError
from grader.sandbox.cleanup import remove_litter
from grader.write_files import naming_out, reason_of, remove_drafts, write_whole

CLASS_PAGE, GRADEBOOK = "class.html", "gradebook.csv"
_GRADED = "graded.jsonl"
_SUBMISSIONS = "submissions"


@contextmanager
def results_folder(out: Path) -> Iterator[Path]:
    """Make the folder of results, lock it against other runs, and yield a folder in it for
    temporary files. What killed runs left there is removed."""
    work = out / ".work"
    lock = FileLock(out / ".lock", timeout=0)
    with naming_out(out):
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()) and not (out / ".lock").exists():
            raise UsageError(
                f"--out {out} contains other files: choose a new folder, or an earlier run's"
            )
        try:
            held = lock.acquire()
        except Timeout:
            raise UsageError(f"--out {out}: another run is writing there") from None
    with held:
        if os.path.lexists(work):
            _remove_left(work)
        with naming_out(out):
            work.mkdir()
            for folder in (out, *(out / _SUBMISSIONS).glob("*")):
                remove_drafts(folder)
        try:
            yield work
        finally:
            with suppress(OSError):  # the next run removes the rest
                remove_litter(work)


def _remove_left(work: Path) -> None:
    """Remove what a killed run left, which may contain anything that untrusted code made."""
    try:
        remove_litter(work)
    except OSError as error:
        raise UsageError(
            f"{work} is left over from an earlier run and can't be removed ({reason_of(error)}): "
            "remove it yourself, or choose another folder with --out"
        ) from None


def write_submission(out: Path, graded: GradedSubmission) -> None:
    """Write the files of one submission."""
    folder = out / _SUBMISSIONS / graded.key
    folder.mkdir(parents=True, exist_ok=True)
    for_student = student_copy(graded)
    write_whole(folder / "index.html", submission_page(for_student))
    write_whole(folder / "result.json", as_whole_json(teacher_copy(graded)) + "\n")
    write_whole(folder / "gradescope.json", as_gradescope(for_student) + "\n")
    write_whole(folder / "junit.xml", as_submission_junit(for_student) + "\n")


def begin_class(out: Path, run: Run) -> None:
    """Write down the settings of a run, and remove the file that would make an earlier run's
    results look like its own if it were interrupted."""
    with naming_out(out):
        (out / _GRADED).unlink(missing_ok=True)
        run.write(out)


def write_class(out: Path, run: Run, graded: Sequence[GradedSubmission], assignment: str) -> None:
    """Write the files of the class, with submissions in the order of the listing; the files of the
    submissions have been written already."""
    pages = [f"{_SUBMISSIONS}/{one.key}/index.html" for one in graded]
    for_teacher = list(map(teacher_copy, graded))
    write_whole(out / _GRADED, "".join(json.dumps(asdict(one)) + "\n" for one in graded))
    absent = run.absent if run.shard == WHOLE else ()
    people = class_rows(for_teacher, absent, run.absent_as, run.pending)
    write_whole(out / GRADEBOOK, as_gradebook(people))
    write_whole(out / "canvas.csv", as_canvas(people, assignment))
    write_whole(out / "moodle.csv", as_moodle(people, assignment))
    write_whole(out / CLASS_PAGE, class_page(for_teacher, pages, run.seed))


def read_graded(out: Path) -> list[GradedSubmission]:
    """Read the results that `write_class` wrote.

    Raises:
        OSError: if they can't be read.
        ValueError: if they are damaged.
    """
    lines = (out / _GRADED).read_text(encoding="utf-8").splitlines()
    return [convert(json.loads(line), GradedSubmission) for line in lines]
