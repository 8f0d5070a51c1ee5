"""Match the hand-ins of a download with the people of a roster."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.classroom.hand_in import HandIn
from grader.classroom.roster.find_people import Found, Numbers, PeopleFinder
from grader.classroom.roster.nearest import NearestNames
from grader.classroom.roster.students import Roster, Student
from grader.classroom.submission_names import printable

Decisions = Mapping[int, Numbers]  # whose a hand-in is, by their places in the listing and roster
_SHOWN = 3


@dataclass(frozen=True)
class Match:
    """Whose a hand-in is; and if that is not clear, why, and who looks most like it."""

    students: tuple[Student, ...] = ()
    why: str = ""  # what was compared
    reason: str = ""  # why it is open, or for whom of a group; '' if everything is clear
    nearest: tuple[Student, ...] = ()


@dataclass(frozen=True)
class Matching:
    """The match of each hand-in, in order, and who has none."""

    matches: tuple[Match, ...]
    absent: tuple[Student, ...] = ()  # everybody without a matched hand-in
    pending: tuple[Student, ...] = ()  # those of them who may own one that is open


def match_hand_ins(
    roster: Roster, hand_ins: Sequence[HandIn], decided: Decisions | None = None
) -> Matching:
    """Find the students of each hand-in.

    Unclear cases are left to the teacher: a hand-in that fits two people, or two hand-ins that fit
    one person.

    Args:
        decided: whose a hand-in is where the teacher has decided it.
    """
    students, decided = roster.students, decided or {}
    if not students:
        return Matching(tuple(Match() for _ in hand_ins))
    finder = PeopleFinder(students, (person for one in hand_ins for person in one.people))
    found = [
        Found(decided[number], "map file") if number in decided else _of_all(finder, one)
        for number, one in enumerate(hand_ins)
    ]
    found = _without_rivals(found, decided)
    owners = frozenset().union(*(one.people for one in found))
    without = frozenset(range(len(students))) - owners
    names = NearestNames(students)
    matches, pending = [], set[int]()
    for hand_in, one in zip(hand_ins, found, strict=True):
        nearest = _nearest(names, hand_in, one, without) if one.reason else ()
        if one.reason:
            likely = {*one.perhaps, *nearest} & without
            pending |= likely or without  # without a likely owner, it may be anybody's
        whose, alike = (_all_of(students, numbers) for numbers in (sorted(one.people), nearest))
        matches.append(Match(whose, one.why, one.reason, alike))
    absent, perhaps = (_all_of(students, sorted(numbers)) for numbers in (without, pending))
    return Matching(tuple(matches), absent, perhaps)


def is_blind(hand_in: HandIn) -> bool:
    """Return whether the download gives a number instead of a name, as blind marking does."""
    return bool(hand_in.people) and all(
        not person.name and {kind for kind, _ in person.ids} == {"participant"}
        for person in hand_in.people
    )


def _all_of(students: Sequence[Student], numbers: Iterable[int]) -> tuple[Student, ...]:
    return tuple(students[number] for number in numbers)


def _nearest(
    names: NearestNames, hand_in: HandIn, found: Found, without: Numbers
) -> tuple[int, ...]:
    """Return who an open hand-in may belong to: who fits it, or else whose name is like its."""
    if found.perhaps:
        return tuple(sorted(found.perhaps, key=lambda who: (who not in without, who)))[:_SHOWN]
    if is_blind(hand_in):
        return ()
    said = [person.name for person in hand_in.people]
    said += [
        value.partition("@")[0]
        for person in hand_in.people
        for kind, value in person.ids
        if kind in ("login", "email", "github")
    ]
    alike = names.of(said if any(said) else [hand_in.name], without)
    return tuple(who for who in alike if who not in found.people)[:_SHOWN]


def _of_all(finder: PeopleFinder, hand_in: HandIn) -> Found:
    """Return whose a hand-in is; it may belong to several people."""
    found = [finder.find(person) for person in hand_in.people]
    if not found:
        return Found(reason="the download does not say whose it is")
    people = frozenset().union(*(one.people for one in found))
    perhaps = frozenset().union(*(one.perhaps for one in found)) - people
    unclear = [
        f"{printable(person.name)}: {one.reason}" if len(found) > 1 else one.reason
        for person, one in zip(hand_in.people, found, strict=True)
        if one.reason
    ]
    why = " and ".join(dict.fromkeys(one.why for one in found if one.why))
    return Found(people, why, ". ".join(unclear), perhaps)


def _without_rivals(found: list[Found], decided: Decisions) -> list[Found]:
    """Take away people who fit several hand-ins, except from one that the teacher chose."""
    claims: dict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(found):
        for who in one.people:
            claims[who].append(number)
    chosen = {who for people in decided.values() for who in people}
    kept = []
    for number, one in enumerate(found):
        lost = {who for who in one.people if len(claims[who]) > 1}
        if number in decided or not lost:
            kept.append(one)
            continue
        # Students may read the reason, so it names nobody.
        reason = "another submission matches the same student"
        if lost & chosen:
            reason = "the map file gives its student another submission"
        kept.append(
            replace(
                one,
                people=one.people - lost,
                reason=". ".join(filter(None, (one.reason, reason))),
                perhaps=one.perhaps | lost,
            )
        )
    return kept
