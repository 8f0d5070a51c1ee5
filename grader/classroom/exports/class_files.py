"""The files of a class that are made from its rows: gradebooks, and what goes back to people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.classroom.exports.csv_text import BOM
from grader.classroom.exports.feedback import Feedback, as_mail_merge, feedback_of
from grader.classroom.exports.feedback_zips import (
    CANVAS_ZIP,
    MOODLE_ZIP,
    Entry,
    as_zip,
    canvas_entries,
    moodle_entries,
)
from grader.classroom.exports.gradebooks import (
    CANVAS,
    MOODLE,
    as_canvas,
    as_gradebook,
    as_moodle,
    as_open,
    counted,
    names_of,
    open_lines,
)
from grader.classroom.exports.shown_names import with_distinct_names
from grader.classroom.grades.class_rows import ClassRow

GRADEBOOK, OPEN, FEEDBACK = "gradebook.csv", "open.csv", "feedback"
ZIPS = MOODLE_ZIP, CANVAS_ZIP


@dataclass(frozen=True)
class ClassFiles:
    """The contents of files by their paths, and who is missing in them, a sentence each."""

    files: dict[str, str | bytes]
    missing: tuple[str, ...]


def gradebook_files(
    people: Sequence[ClassRow],
    assignment: str,
    nearest: Mapping[str, Sequence[str]],
    has_roster: bool = False,
) -> ClassFiles:
    """Return the gradebooks, and the list of those who are missing in some.

    Args:
        people: the rows of the class.
        assignment: its title in course systems.
        nearest: the names in the roster that look most like a submission's, by its key.
        has_roster: whether one was given.
    """
    files: dict[str, str | bytes] = {
        GRADEBOOK: BOM + as_gradebook(people),
        CANVAS: BOM + as_canvas(people, assignment),
        MOODLE: BOM + as_moodle(people, assignment),
        OPEN: BOM + as_open(people, nearest),
    }
    return ClassFiles(files, tuple(open_lines(people, has_roster)))


def feedback_files(people: Sequence[ClassRow]) -> ClassFiles:
    """Return what goes back to people; a zip that would be empty is not there."""
    feedback = feedback_of(people)
    files: dict[str, str | bytes] = {f"{FEEDBACK}/{one.file}": one.page for one in feedback}
    if feedback:
        files[f"{FEEDBACK}/mail_merge.csv"] = as_mail_merge(feedback)
    missing = []
    zips = {MOODLE_ZIP: moodle_entries(feedback), CANVAS_ZIP: canvas_entries(feedback)}
    for name, entries in zips.items():
        if present := dict(filter(None, entries)):
            files[name] = as_zip(present)
            missing += _left_out(name, feedback, entries)
    return ClassFiles(files, tuple(missing))


def _left_out(
    name: str, feedback: Sequence[Feedback], entries: Sequence[Entry | None]
) -> list[str]:
    named = with_distinct_names([one.row for one in feedback])
    rows = [row for row, entry in zip(named, entries, strict=True) if entry is None]
    where = f"not in {name}, but in {FEEDBACK}"
    return [f"{counted(rows)} {where}: {names_of(rows)}"] if rows else []
