"""The people of a roster: their names and ids, and the ways in which a download may write them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import regex

from grader.classroom.hand_in import IdKind
from grader.classroom.roster.columns import Meaning, participant_in, values_of
from grader.classroom.submission_names import words_of

_ID_KINDS: tuple[IdKind, ...] = ("participant", "canvas", "id", "login", "email", "github")
_MOST_WORDS = 12  # of a name; nobody has more
_CHINESE = regex.compile(r"\p{Han}+")
_NUMBERED = re.compile(r"\D{4,}?(\d{1,18})")


@dataclass(frozen=True)
class Student:
    """One person of the roster, with the columns as written."""

    columns: dict[str, str]

    @property
    def name(self) -> str:
        """The name as the roster has it, or else the first id."""
        return next(iter(self.names), "") or next((value for _, value in self.ids), "")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every way in which the roster's columns make up a name."""
        return tuple(dict.fromkeys(filter(None, _names(self._values))))

    @cached_property
    def ids(self) -> tuple[tuple[IdKind, str], ...]:
        """Every id, with its kind."""
        distinct = dict.fromkeys(_ids(self._values))
        return tuple(sorted(distinct, key=lambda one: _ID_KINDS.index(one[0])))

    @cached_property
    def groups(self) -> frozenset[str]:
        """The names of the person's groups, as returned by `words_of`."""
        return _listed(self._values.get("group", []))

    @cached_property
    def roles(self) -> frozenset[str]:
        """What the person is in the course, as returned by `words_of`."""
        return _listed(self._values.get("role", []))

    @cached_property
    def _values(self) -> dict[Meaning, list[str]]:
        return values_of(self.columns)


@dataclass(frozen=True)
class Roster:
    """The people of a class."""

    students: tuple[Student, ...] = ()
    form: str = ""  # how the file was read, in words
    test_students: tuple[Student, ...] = ()  # a course system's own, who are no people
    staff: tuple[Student, ...] = ()  # teachers and assistants, by their role

    def label(self, student: Student) -> str:
        """Return a student's name, with an id if others have the same name."""
        if self._times[forms_of(student.name).words] == 1 or not student.ids:
            return student.name
        return f"{student.name} ({student.ids[0][1]})"

    @cached_property
    def _times(self) -> Counter[str]:
        return Counter(forms_of(one.name).words for one in self.students)


NO_ROSTER = Roster()


@dataclass(frozen=True)
class NameForms:
    """A name in the forms in which names are compared."""

    words: str  # in alphabetical order, so that "Lovelace, Ada" is "Ada Lovelace"
    squeezed: frozenset[str] = field(default_factory=frozenset)  # `lovelaceada` and `adalovelace`
    is_one_word: bool = False


def forms_of(name: str) -> NameForms:
    """Return the forms in which a name is compared."""
    words = words_of(name).split()
    turns = range(len(words[:_MOST_WORDS]))
    squeezed = frozenset("".join((*words[turn:], *words[:turn])) for turn in turns)
    return NameForms(" ".join(sorted(words)), squeezed, len(words) == 1)


def plain_id(kind: IdKind, value: str) -> str:
    """Return an id in the form in which ids of a kind are compared."""
    text = " ".join(value.split()).casefold()
    return text.lstrip("0") if kind in ("participant", "canvas") else text


def _names(values: dict[Meaning, list[str]]) -> Iterator[str]:
    """Yield a person's names, the one to show first."""
    first, last = values.get("first", []), " ".join(values.get("last", []))
    identifiers = [
        text
        for text in values.get("identifier", [])
        if not participant_in(text) and "@" not in text
    ]
    if "github" in values and any(len(words_of(text).split()) > 1 for text in identifiers):
        for text in identifiers:  # what GitHub Classroom calls a name is anything people like
            yield from either_way(text)
        return
    for name in values.get("name", []):
        if first and not last and not {*words_of(first[0]).split()} <= {*words_of(name).split()}:
            yield from _joined(first[0], name)  # titles such as "Name" and "Vorname"
        else:
            yield from either_way(name)
    if last or not values.get("name"):  # some people have a single name
        for one in first or [""]:
            yield from _joined(one, last)
    yield from identifiers


def either_way(name: str) -> Iterator[str]:
    """Yield a name, and `Lovelace, Ada` as `Ada Lovelace`, too."""
    yield name
    before, comma, after = name.partition(",")
    if comma:
        yield f"{after} {before}".strip()


def _listed(cells: list[str]) -> frozenset[str]:
    return frozenset(words_of(one) for cell in cells for one in re.split("[,;]", cell)) - {""}


def _joined(first: str, last: str) -> Iterator[str]:
    if _CHINESE.fullmatch(first) and _CHINESE.fullmatch(last):
        yield f"{last}{first}"
    yield f"{first} {last}".strip()
    yield f"{last} {first}".strip()


def _ids(values: dict[Meaning, list[str]]) -> Iterator[tuple[IdKind, str]]:
    for kind in _ID_KINDS:
        for value in values.get(kind, []):
            if kind == "id" and (number := participant_in(value)):  # German Moodle calls it "ID"
                yield "participant", number
                continue
            yield kind, value
            if kind in ("id", "login") and "@" in value:
                yield "email", value
    for value in values.get("identifier", []):
        if number := participant_in(value):
            yield "participant", number
            continue
        yield ("email" if "@" in value else "id"), value
        found = _NUMBERED.fullmatch(value)  # Moodle's word for participants in other languages
        if found and "github" not in values:
            yield "participant", found[1]
