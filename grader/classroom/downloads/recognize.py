"""Recognize a download."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from grader.classroom.downloads.canvas import is_canvas, take_apart_canvas
from grader.classroom.downloads.contents import (
    Contents,
    Entry,
    TakenApart,
    contents_of,
    shown,
)
from grader.classroom.downloads.github import is_github, take_apart_github
from grader.classroom.downloads.google_drive import is_google_drive, take_apart_google_drive
from grader.classroom.downloads.gradescope import is_gradescope, take_apart_gradescope
from grader.classroom.downloads.moodle import is_moodle, take_apart_moodle
from grader.classroom.downloads.plain import (
    PLAIN,
    is_one_submission,
    take_apart_plain,
    the_one_submission,
)
from grader.classroom.hand_in import Download, HandIn, Source
from grader.classroom.intake.class_zip import class_zip
from grader.classroom.submission_names import printable
from grader.errors import UsageError

_MOST_TOLD = 10  # files or submissions that aren't like the others
# In this order; what one of them doesn't account for is shown to the next.
_FORMS: tuple[tuple[Callable[[Contents], bool], Callable[[Contents], TakenApart]], ...] = (
    (is_gradescope, take_apart_gradescope),
    (is_moodle, take_apart_moodle),
    (is_canvas, take_apart_canvas),
    (is_github, take_apart_github),
    (is_google_drive, take_apart_google_drive),
)


def recognize(path: Path) -> Download:
    """Return the hand-ins of a download, which is a folder or a zip.

    Raises:
        UsageError: if it can't be read or contains no hand-in.
    """
    path = path.resolve()
    if path.is_file() and path.suffix.lower() != ".zip":
        raise UsageError(f"{path}: it is neither a folder nor a zip")
    contents = contents_of(Source(path))
    if is_one_submission(contents):
        return Download("one submission", (the_one_submission(contents),))
    download = _take_apart(contents)
    count = 0 if path.is_dir() else class_zip(path).leading_out
    if not count:
        return download
    line = f"paths that lead out of the zip were ignored: {count:,}"
    return replace(download, problems=(*download.problems, line))


def _take_apart(contents: Contents) -> Download:
    for one in (contents, _only_folder_or_zip(contents)):
        if one and (download := _of_a_course_system(one)):
            return download
    return _plain(_without_a_folder_around_it(contents))


def _of_a_course_system(contents: Contents) -> Download | None:
    """Return a download if a course system's form accounts for any of it."""
    rest, found = contents, []
    for is_this, take_apart in _FORMS:
        if is_this(rest):
            found.append(take_apart(rest))
            rest = replace(rest, entries=found[-1].rest)
    if not any(apart.hand_ins for apart in found):
        return None
    return _download([*found, take_apart_plain(rest)])


def _plain(contents: Contents) -> Download:
    apart = take_apart_plain(contents)
    if not apart.hand_ins:
        raise UsageError(
            f"{contents.source.path}: it has no submissions: each is a folder, a zip or a tar, or "
            "a notebook"
        )
    return _download([apart])


def _download(found: Sequence[TakenApart]) -> Download:
    """Return what the forms account for as one download, of the kind that most of it has."""
    main = max(found, key=lambda apart: len(apart.hand_ins))
    others = [one for apart in found if apart is not main for one in apart.hand_ins]
    problems = [problem for apart in found for problem in apart.problems]
    problems += _told(others, found[-1].rest, main.kind)
    hand_ins = sorted((one for apart in found for one in apart.hand_ins), key=lambda one: one.name)
    return Download(main.kind, tuple(hand_ins), tuple(problems))


def _told(others: Sequence[HandIn], rest: Sequence[Entry], kind: str) -> list[str]:
    """Say what isn't like the rest of a download: hand-ins of another form, and other files."""
    lines = [
        f"{printable(one.name)} isn't named like the rest of the {kind}: graded under this name"
        for one in others
    ]
    if kind != PLAIN:
        lines += [f"{shown(one)} was not recognized as part of the {kind}: ignored" for one in rest]
    else:
        lines += [f"{shown(one)} was not recognized as a submission: ignored" for one in rest]
    if len(lines) > _MOST_TOLD:
        lines[_MOST_TOLD:] = [f"and {len(lines) - _MOST_TOLD} more like these"]
    return lines


def _only_folder_or_zip(contents: Contents) -> Contents | None:
    """Return the contents of the only folder or zip in a download, if it has only one."""
    if len(contents.visible) != 1:
        return None
    (entry,) = contents.visible
    source = entry.source
    if not entry.is_folder:
        is_zip = not source.inside and entry.name.lower().endswith(".zip")
        if not is_zip or source.path.is_symlink() or not source.path.is_file():
            return None
    elif not source.inside and source.path.is_symlink():
        return None
    try:
        inner = contents_of(source, entry.name)
    except UsageError:  # then it may be a student's
        return None
    return None if is_one_submission(inner) else inner


def _without_a_folder_around_it(contents: Contents) -> Contents:
    """Return the contents of a zip that has one folder with everybody's folders and archives."""
    if contents.source.path.is_dir():
        return contents
    inner = _only_folder_or_zip(contents)
    return inner if inner and len(take_apart_plain(inner).hand_ins) > 1 else contents
