"""List the submissions of a class: take its download apart, and match it with the roster."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.classroom.downloads.recognize import recognize
from grader.classroom.hand_in import NOBODYS, HandIn, Person
from grader.classroom.roster.find_people import PeopleFinder
from grader.classroom.roster.handles import Handles
from grader.classroom.roster.mapping import MapFile, read_map
from grader.classroom.roster.match import Match, is_blind, match_hand_ins
from grader.classroom.roster.students import NO_ROSTER, Roster
from grader.classroom.run_settings import OpenSubmission
from grader.classroom.submission_names import distinct_keys, listed, printable, words_of
from grader.errors import UsageError

Columns = dict[str, str]  # the roster's columns for a student

_BLIND = (
    "marking is blind, and the roster has no participant numbers, so it was not used: Moodle's "
    "grading worksheet has them"
)
_TEST_NAME = "studenttest"  # the names of Canvas's test student, as its downloads write them


@dataclass(frozen=True)
class ListedSubmission:
    """A submission that has not been opened yet."""

    hand_in: HandIn
    key: str  # names it in files; unique in its class, whatever the case or Unicode form
    name: str  # as collected, or what tells it from others of this name: not safe to print
    students: tuple[Columns, ...]  # several for a group; none if the roster has nobody like that
    problems: tuple[str, ...]  # what was wrong with the submission, one sentence each


@dataclass(frozen=True)
class Listing:
    """The submissions of a class, sorted by name, and where they don't match the roster."""

    kind: str  # what the download was recognized as
    entries: tuple[ListedSubmission, ...]
    absent: tuple[Columns, ...]  # everybody without a submission
    problems: tuple[str, ...]  # one sentence each
    open: tuple[OpenSubmission, ...] = ()  # those that the teacher has to match
    pending: tuple[Columns, ...] = ()  # the absent who may own one of these
    matches: tuple[Match, ...] = ()  # of each entry
    notes: tuple[str, ...] = ()  # those of the problems that concern the map file
    hidden: str = ""  # why nobody can be matched; '' if people can be

    def __str__(self) -> str:
        """Return what the download was recognized as, and how many people's it is."""
        people = [len(one.hand_in.people) or 1 for one in self.entries]
        students = f"{sum(people)} student{'s' if sum(people) != 1 else ''}"
        in_groups = f" in {len(people)} submissions" if sum(people) != len(people) else ""
        return f"{self.kind[0].upper()}{self.kind[1:]}, {students}{in_groups}"


def list_submissions(
    download: Path, roster: Roster = NO_ROSTER, map_file: Path | None = None
) -> Listing:
    """List the submissions of a download; a course system's test student is left out.

    Raises:
        UsageError: if it can't be read or contains no submission, or the map file can't be used.
    """
    found = recognize(download)
    hand_ins = _without_tests(found.hand_ins, roster)
    if not hand_ins:
        raise UsageError(f"{download}: only the course system's test student handed in something")
    mapped = read_map(map_file, hand_ins, roster) if map_file else MapFile()
    hidden = _BLIND if not mapped.decided and _stays_blind(hand_ins, roster) else ""
    if hidden:
        # Nobody can be matched, nor found missing, so no name of the roster is needed.
        roster, found = NO_ROSTER, replace(found, problems=(*found.problems, hidden))
    handles = Handles(hand_ins, roster.students)
    labels = [handles.label(number) for number in range(len(hand_ins))]
    keys = distinct_keys(
        one.handles[0] if handles.has_twin(number) else one.name
        for number, one in enumerate(hand_ins)
    )
    matching = match_hand_ins(roster, hand_ins, mapped.decided)
    entries = _entries(hand_ins, keys, labels, matching.matches)
    open_names = [
        one.name for one, match in zip(hand_ins, matching.matches, strict=True) if match.reason
    ]
    notes = mapped.notes_on(map_file, open_names) if map_file else ()
    still_open = tuple(
        OpenSubmission(key, match.reason, tuple(map(roster.label, match.nearest)))
        for key, match in zip(keys, matching.matches, strict=True)
        if match.reason
    )
    likely = [
        f"{printable(label)} is open: {match.reason}; {_nearest(match, roster)}"
        for label, match in zip(labels, matching.matches, strict=True)
        if match.reason
    ]
    gone = [one for one in matching.absent if one not in matching.pending]
    missing = (f"no submission from {printable(roster.label(student))}" for student in gone)
    return Listing(
        kind=found.kind,
        entries=entries,
        absent=tuple(one.columns for one in matching.absent),
        problems=(*found.problems, *roster.notes, *notes, *likely, *missing),
        notes=notes,
        hidden=hidden,
        open=still_open,
        pending=tuple(one.columns for one in matching.pending),
        matches=matching.matches,
    )


def _nearest(match: Match, roster: Roster) -> str:
    names = listed(printable(roster.label(student)) for student in match.nearest)
    return f"nearest: {names}" if names else "no name in the roster is like it"


def _stays_blind(hand_ins: Sequence[HandIn], roster: Roster) -> bool:
    """Return whether the marking is blind, and the roster has nobody's number."""
    kinds = {kind for student in roster.students for kind, _ in student.ids}
    return bool(roster.students) and "participant" not in kinds and all(map(is_blind, hand_ins))


def _entries(
    hand_ins: Sequence[HandIn],
    keys: Sequence[str],
    labels: Sequence[str],
    matches: Sequence[Match],
) -> tuple[ListedSubmission, ...]:
    words = [words_of(one.name) or one.name for one in hand_ins]
    times = Counter(words)
    entries = []
    for hand_in, key, label, word, match in zip(
        hand_ins, keys, labels, words, matches, strict=True
    ):
        twins = f"{times[word]} submissions are called {printable(hand_in.name)}"
        has_twin = times[word] > 1 and not match.students and not match.reason
        is_nobodys = NOBODYS if match.why and not match.students and not match.reason else ""
        problems = [*hand_in.problems, match.reason, is_nobodys, twins if has_twin else ""]
        students = tuple(student.columns for student in match.students)
        said = tuple(filter(None, problems))
        entries.append(ListedSubmission(hand_in, key, label, students, said))
    return tuple(entries)


def _without_tests(hand_ins: Sequence[HandIn], roster: Roster) -> list[HandIn]:
    """Leave out what a course system's test student handed in."""
    people = [person for one in hand_ins for person in one.people]
    tests = PeopleFinder(roster.test_students, people)
    return [
        one
        for one in hand_ins
        if not one.people or not all(_is_test(tests, person) for person in one.people)
    ]


def _is_test(tests: PeopleFinder, person: Person) -> bool:
    is_named_so = words_of(person.name).replace(" ", "") == _TEST_NAME
    return bool(tests.find(person).people) or (is_named_so and bool(person.ids))
