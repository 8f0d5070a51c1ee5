"""Find the same people in the rows of several runs."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.grades.people import ids_of, name_forms

Names = Callable[[ClassRow], frozenset[str]]


@dataclass
class JoinedPerson:
    """One person, with their row in each run; None where the person is in no row."""

    rows: list[ClassRow | None]
    ids: set[tuple[str, str]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    @property
    def row(self) -> ClassRow:
        """The person's latest row."""
        return next(row for row in reversed(self.rows) if row)


def names_of(row: ClassRow) -> frozenset[str]:
    """Return the forms in which a person's name is compared."""
    return name_forms(row.name)


def join_people(
    runs: Sequence[Sequence[ClassRow]], names: Names = names_of
) -> tuple[list[JoinedPerson], list[ClassRow]]:
    """Join rows that share an id, or else the name if no id says otherwise.

    Returns:
        the people in the order of their first rows; and the rows that stay alone although somebody
        in an earlier run could be the same person, because several could.
    """
    people: list[JoinedPerson] = []
    unclear: list[ClassRow] = []
    for place, rows in enumerate(runs):
        earlier = list(people)
        found = [_by_id(row, earlier) or _by_name(row, earlier, names(row)) for row in rows]
        claims = Counter(number for numbers in found for number in numbers)
        for row, numbers in zip(rows, found, strict=True):
            if len(numbers) == 1 and claims[numbers[0]] == 1:
                person = earlier[numbers[0]]
            else:
                person = JoinedPerson([None] * len(runs))
                people.append(person)
                unclear += [row] if numbers else []
            person.rows[place] = row
            person.ids |= ids_of(row.columns)
            person.names |= names(row)
    return people, unclear


def _by_id(row: ClassRow, people: Sequence[JoinedPerson]) -> list[int]:
    ids = ids_of(row.columns)
    return [number for number, one in enumerate(people) if ids & one.ids]


def _by_name(row: ClassRow, people: Sequence[JoinedPerson], names: frozenset[str]) -> list[int]:
    kinds = {kind for kind, _ in ids_of(row.columns)}
    return [
        number
        for number, one in enumerate(people)
        if names & one.names and not kinds & {kind for kind, _ in one.ids}
    ]
