"""Canvas's download of an assignment's submissions, and its gradebook.

Sources, in instructure/canvas-lms: file names by `add_submission`, `get_filename`,
`sanitize_file_name`, `sanitize_user_name` and `sanitize_attachment_filename` in
`lib/content_zipper.rb` (05e9653c); the `-1` of a file handed in again by
`Attachment.make_unique_filename` in `app/models/attachment.rb`; the gradebook's columns and its
second row by `csv_data` in `lib/gradebook_exporter.rb` (0140a2ef). The test student, last in the
gradebook and without SIS ids, is the student of a `StudentViewEnrollment` there.
"""

import re
import unicodedata

from grader.tests.course_systems.export import Clue, Export, TrueHandIn, csv_text
from grader.tests.course_systems.hand_ins import (
    Files,
    Kind,
    checkout,
    choose,
    folder,
    handout,
    notebook,
    nothing_but_text,
    stage_files,
)
from grader.tests.course_systems.packing import as_tar_gz, as_zip
from grader.tests.course_systems.people import People, Student

_KINDS: dict[Kind, int] = {
    stage_files: 6,
    folder: 1,
    handout: 2,
    checkout: 1,
    notebook: 2,
    nothing_but_text: 1,
}
_LOOSE = (stage_files, notebook)
_TEST_STUDENT_NUMBER = 999_999
_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Llama 3 kata (5512)")
_TOTALS = ("Current Score", "Unposted Current Score", "Final Score", "Unposted Final Score")
_READ_ONLY = "(read only)"


def canvas(people: People) -> Export:
    """Return all files side by side, and the gradebook with a test student."""
    made = Export(
        "Canvas", "nn26-llama-3-kata_submissions", roster_name="2026-05-10_Grades-NN26.csv"
    )
    attachment = 5_560_000
    for student in people.handing_in:
        stages, files = _handed_in(people, student)
        begin = _beginning(student)
        if not files:
            made.files[f"{begin}_text.html"] = b"<html><body><p>I am done.</p></body></html>"
        for name, contents in files.items():
            attachment += 1
            made.files[f"{begin}_{attachment}_{_attachment_name(name)}"] = contents
        clue = Clue.STRANGER if student.is_stranger else Clue.SURE
        made.hand_ins.append(TrueHandIn((student,), stages, clue, ("canvas", str(student.canvas))))
    made.roster = _gradebook(people, made).encode()
    return made


def _gradebook(people: People, made: Export) -> str:
    possible = ["    Points Possible", "", "", "", "", "100.00", *[_READ_ONLY] * len(_TOTALS)]
    rows = [[*_COLUMNS, *_TOTALS], possible]
    for student in sorted(people.students, key=lambda one: one.name.sortable):
        ids = [student.canvas, student.sis_id, student.login, " and ".join(student.sections)]
        rows.append([student.name.sortable, *map(str, ids), "", "", "", "0.00", "0.00"])
        made.know(student, student.login, student.name.full)
    rows.append(["Student, Test", str(_TEST_STUDENT_NUMBER), "", "", "Section A", *[""] * 5])
    return csv_text(rows)


def _beginning(student: Student) -> str:
    """Return what the names of a student's files begin with."""
    name = re.sub(r"_(\d+)_", r"\1", student.name.sortable).lower()
    late = ["LATE"] if student.is_late else []
    whole = "_".join([name, *late, str(student.canvas)])
    return "".join(letter for letter in whole if _is_word(letter))


def _is_word(letter: str) -> bool:
    """Return whether Ruby's `[[:word:]]` has a character: letters, marks, digits and joiners."""
    return letter == "_" or unicodedata.category(letter)[0] in "LM" or letter.isdecimal()


def _attachment_name(name: str) -> str:
    return re.sub(r'[\x00/\\:*?"<>|]+', "_", name)


def _handed_in(people: People, student: Student) -> tuple[frozenset[str], Files]:
    """Return the names of a student's stage files, and the files that Canvas got."""
    kind, rng = choose(people, student, _KINDS)
    work = kind(people, student)
    files = work.files
    if files and (kind not in _LOOSE or rng.random() < 0.2):
        files = (
            {"kata.tgz": as_tar_gz(files)}
            if rng.random() < 0.2
            else {"kata.zip": as_zip(files, from_a_mac=rng.random() < 0.3)}
        )
    if student.hands_in_again:
        return work.stages, {_again(name): contents for name, contents in files.items()}
    return work.stages, files


def _again(name: str) -> str:
    """Return the name that a file gets if its student has handed in one of that name before."""
    endings = re.search(r"(\.[A-Za-z][A-Za-z0-9]*)*(\.[A-Za-z0-9]*)$", name)
    assert endings
    return f"{name[: endings.start()]}-1{endings[0]}"
