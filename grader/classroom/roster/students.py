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
ID_WORDS: dict[IdKind, str] = {
    "participant": "participant number",
    "canvas": "Canvas ID",
    "id": "ID",
    "login": "login",
    "email": "email",
    "github": "GitHub name",
}
_MOST_WORDS = 12  # of a name; nobody has more
_CHINESE = regex.compile(r"\p{Han}+")
_GITHUB = re.compile(r"(?:https?://)?(?:www\.)?github\.com/", re.IGNORECASE)
# What a spreadsheet leaves of a long number; it has done the same to other people's.
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?e\+\d+", re.IGNORECASE | re.ASCII)
_NUMBERED = re.compile(r"\D{4,}?(\d{1,18})")


@dataclass(frozen=True)
class Student:
    """One person of the roster, with the columns as written."""

    columns: dict[str, str]

    @property
    def name(self) -> str:
        """The name as the roster has it, or else the first id; a name of signs if there is none."""
        readable = (name for name in self.names if words_of(name))
        values = (value for _, value in self.ids)
        return next(readable, "") or next(values, "") or next(iter(self.names), "")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every way in which the roster's columns make up a name."""
        return tuple(dict.fromkeys(filter(None, _names(self._values))))

    @cached_property
    def ids(self) -> tuple[tuple[IdKind, str], ...]:
        """Every id, with its kind, but not those that a spreadsheet has rounded."""
        distinct = dict.fromkeys(one for one in _ids(self._values) if not _is_rounded(one[1]))
        return tuple(sorted(distinct, key=lambda one: _ID_KINDS.index(one[0])))

    @cached_property
    def rounded(self) -> tuple[str, ...]:
        """The ids that a spreadsheet has rounded."""
        return tuple(value for _, value in _ids(self._values) if _is_rounded(value))

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
    notes: tuple[str, ...] = ()  # what is odd about its rows, one sentence each
    test_students: tuple[Student, ...] = ()  # a course system's own, who are no people
    staff: tuple[Student, ...] = ()  # teachers and assistants, by their role

    def label(self, student: Student) -> str:
        """Return a student's name, with an id of their own if others have the same name."""
        words = forms_of(student.name).words
        if self._times[words] == 1:
            return student.name
        own = (
            value
            for kind, value in student.ids
            if self._owners[kind, plain_id(kind, value)] == 1 and forms_of(value).words != words
        )
        value = next(own, "")
        return f"{student.name} ({value})" if value else student.name

    @cached_property
    def _times(self) -> Counter[str]:
        return Counter(forms_of(one.name).words for one in self.students)

    @cached_property
    def _owners(self) -> Counter[tuple[IdKind, str]]:
        """How many people have an id."""
        ids = ({(kind, plain_id(kind, value)) for kind, value in one.ids} for one in self.students)
        return Counter(each for some in ids for each in some)


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


def _is_rounded(value: str) -> bool:
    return bool(_ROUNDED.fullmatch(value.strip()))


def plain_id(kind: IdKind, value: str) -> str:
    """Return an id in the form in which ids of a kind are compared."""
    text = " ".join(value.split()).casefold()
    if kind == "github":
        return _GITHUB.sub("", text).lstrip("@").partition("/")[0]
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
