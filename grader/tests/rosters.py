"""Rosters and hand-ins of invented people, for tests of how they are matched."""

from pathlib import Path

from grader.classroom.hand_in import HandIn, IdKind, Person
from grader.classroom.roster import read_roster
from grader.classroom.roster.match import Match, Matching, match_hand_ins


def somebody(name: str = "", **ids: str) -> Person:
    """Return a person of a download with these ids."""
    kinds: list[IdKind] = ["participant", "canvas", "id", "login", "email", "github"]
    return Person(name, tuple((kind, ids[kind]) for kind in kinds if kind in ids))


def handed_in(*whose: Person, name: str = "") -> HandIn:
    """Return a hand-in of these people."""
    return HandIn(name or (whose[0].name if whose else "somebody"), (), whose)


def written(folder: Path, roster: str | bytes, name: str = "roster.csv") -> Path:
    """Write a roster to a file."""
    path = folder / name
    path.write_bytes(roster if isinstance(roster, bytes) else roster.encode())
    return path


def matching(folder: Path, roster: str | bytes, *hand_ins: HandIn | Person) -> Matching:
    """Match hand-ins, or people with one hand-in each, with a roster."""
    each = [one if isinstance(one, HandIn) else handed_in(one) for one in hand_ins]
    return match_hand_ins(read_roster(written(folder, roster)), each)


def names(match: Match) -> list[str]:
    """Return the names of those whom a hand-in belongs to."""
    return [student.name for student in match.students]


def nearest(match: Match) -> list[str]:
    return [student.name for student in match.nearest]
