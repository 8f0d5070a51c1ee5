"""The folder of results, in which each file is written completely or not at all.

gradebook.csv canvas.csv moodle.csv   points, for teachers and for course systems
open.csv                              who is missing in the last two
class.html                            the class at a glance
moodle_feedback.zip canvas_feedback.zip   every student's page, to upload there
feedback/                             every student's page, and mail_merge.csv
submissions/KEY/                      index.html (the student's page), teacher.html, result.json,
                                      gradescope.json, junit.xml, and the graded files in files/
graded.jsonl run.json                 everything, for `grader class merge` and later commands
earlier/                              these two files of the run before
changes.csv                           whose points differ from that run's, and why
likeness.html                         who handed in the same, if `grader class likeness` was asked
"""

import json
import os
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from filelock import FileLock, Timeout
from msgspec import convert

from grader.classroom.exports.changes import Change, as_changes, changes_between
from grader.classroom.exports.class_files import (
    FEEDBACK,
    ZIPS,
    ClassFiles,
    feedback_files,
    gradebook_files,
)
from grader.classroom.exports.feedback import feedback_files_of
from grader.classroom.exports.html_pages import (
    Links,
    class_page,
    has_own_grade,
    submission_page,
    teacher_page,
)
from grader.classroom.exports.repeat_command import repeat_command
from grader.classroom.exports.submission_results import (
    as_gradescope,
    as_submission_junit,
    as_whole_json,
)
from grader.classroom.graded_class import GradedClass, graded_class
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.intake.stage_file_names import STAGE_FILES
from grader.classroom.run_settings import RUN_FILE, WHOLE, Run, read_run
from grader.classroom.safe_copies import TeacherCopy, student_copy, teacher_copy
from grader.errors import UsageError
from grader.sandbox.cleanup import remove_litter
from grader.write_files import naming_out, reason_of, remove_drafts, write_whole

CLASS_PAGE = "class.html"
FILES = "files"
_STUDENT_PAGE, _TEACHER_PAGE = "index.html", "teacher.html"
CHANGES = "changes.csv"
_GRADED, EARLIER = "graded.jsonl", "earlier"
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
            submissions = (out / _SUBMISSIONS).glob("*")
            for folder in (out, out / FEEDBACK, *submissions):
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


def files_of(out: Path, key: str) -> Path:
    """Return the folder with the graded files of one submission."""
    return out / _SUBMISSIONS / key / FILES


def write_submission(out: Path, graded: GradedSubmission, files: Path) -> None:
    """Write the files of one submission.

    Args:
        out: the folder of results.
        graded: the submission.
        files: the folder with the stage files that were graded; it need not exist if none were.
    """
    folder = out / _SUBMISSIONS / graded.key
    folder.mkdir(parents=True, exist_ok=True)
    for_student, for_teacher = student_copy(graded), teacher_copy(graded)
    _keep_files(files, files_of(out, graded.key))
    _write_pages(out, for_teacher, ())
    write_whole(folder / "result.json", as_whole_json(for_teacher) + "\n")
    write_whole(folder / "gradescope.json", as_gradescope(for_student) + "\n")
    write_whole(folder / "junit.xml", as_submission_junit(for_student) + "\n")


def _keep_files(graded: Path, kept: Path) -> None:
    """Copy the files that were graded, without those of an earlier run."""
    kept.mkdir(exist_ok=True)
    for name in STAGE_FILES:
        if (graded / name).is_file():
            write_whole(kept / name, (graded / name).read_bytes())
        else:
            (kept / name).unlink(missing_ok=True)


def _write_pages(out: Path, one: TeacherCopy, rows: Sequence[ClassRow]) -> None:
    """Write the two pages of a submission.

    Args:
        out: the folder of results.
        one: the submission.
        rows: whose it is, with their grades. What differs in a group is nobody else's concern, so
            there the student's page has no grade.
    """
    folder, kept = out / _SUBMISSIONS / one.key, files_of(out, one.key)
    names = [name for name in STAGE_FILES if (kept / name).is_file()]
    repeat = repeat_command(one, names, f"{_SUBMISSIONS}/{one.key}/{FILES}")
    grades = {(row.total, row.remarks) for row in rows}
    grade, remarks = grades.pop() if len(grades) == 1 else ("", ())
    write_whole(folder / _STUDENT_PAGE, submission_page(student_copy(one), grade, remarks))
    write_whole(folder / _TEACHER_PAGE, teacher_page(one, repeat, rows))


def _write_grades(out: Path, people: Sequence[ClassRow]) -> None:
    """Write the pages of submissions again for which something else than the tests counts."""
    owners: dict[str, list[ClassRow]] = {}
    for row in people:
        if row.result:
            owners.setdefault(row.result.key, []).append(row)
    for rows in owners.values():
        if rows[0].result and any(map(has_own_grade, rows)):
            _write_pages(out, rows[0].result, rows)


def begin_class(out: Path, run: Run) -> None:
    """Write down the settings of a run, and put away the file that would make an earlier run's
    results look like its own if it were interrupted."""
    with naming_out(out):
        if (out / _GRADED).exists():
            (out / EARLIER).mkdir(exist_ok=True)
            write_whole(out / EARLIER / RUN_FILE, (out / RUN_FILE).read_bytes())
            (out / _GRADED).replace(out / EARLIER / _GRADED)
        run.write(out)


def write_class(
    out: Path, run: Run, graded: Sequence[GradedSubmission], assignment: str
) -> tuple[str, ...]:
    """Write the files of the class, with submissions in the order of the listing; the files of the
    submissions have been written already.

    Returns:
        who is missing in a gradebook or in the feedback, one sentence each.
    """
    is_whole = run.shard == WHOLE
    write_whole(out / _GRADED, "".join(json.dumps(asdict(one)) + "\n" for one in graded))
    people = graded_class(run, graded).rows
    nearest = {one.key: one.nearest for one in run.open}
    gradebooks = gradebook_files(people, assignment, nearest, run.roster)
    feedback = feedback_files(people) if is_whole else ClassFiles({}, ())
    _remove_feedback(out, keep=feedback.files)
    for path, contents in {**gradebooks.files, **feedback.files}.items():
        (out / path).parent.mkdir(exist_ok=True)
        write_whole(out / path, contents)
    _write_grades(out, people)
    pages = feedback_files_of(people) if is_whole else [""] * len(people)
    links = [_links(row, page) for row, page in zip(people, pages, strict=True)]
    write_whole(out / CLASS_PAGE, class_page(people, links, run.seed, nearest))
    return gradebooks.missing + feedback.missing


def _links(row: ClassRow, page: str) -> Links | None:
    """Return the links to a row's pages; in the roster, the student's is the one in `feedback/`."""
    if row.result is None:
        return None
    folder = f"{_SUBMISSIONS}/{row.result.key}"
    own = f"{FEEDBACK}/{page}" if page else f"{folder}/{_STUDENT_PAGE}"
    return Links(own, f"{folder}/{_TEACHER_PAGE}")


def _remove_feedback(out: Path, keep: Container[str]) -> None:
    """Remove what an earlier run has written for people who are no longer there."""
    pages = (f"{FEEDBACK}/{path.name}" for path in (out / FEEDBACK).glob("*"))
    for name in (*pages, *ZIPS):
        if name not in keep:
            (out / name).unlink(missing_ok=True)


def write_changes(out: Path, run: Run, graded: Sequence[GradedSubmission]) -> list[Change]:
    """Write what has changed since the run before, if there was one, and return it."""
    try:
        before = read_class(out / EARLIER)
    except UsageError:
        return []
    changes = changes_between(before, graded_class(run, graded))
    write_whole(out / CHANGES, as_changes(changes))
    return changes


def earlier_times(out: Path) -> dict[tuple[str, str], str]:
    """Return when earlier runs say that files were handed in, by submission and files."""
    for folder in (out, out / EARLIER):
        try:
            return {(one.key, one.files): one.handed_in for one in read_graded(folder)}
        except (OSError, ValueError):
            continue
    return {}


def read_class(out: Path) -> GradedClass:
    """Read the class that a run has graded.

    Raises:
        UsageError: if there are no results, or they can't be read.
    """
    run = read_run(out)
    try:
        return graded_class(run, read_graded(out))
    except FileNotFoundError:
        raise UsageError(f"{out}: grading did not finish: run the same command again") from None
    except (OSError, ValueError):
        raise UsageError(f"{out}: its results can't be read: grade again") from None


def read_graded(out: Path) -> list[GradedSubmission]:
    """Read the results that `write_class` wrote.

    Raises:
        OSError: if they can't be read.
        ValueError: if they are damaged.
    """
    lines = (out / _GRADED).read_text(encoding="utf-8").splitlines()
    return [convert(json.loads(line), GradedSubmission) for line in lines]
