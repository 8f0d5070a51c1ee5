"""Moodle's download of all submissions in its three forms, with the roster that goes with each.

Sources, in moodle/moodle: the names of folders and files are made by `get_student_prefix` and
`load_submissionplugin_filelist` in `public/mod/assign/classes/downloader.php` (b1b5f263, 2025);
`clean_filename` and `PARAM_FILE` are in `lib/moodlelib.php`; up to Moodle 4.0 the folders' names
ended in `_`. The grading worksheet's columns are those of `public/mod/assign/gradingtable.php`
(0ade5ccf), and the participants' are those of `user/action_redir.php` (0919a043). Both are written
by Spout (`lib/classes/dataformat/spout_base.php`), which begins a CSV with a BOM unless it is told
not to. The German column titles are from memory.
"""

import re

from grader.tests.course_systems.export import Clue, Export, TrueHandIn, csv_text
from grader.tests.course_systems.hand_ins import (
    Files,
    Kind,
    Work,
    checkout,
    choose,
    folder,
    handout,
    notebook,
    nothing_but_text,
    stage_files,
)
from grader.tests.course_systems.packing import as_tar_gz, as_zip
from grader.tests.course_systems.people import (
    People,
    Student,
    is_one_of_several,
    is_squeezed,
)

_ANY: dict[Kind, int] = {
    stage_files: 5,
    folder: 2,
    handout: 2,
    checkout: 1,
    notebook: 2,
    nothing_but_text: 1,
}
_UNPACKED: dict[Kind, int] = {stage_files: 6, notebook: 2}
_PACKED: dict[Kind, int] = {folder: 2, handout: 2, checkout: 1}
_TEXT = b'<!DOCTYPE html><html><head><meta charset="UTF-8"></head><body><p>done</p></body></html>'
_WHEN = {True: "Saturday, 9 May 2026, 2:11 AM", False: "Monday, 4 May 2026, 9:30 AM"}  # is late?


def moodle_folders(people: People) -> Export:
    """Return one folder per student, and the participants as a German Moodle exports them.

    This site shows last names first, and its participants have no number that a folder has.
    """
    made = Export("Moodle", "NN26-Llama 3 kata-8812", roster_name="courseid_31_participants.csv")
    for student in people.handing_in:
        work, files = _handed_in(people, student, _ANY, packed_share=0.4)
        full = f"{_last_name(student)} {student.name.given}"
        for plugin, given in _by_plugin(people, student, files):
            beside = f"{_prefix(full, student)}_assignsubmission_{plugin}"
            made.files |= {f"{beside}/{clean_path(path)}": text for path, text in given.items()}
        made.hand_ins.append(_true(student, work, _by_name(student)))
    rows = [["Vorname", "Nachname", "E-Mail-Adresse"]]
    for student in people.students:
        rows.append([student.name.given, _last_name(student), student.email])
        made.know(student, student.email, student.name.full)
    made.roster = csv_text(rows).encode("utf-8-sig")
    return made


def moodle_flat(people: People) -> Export:
    """Return all files side by side, and the grading worksheet with people's names."""
    made = Export("Moodle", "NN26-Llama 3 kata-8813", roster_name="Grades-NN26-Llama 3 kata.csv")
    for student in people.handing_in:
        is_packed = people.rng("packed", student).random() < 0.4
        work, files = _handed_in(
            people, student, _PACKED if is_packed else _UNPACKED, packed_share=float(is_packed)
        )
        full = f"{student.name.given} {_last_name(student)}"
        for plugin, given in _by_plugin(people, student, files):
            beside = f"{_prefix(full, student)}_assignsubmission_{plugin}"
            made.files |= {clean_filename(f"{beside}_{name}"): text for name, text in given.items()}
        made.hand_ins.append(_true(student, work, Clue.SURE))
    who = ["Identifier", "Full name", "ID number", "Email address"]
    rows = [[*who, *_WORKSHEET]]
    for student in people.students:
        identifier, full = _identifier(student), f"{student.name.given} {_last_name(student)}"
        rows.append([identifier, full, student.sis_id, student.email, *_worksheet_row(student)])
        made.know(student, identifier, student.name.full)
    made.roster = csv_text(rows).encode("utf-8-sig")
    return made


def moodle_blind(people: People) -> Export:
    """Return an older Moodle's folders of nameless participants, and the worksheet of the same."""
    made = Export("Moodle", "NN26-Llama 3 kata-8814", roster_name="Grades-NN26-Llama 3 kata.csv")
    for student in people.handing_in:
        work, files = _handed_in(people, student, _ANY, packed_share=0.4)
        for plugin, given in _by_plugin(people, student, files):
            beside = f"{_prefix('Participant', student)}_assignsubmission_{plugin}_"
            made.files |= {f"{beside}/{clean_path(path)}": text for path, text in given.items()}
        made.hand_ins.append(_true(student, work, Clue.SURE))
    rows = [["Identifier", *_WORKSHEET]]
    for student in sorted(people.students, key=lambda one: one.participant):
        rows.append([_identifier(student), *_worksheet_row(student)])
        made.know(student, _identifier(student), _identifier(student))
    made.roster = csv_text(rows).encode("utf-8-sig")
    return made


_WORKSHEET = (
    "Status",
    "Grade",
    "Maximum grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
)


def _worksheet_row(student: Student) -> list[str]:
    status = "No submission" if student.is_absent else "Submitted for grading"
    when = "-" if student.is_absent else _WHEN[student.is_late]
    return [status, "", "100.00", "Yes", when, "-", ""]


def clean_filename(name: str) -> str:
    """Return what Moodle leaves of a file's name."""
    return re.sub(r"""[\x00-\x1f\x7f-\x9f&<>"`|':\\/]""", "", name)


def clean_path(path: str) -> str:
    """Return what Moodle leaves of a path."""
    return "/".join(clean_filename(part) for part in path.split("/"))


def _prefix(full_name: str, student: Student) -> str:
    return clean_filename(f"{full_name.replace('_', ' ')}_{student.participant}")


def _identifier(student: Student) -> str:
    return f"Participant {student.participant}"


def _last_name(student: Student) -> str:
    return student.name.family or "-"  # Moodle demands one


def _by_name(student: Student) -> Clue:
    if student.is_stranger:
        return Clue.STRANGER
    if is_one_of_several(student):
        return Clue.UNCLEAR
    return Clue.LIKELY if is_squeezed(student) else Clue.SURE


def _true(student: Student, work: Work, clue: Clue) -> TrueHandIn:
    clue = Clue.STRANGER if student.is_stranger else clue
    number = ("participant", str(student.participant))
    return TrueHandIn((student,), work.stages, clue, number)


def _handed_in(
    people: People, student: Student, kinds: dict[Kind, int], packed_share: float
) -> tuple[Work, Files]:
    """Return a student's work, and the files that Moodle got of it."""
    kind, rng = choose(people, student, kinds)
    work = kind(people, student)
    if not work.files or kind is notebook or rng.random() >= packed_share:
        return work, work.files
    if rng.random() < 0.3:
        return work, {"kata.tar.gz": as_tar_gz(work.files)}
    return work, {"my kata.zip": as_zip(work.files, from_a_mac=rng.random() < 0.3)}


def _by_plugin(people: People, student: Student, files: Files) -> list[tuple[str, Files]]:
    """Return what comes from Moodle's file plugin, and what comes from its online text."""
    has_text = not files or people.rng("text", student).random() < 0.1
    text = [("onlinetext", {"onlinetext.html": _TEXT})] if has_text else []
    return [*text, *([("file", files)] if files else [])]
