"""A class of invented people, made from a seed: ordinary names, and the ones that go wrong."""

import random
import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from grader.tests.course_systems.names import Name, name_of, names_of_many_cultures, without_accents

_ABSENT, _LATE, _AGAIN, _TWO_SECTIONS, _UNLINKED = 0.08, 0.07, 0.06, 0.03, 0.02  # shares
_SECTIONS = ("Section A", "Section B")
_SAME = name_of("Maria", "Garcia")
_PEOPLE_OF_ONE_NAME = 3
_TWIN = name_of("Sam", "Taylor")  # two have this name, and only the first of them hands in
# What goes wrong in practice. The first two are the same once spaces and capitals are dropped, the
# third is part of a stranger's name, and the fourth's GitHub name is the fifth's name.
_SPECIAL = (
    name_of("Jo Anne", "Smith"),
    name_of("Joanne", "Smith"),
    name_of("Ana", "Silva"),
    name_of("Tom", "Berg"),
    name_of("Lisa", "Mayer"),
    name_of("Konrad", "von der Heide"),
    name_of("Pratiwi", ""),
    name_of("Alex_J", "Novak"),
    name_of("Ana Beatriz Conceição", "da Silva e Albuquerque de Vasconcelos Montenegro"),
    name_of("Máire", "O'Neill-D'Souza"),
)
_TAKEN_FROM, _TAKES = _SPECIAL[4], _SPECIAL[3]
# Of the last people, two have an id that is another kind of id of the next; the first is absent, so
# that nobody else claims what the second hands in.
_CONFUSED = 3
_STRANGERS = (name_of("Ana", "Silva Costa"), name_of("Bogdan", "Petrescu"))
_SQUEEZED = {_SPECIAL[0].full, _SPECIAL[1].full}
_WORDS = (
    "quiet brave pixel lunar amber rusty cosmic mellow turbo velvet",
    "otter falcon ninja badger comet walrus cactus pilot kernel panda",
)
_HANDLES = ("{}-{}-{}", "{}{}{}", "{}-{}{}", "x{}{}-{}")


@dataclass(frozen=True)
class Student:
    """Somebody who may hand in, with all the ids that course systems know people by."""

    number: int  # marks what they hand in
    name: Name
    sis_id: str
    login: str
    email: str
    github: str
    canvas: int  # Canvas's own number
    participant: int  # Moodle's number in one assignment
    sections: tuple[str, ...]
    linked: bool = True  # whether GitHub Classroom knows whose that GitHub name is
    is_absent: bool = False
    is_late: bool = False
    hands_in_again: bool = False
    is_stranger: bool = False  # hands in, and is not on the roster


@dataclass(frozen=True)
class People:
    """Everybody on a class's roster, and strangers who handed in."""

    seed: int
    students: tuple[Student, ...]
    strangers: tuple[Student, ...]

    @cached_property
    def handing_in(self) -> tuple[Student, ...]:
        present = [one for one in self.students if not one.is_absent]
        return tuple(sorted([*present, *self.strangers], key=lambda one: one.number))

    def rng(self, purpose: str, student: Student) -> random.Random:
        """Return a generator for one decision about one student."""
        return random.Random(f"{self.seed} {purpose} {student.number}")


def invent_people(count: int, seed: int) -> People:
    """Invent a class of `count` people, and two strangers."""
    rng = random.Random(seed)
    special = [*[_SAME] * _PEOPLE_OF_ONE_NAME, _TWIN, _TWIN, *_SPECIAL]
    ordinary = list(names_of_many_cultures())
    rng.shuffle(ordinary)
    names = special + ordinary[: count - len(special)]
    assert len(names) == count, "there are fewer names than people"
    ids = _Ids(rng, count + len(_STRANGERS))
    students = [_student(rng, ids, number, name) for number, name in enumerate(names, 1)]
    strangers = [
        replace(_student(rng, ids, count + place, name), is_stranger=True)
        for place, name in enumerate(_STRANGERS, 1)
    ]
    confused = _confused(students)
    ordinary_places = list(range(len(special), count - _CONFUSED))

    def some(share: float, among: Sequence[int] = range(count)) -> set[int]:
        return set(rng.sample(among, max(1, round(share * count))))

    absent = some(_ABSENT, ordinary_places) | {_PEOPLE_OF_ONE_NAME + 1, count - _CONFUSED}
    unlinked = some(
        _UNLINKED, [place for place in ordinary_places if _is_like_its_handle(names[place])]
    )
    late, again, both = some(_LATE), some(_AGAIN), some(_TWO_SECTIONS)
    made = (
        replace(
            one,
            is_absent=place in absent,
            is_late=place in late,
            hands_in_again=place in again,
            sections=_SECTIONS if place in both else one.sections,
            linked=place not in unlinked,
            github=_handle_like(one.name) if place in unlinked else one.github,
        )
        for place, one in enumerate(confused)
    )
    return People(seed, tuple(made), tuple(strangers))


def is_one_of_several(student: Student) -> bool:
    """Return whether somebody else in the class has the very same name."""
    return student.name in (_SAME, _TWIN)


def is_squeezed(student: Student) -> bool:
    """Return whether somebody else's name is the same without spaces and capitals."""
    return student.name.full in _SQUEEZED


class _Ids:
    """Hands out ids; no two people have the same one of a kind."""

    def __init__(self, rng: random.Random, count: int) -> None:
        self._rng = rng
        self._sis = rng.sample(range(1_200_000, 1_900_000), count)
        self._canvas = rng.sample(range(900_000, 990_000), count)
        self._participants = rng.sample(range(41_000, 44_000), count)
        self._handles: set[str] = set()
        self._logins: set[str] = set()

    def next_numbers(self) -> tuple[str, int, int]:
        return str(self._sis.pop()), self._canvas.pop(), self._participants.pop()

    def login_for(self, name: Name) -> str:
        letters = re.sub(r"[^a-z]", "", without_accents(name.latin).lower())[:7] or "student"
        return self._unused(self._logins, lambda: f"{letters}{self._rng.randint(10, 99)}")

    def handle(self) -> str:
        first, second = (words.split() for words in _WORDS)

        def make() -> str:
            parts = self._rng.choice(first), self._rng.choice(second), self._rng.randint(1, 999)
            made = self._rng.choice(_HANDLES).format(*parts)
            return string.capwords(made, "-") if self._rng.random() < 0.2 else made

        return self._unused(self._handles, make)

    def _unused(self, used: set[str], make: Callable[[], str]) -> str:
        while (made := make()).lower() in used:
            pass
        used.add(made.lower())
        return made


def _student(rng: random.Random, ids: _Ids, number: int, name: Name) -> Student:
    sis_id, canvas, participant = ids.next_numbers()
    login = ids.login_for(name)
    return Student(
        number,
        name,
        sis_id,
        login,
        f"{login}@students.example.edu",
        ids.handle(),
        canvas,
        participant,
        (rng.choice(_SECTIONS),),
    )


def _handle_like(name: Name) -> str:
    """Return the GitHub name of somebody who uses their own name for it."""
    return re.sub(r"[^a-z]+", "-", without_accents(name.latin).lower()).strip("-")


def _is_like_its_handle(name: Name) -> bool:
    """Return whether a name differs from a GitHub name made of it by no more than accents."""
    return without_accents(name.full).isascii()


def _confused(students: list[Student]) -> list[Student]:
    """Give some people an id that is another kind of id of somebody else."""
    takes = next(place for place, one in enumerate(students) if one.name == _TAKES)
    students[takes] = replace(students[takes], github=_handle_like(_TAKEN_FROM))
    first, second, third = range(len(students) - _CONFUSED, len(students))
    students[first] = replace(students[first], sis_id=str(students[second].canvas))
    students[second] = replace(students[second], sis_id=str(students[third].participant))
    return students
