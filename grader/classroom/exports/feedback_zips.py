"""Feedback in one zip, as Moodle and Canvas take it back.

Moodle: in the assignment, "Upload multiple feedback files in a zip". Its importer
(mod/assign/feedback/file/importziplib.php) splits a name at `_` and wants four parts before the
file's own name: the person's name, their number in the assignment, `assignfeedback`, `file`.

Canvas: in the assignment, "Re-Upload Submissions". Canvas (infer_comment_context_from_filename in
app/models/abstract_assignment.rb) takes the first two parts of a name that are numbers for a person
and for a file that this person has handed in, and adds a comment with the uploaded file. It shows
that file under the name of the one handed in, so it must be of the same kind.
"""

import gzip
import io
import json
import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from grader.classroom.exports.feedback import Feedback
from grader.classroom.exports.html_pages import submission_page
from grader.classroom.exports.identities import download_ids, participant_of
from grader.classroom.exports.submission_results import as_release_body

MOODLE_ZIP, CANVAS_ZIP = "moodle_feedback.zip", "canvas_feedback.zip"
_PAGE = "feedback.html"
_LONGEST_NAME = 50  # characters, so that the whole stays below 255 bytes
Entry = tuple[str, bytes]  # a file's name and contents
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f/\\:*?"<>|_]')


def moodle_entries(feedback: Sequence[Feedback]) -> list[Entry | None]:
    """Return the file of moodle_feedback.zip for each person; None if their number is unknown."""
    numbers = [participant_of(one.row) for one in feedback]
    times = Counter(numbers)
    return [
        (f"{_moodle_name(one)}_{number}_assignfeedback_file_{_PAGE}", _encoded(one.page))
        if number and times[number] == 1
        else None
        for one, number in zip(feedback, numbers, strict=True)
    ]


def canvas_entries(feedback: Sequence[Feedback]) -> list[Entry | None]:
    """Return the file of canvas_feedback.zip for each person, with the name of a file that was
    handed in; None if Canvas would find no file. Canvas shows one to everybody in a group."""
    return list(map(_canvas_entry, feedback))


def _canvas_entry(one: Feedback) -> Entry | None:
    numbers = download_ids(one.row, "canvas")
    for name in one.copy.hand_in_files:
        make = _maker(name)
        if make and any(_is_canvas_file(name, number) for number in numbers):
            return name, make(_for_everybody(one))
    return None


def as_zip(files: Mapping[str, bytes]) -> bytes:
    """Return a zip that depends on its files alone."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in files.items():
            entry = zipfile.ZipInfo(name)  # of 1980
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, contents, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _moodle_name(one: Feedback) -> str:
    """Return a name for the importer to skip; it ignores files that begin with `.` or `~`."""
    name = _NOT_IN_NAMES.sub(" ", one.row.name)[:_LONGEST_NAME]
    return " ".join(name.split()).lstrip(".~ ") or "Participant"


def _is_canvas_file(name: str, number: str) -> bool:
    """Return whether Canvas will find this person by a file's name."""
    parts = [part for part in name.split("_") if part != "LATE"]
    if parts[0] == "anon":
        return parts[1:2] == [number]
    found = [part for part in parts if re.fullmatch("[0-9]+", part)]
    return found[:1] == [number] and len(found) > 1


def _for_everybody(one: Feedback) -> Feedback:
    """Return what a whole group may read: nothing about a single person."""
    if len(one.copy.students) == 1:
        return one
    return replace(one, row=replace(one.row, remarks=()), page=submission_page(one.copy))


def _maker(name: str) -> Callable[[Feedback], bytes] | None:
    """Return what writes feedback as a file of the same kind; None if nothing does."""
    made = (make for ending, make in _FORMS.items() if name.lower().endswith(ending))
    return next(made, None)


def _text(one: Feedback) -> str:
    remarks = "".join(f"\n{remark}\n" for remark in one.row.remarks)
    return as_release_body(one.copy) + remarks


def _as_python(one: Feedback) -> bytes:
    return _encoded("".join(f"# {line}".rstrip() + "\n" for line in _text(one).splitlines()))


def _as_text(one: Feedback) -> bytes:
    return _encoded(_text(one))


def _as_page(one: Feedback) -> bytes:
    return _encoded(one.page)


def _as_notebook(one: Feedback) -> bytes:
    cell = {"cell_type": "markdown", "metadata": {}, "source": _text(one)}
    whole = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(whole, indent=1).encode()


def _as_zip(one: Feedback) -> bytes:
    return as_zip({_PAGE: _encoded(one.page)})


def _as_tar(one: Feedback) -> bytes:
    page, packed = _encoded(one.page), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(_PAGE)
        entry.size = len(page)
        archive.addfile(entry, io.BytesIO(page))
    return packed.getvalue()


def _as_tar_gz(one: Feedback) -> bytes:
    return gzip.compress(_as_tar(one), mtime=0)


def _encoded(text: str) -> bytes:
    return text.encode(errors="backslashreplace")


_FORMS: dict[str, Callable[[Feedback], bytes]] = {
    ".py": _as_python,
    ".ipynb": _as_notebook,
    ".zip": _as_zip,
    ".tar": _as_tar,
    ".tar.gz": _as_tar_gz,
    ".tgz": _as_tar_gz,
    ".html": _as_page,
    ".htm": _as_page,
    ".txt": _as_text,
    ".md": _as_text,
}
