"""Whom a line of a teacher's file is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.classroom.roster.nearest import did_you_mean
from grader.classroom.roster.students import Student, either_way, plain_id
from grader.classroom.submission_names import printable, words_of
from grader.errors import UsageError

Identities = frozenset[str]  # everything that a person is called, as returned by `words_of`


@dataclass(frozen=True)
class PersonLine:
    """Which person a line of a file is about, in the teacher's words: a name, an id or both."""

    where: str  # the file and the line, for messages
    words: tuple[str, ...]

    def fits(self, identities: Identities) -> bool:
        """Return whether a person is called each of the words, or the others of them together."""
        others = [word for word in self.words if not name_forms(word) & identities]
        return not others or words_of(" ".join(others)) in identities


def name_forms(name: str) -> Identities:
    """Return the forms in which a name is compared: `Lovelace, Ada` is Ada Lovelace, too."""
    return frozenset(map(words_of, either_way(name)))


def identities_of(names: Iterable[str], columns: dict[str, str]) -> Identities:
    """Return everything that a person is called.

    Args:
        names: the person's own, and their submission's.
        columns: the roster's for this person; empty if nobody there matches.
    """
    student = Student(columns)
    known = (*names, *student.names, *(value for _, value in student.ids))
    return frozenset(filter(None, map(words_of, known)))


def check_that_each_fits_one(lines: Sequence[PersonLine], people: Sequence[Identities]) -> None:
    """Refuse a line that fits nobody, or more than one person.

    Raises:
        UsageError: for the first such line.
    """
    for line in lines:
        count = sum(map(line.fits, people))
        shown = printable(", ".join(line.words))
        if count == 0:
            near = did_you_mean(" ".join(line.words), people)
            raise UsageError(f"{line.where}: nobody in this class is called {shown}{near}")
        if count > 1:
            raise UsageError(
                f"{line.where}: {count} people are called {shown}: add another name or id"
            )


def check_that_none_is_twice(lines: Sequence[PersonLine]) -> None:
    """Refuse several lines about the same thing of the same person.

    Raises:
        UsageError: if there is more than one line.
    """
    if len(lines) > 1:
        whose = printable(", ".join(lines[1].words))
        raise UsageError(f"{lines[1].where}: {whose} is also in {lines[0].where}: keep one of them")


def ids_of(columns: dict[str, str]) -> frozenset[tuple[str, str]]:
    """Return the ids in a person's columns of the roster, each with its kind."""
    return frozenset((kind, plain_id(kind, value)) for kind, value in Student(columns).ids)
