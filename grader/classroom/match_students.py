"""Whose submission is whose: names of submissions held against a roster."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from grader.classroom.roster import Roster, Student
from grader.classroom.submission_names import printable, words_of

# How Canvas and Moodle call what they let a teacher download: `doejane_LATE_1234_5678_kata`, where
# 1234 is the student's ID, and `Jane Doe_1234_assignsubmission_file`, where 1234 is the upload's.
_CANVAS = re.compile(r"[^_]+_(?:LATE_)?(\d+)_\d+_")
_MOODLE = re.compile(r"(.+)_\d+_assignsubmission_", re.DOTALL)


@dataclass(frozen=True)
class Match:
    """The student of one submission, or why there is none."""

    student: Student | None
    problem: str | None = None


@dataclass(frozen=True)
class Matching:
    """A match for each submission, in order, and the students who handed in nothing."""

    matches: tuple[Match, ...]
    absent: tuple[Student, ...]


def match(roster: Roster, names: Sequence[str]) -> Matching:
    """Find the student of each submission by any of its names; what is not clear is left to the
    teacher: a submission of two students, and two submissions of one."""
    by_identity: dict[str, list[int]] = defaultdict(list)
    for number, student in enumerate(roster.students):
        for identity in student.identities:
            by_identity[identity].append(number)
    owners = [
        sorted({number for word in _identities(name) for number in by_identity.get(word, ())})
        for name in names
    ]
    handed_in: dict[int, list[str]] = defaultdict(list)
    for name, numbers in zip(names, owners, strict=True):
        for number in numbers:
            handed_in[number].append(name)
    matches = tuple(_one_match(roster, numbers, handed_in) for numbers in owners)
    absent = [one for number, one in enumerate(roster.students) if number not in handed_in]
    return Matching(matches, tuple(absent))


def _one_match(roster: Roster, owners: list[int], handed_in: dict[int, list[str]]) -> Match:
    students = [roster.students[number] for number in owners]
    if not students:
        return Match(None, "nobody in the roster is called like this submission")
    if len(students) > 1:
        both = " and ".join(printable(student.name) for student in students[:2])
        return Match(None, f"this submission may be of {len(students)} in the roster: {both}")
    submissions = handed_in[owners[0]]
    if len(submissions) > 1:
        all_of_them = ", ".join(map(printable, submissions[:3]))
        whose = printable(students[0].name)
        return Match(None, f"{len(submissions)} submissions may be of {whose}: {all_of_them}")
    return Match(students[0])


def _identities(name: str) -> set[str]:
    """Give everything that a submission's name says of its student."""
    said = [name]
    for pattern in (_CANVAS, _MOODLE):
        if found := pattern.match(name):
            said.append(found[1])
    return {words_of(one) for one in said} - {""}
