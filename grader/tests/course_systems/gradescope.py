"""Gradescope's export of submissions, and the people as its grades list them.

Gradescope's source isn't public. That a zip holds `assignment_N_export/`, in it
`submission_metadata.yml` with Ruby's symbols as keys, and one folder `submission_N` per submission,
is what programs that read such exports expect, and the samples in their tests show (seen in public
repositories in 2026). The roster's columns are the first ones of its grades (`First Name, Last
Name, SID, Email, Sections`), as several such programs read them. Gradescope opens zips that are
handed in; that the folders in them stay is from memory.
"""

import json
import random
import re

from grader.tests.course_systems.export import Clue, Export, TrueHandIn, csv_text
from grader.tests.course_systems.hand_ins import (
    Kind,
    choose,
    folder,
    handout,
    notebook,
    repository,
    stage_files,
)
from grader.tests.course_systems.people import (
    People,
    Student,
    is_one_of_several,
    is_squeezed,
)

_KINDS: dict[Kind, int] = {stage_files: 6, folder: 2, handout: 2, repository: 1, notebook: 2}
_PAIRED, _NO_SID, _NO_IDS = 0.1, 0.05, 0.04  # shares of the class


def gradescope(people: People) -> Export:
    """Return a folder per submission and a list of whose they are, one or two people each."""
    made = Export("Gradescope", "assignment_8046601_export", roster_name="NN26_grades.csv")
    metadata: list[str] = []
    for place, group in enumerate(_groups(people)):
        student = group[0]
        kind, _ = choose(people, student, _KINDS)
        work = kind(people, student)
        name = f"submission_{409_194_023 + 17 * place}"
        made.files |= {f"{name}/{path}": contents for path, contents in work.files.items()}
        metadata += [f"{name}:", "  :submitters:"]
        for one in group:
            metadata += _submitter(people, one)
        metadata += _results(student)
        made.hand_ins.append(
            TrueHandIn(group, work.stages, _clue(people, group), when=_day(student))
        )
    made.files["submission_metadata.yml"] = "\n".join(["---", *metadata, ""]).encode()
    rows = [["First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Status"]]
    for student in people.students:
        status = "Missing" if student.is_absent else "Ungraded"
        who = [student.name.given, student.name.family, student.sis_id, student.email]
        rows.append([*who, ", ".join(student.sections), "", status])
        made.know(student, student.email, student.name.full)
    made.roster = csv_text(rows).encode()
    return made


def _groups(people: People) -> list[tuple[Student, ...]]:
    """Return everybody who hands in, some of them in pairs."""
    present = [one for one in people.handing_in if not one.is_stranger]
    pairs = max(1, round(_PAIRED * len(present) / 2))
    mixed = random.Random(f"{people.seed} pairs").sample(present, len(present))
    paired = [(mixed[2 * place], mixed[2 * place + 1]) for place in range(pairs)]
    alone = [(one,) for one in mixed[2 * pairs :]]
    strangers = [(one,) for one in people.handing_in if one.is_stranger]
    return [*paired, *alone, *strangers]


def _given_ids(people: People, student: Student) -> tuple[str, ...]:
    """Return which ids Gradescope knows of somebody, by its own keys."""
    share = people.rng("ids", student).random()
    if share < _NO_IDS and not is_one_of_several(student):
        return ()
    return (":email",) if share < _NO_IDS + _NO_SID else (":sid", ":email")


def _clue(people: People, group: tuple[Student, ...]) -> Clue:
    if any(one.is_stranger for one in group):
        return Clue.STRANGER
    by_name = [one for one in group if not _given_ids(people, one)]
    return Clue.LIKELY if any(is_squeezed(one) for one in by_name) else Clue.SURE


def _submitter(people: People, student: Student) -> list[str]:
    values = {":sid": f"'{student.sis_id}'", ":email": student.email}
    known = [f"    {key}: {values[key]}" for key in _given_ids(people, student)]
    return [f"  - :name: {_scalar(student.name.full)}", *known]


def _scalar(text: str) -> str:
    return text if re.fullmatch(r"[^\W\d_][\w ’.-]*", text) else json.dumps(text)


def _results(student: Student) -> list[str]:
    lines = [
        f"  :created_at: {_day(student)} 17:34:00.861687000 Z",
        "  :score: 2.0",
        "  :status: processed",
        "  :results:",
        "    score: 2.0",
        "    output: |-",
        "      =====================================================",
        "      s09_rms_norm: 2 of 6 points",
        "",
        "      :submitters: this line is printed by a submission",
    ]
    if student.hands_in_again:
        lines += ["  :history:", "  - :id: 409000001", "    :score: 0.0"]
        lines.append("    :created_at: 2026-05-01 08:00:00.000000000 Z")
    return lines


def _day(student: Student) -> str:
    return "2026-05-09" if student.is_late else "2026-05-04"
