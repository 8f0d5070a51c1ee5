"""Everything by which the people of a class can be recognized in its results."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import regex

from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.hand_in import IdKind, Person
from grader.classroom.roster.students import Student, forms_of, plain_id
from grader.classroom.submission_names import words_of
from grader.kata import Kata

Ids = frozenset[tuple[str, str]]

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_DIGITS = regex.compile(r"\p{N}+")
_BARE = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_IN_TWO_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_SHORTEST_NUMBER = 4  # digits: a shorter id can't be told from a number
_REMOVED = "[removed]"


@dataclass(frozen=True)
class KnownPerson:
    """One person, as the roster and the download know them."""

    names: tuple[str, ...]  # the one to show first
    ids: tuple[tuple[IdKind, str], ...]

    @property
    def plain_ids(self) -> Ids:
        """The ids, in the form in which they are compared."""
        return frozenset((kind, plain_id(kind, value)) for kind, value in self.ids)

    def is_same(self, other: "KnownPerson") -> bool:
        """Return whether two are one person: by an id, or by name if one of them has none."""
        if self.ids and other.ids:
            return bool(self.plain_ids & other.plain_ids)
        return not _forms(self.names).isdisjoint(_forms(other.names))


def person_of(row: ClassRow) -> KnownPerson:
    """Return what is known about the person of a row."""
    student = Student(row.columns)
    people: Sequence[Person] = row.result.people if row.result else ()
    if len(people) != 1:  # in a group, nothing says who is who
        people = ()
    names = [row.name, *student.names, *(one.name for one in people)]
    ids = [*student.ids, *(one for person in people for one in person.ids)]
    return KnownPerson(tuple(dict.fromkeys(filter(None, names))), tuple(dict.fromkeys(ids)))


class NameRemover:
    """Removes people's names and ids from texts, word by word."""

    def __init__(self, people: Iterable[KnownPerson], kata: Kata) -> None:
        """Collect the words of all names, and all ids.

        A word of a name that the lessons have, too, is removed only as the name is written: Max,
        but not max.
        """
        self._usual = _words_of_lessons(kata)
        self._anywhere: set[str] = set()  # without case
        self._as_written: set[str] = set()
        for person in people:
            for name in person.names:
                self._add_name(name)
            for _, value in person.ids:
                self._add_id(value)

    def plain(self, text: str) -> str:
        """Return a text in which every such word is replaced."""
        return _WORD.sub(lambda found: self._instead_of(found[0]), text)

    def _instead_of(self, word: str) -> str:
        letters = _DIGITS.sub("", word)  # `dubois34` is named after Dubois
        forms = {form for one in (word, letters) for form in _spellings(one)}
        gone = word in self._as_written or not forms.isdisjoint(self._anywhere)
        return _REMOVED if gone else word

    def _add_name(self, name: str) -> None:
        for word in _WORD.findall(name):
            if word.isdigit():
                self._add_id(word)
            elif words_of(word) in self._usual:
                self._as_written.add(word)
            elif len(word) > 1:  # not an initial
                self._anywhere |= _spellings(word) - self._usual
        self._anywhere |= forms_of(name).squeezed - self._usual

    def _add_id(self, value: str) -> None:
        local, _, _ = value.partition("@")  # the rest of an address is the same for everybody
        for word in _WORD.findall(local):
            if len(word) >= _SHORTEST_NUMBER:
                self._anywhere.add(words_of(word))


def _spellings(word: str) -> frozenset[str]:
    """Return the ways in which a word is spelled with and without a keyboard that has its letters:
    `chloé` and `chloe`, `müller`, `muller` and `mueller`."""
    written = words_of(word)
    bare = unicodedata.normalize("NFKD", written.translate(_BARE))
    unmarked = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return frozenset((written, words_of(unmarked), written.translate(_IN_TWO_LETTERS))) - {""}


@cache
def _words_of_lessons(kata: Kata) -> frozenset[str]:
    texts = (path.read_text(encoding="utf-8") for path in (kata.root / "lessons").glob("*.md"))
    return frozenset(words_of(word) for text in texts for word in _WORD.findall(text))


def telling_values(people: Iterable[KnownPerson]) -> frozenset[str]:
    """Return the names and ids that must not be found any more, as returned by `words_of`.

    Left out is what is too short to be told from numbers and other words.
    """
    values = (
        value for person in people for value in (*person.names, *(value for _, value in person.ids))
    )
    return frozenset(word for word in map(words_of, values) if len(word) >= _SHORTEST_NUMBER)


def _forms(names: Iterable[str]) -> frozenset[str]:
    return frozenset(forms_of(name).words for name in names)
