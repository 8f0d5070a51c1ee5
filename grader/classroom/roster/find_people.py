"""Find one person of a download in the roster: by ids, else by name, and never by a guess."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from grader.classroom.hand_in import IdKind, Person
from grader.classroom.roster.students import ID_WORDS, Student, forms_of, plain_id
from grader.classroom.submission_names import words_of

Numbers = frozenset[int]  # of students, by their place in the roster

_NOBODY: Numbers = frozenset()
_MOST_WORDS = 20  # of a name with an id in it


@dataclass(frozen=True)
class Found:
    """Who in the roster a person of a download is, or why that is unclear."""

    people: Numbers = _NOBODY
    why: str = ""  # what they have in common
    reason: str = ""  # why it is unclear, as in "Ada_17: REASON"
    perhaps: Numbers = _NOBODY  # who it may be then


class PeopleFinder:
    """Finds the people of one download in a roster."""

    def __init__(self, students: Sequence[Student], people: Iterable[Person]) -> None:
        """Index the roster; `people` are all those of the download."""
        self._students = students
        self._ids: list[dict[IdKind, set[str]]] = []
        by_id: dict[tuple[IdKind, str], set[int]] = defaultdict(set)
        by_text: dict[str, set[int]] = defaultdict(set)  # an id of any kind
        by_words: dict[str, set[int]] = defaultdict(set)
        squeezed: dict[str, set[int]] = defaultdict(set)
        by_group: dict[str, set[int]] = defaultdict(set)
        self._one_word: set[int] = set()  # those with a name such as 王小明
        for number, student in enumerate(students):
            self._ids.append(defaultdict(set))
            for kind, value in student.ids:
                self._ids[number][kind].add(plain_id(kind, value))
                by_id[kind, plain_id(kind, value)].add(number)
                by_text[words_of(value)].add(number)
            written = (name.replace("'", "") for name in student.names)  # as Moodle writes O'Brien
            for form in map(forms_of, dict.fromkeys((*student.names, *written))):
                by_words[form.words].add(number)
                for letters in form.squeezed:
                    squeezed[letters].add(number)
                if form.is_one_word:
                    self._one_word.add(number)
            for group in student.groups:
                by_group[group.replace(" ", "")].add(number)
        self._by_id, self._by_text, self._by_words = by_id, by_text, by_words
        self._squeezed, self._by_group = squeezed, by_group
        self._telling = self._telling_kinds(people)

    def find(self, person: Person) -> Found:
        """Return who in the roster a person is."""
        if found := self._by_ids(person) or self._by_name(person):
            return found
        if words_of(person.name) or not person.ids:
            return Found(reason="no student in the roster matches this submission's name")
        kinds = " and ".join(ID_WORDS[kind] for kind, _ in person.ids)
        return Found(reason=f"no student in the roster has its {kinds}")

    def _telling_kinds(self, people: Iterable[Person]) -> set[IdKind]:
        """Return the kinds of id that are the same in the download and the roster.

        With these, another id is another person, even of the same name. There is one Canvas, but
        the roster may have the participants of another assignment, or another office's numbers.
        Many people have several email addresses, so most of them must be the same.
        """
        known: Counter[IdKind] = Counter()
        unknown: Counter[IdKind] = Counter()
        for person in people:
            for kind, value in person.ids:
                counter = known if (kind, plain_id(kind, value)) in self._by_id else unknown
                counter[kind] += 1
        same: set[IdKind] = {"canvas", *known}
        return {kind for kind in same if kind != "email" or known[kind] >= unknown[kind]}

    def _by_ids(self, person: Person) -> Found | None:
        hits = {
            kind: self._by_id[kind, plain]
            for kind, value in person.ids
            if (kind, plain := plain_id(kind, value)) in self._by_id
        }
        if not hits:
            return None
        words = " and ".join(ID_WORDS[kind] for kind in hits)
        common = frozenset.intersection(*map(frozenset, hits.values()))
        named = self.named(person.name)
        if not common:
            everybody = frozenset().union(*hits.values())
            return Found(reason=f"its {words} belong to different people", perhaps=everybody)
        if len(common & named) == 1:
            return Found(common & named, words)
        if len(common) > 1:
            reason = f"{len(common)} people in the roster have its {words}"
            return Found(reason=reason, perhaps=common)
        if named:
            reason = f"its {words} is one person's and its name another's"
            return Found(reason=reason, perhaps=common | named)
        group = frozenset(self._by_group.get(_squeezed(person.name), ()))
        return Found(group, f"{words} and group") if common <= group else Found(common, words)

    def _by_name(self, person: Person) -> Found | None:
        named = self.named(person.name)
        if not person.ids:  # the name may be an id
            texts = frozenset(self._by_text.get(words_of(person.name), ()))
            if texts - named:
                return _one_of(named | texts, "ID")
        likely = frozenset(number for number in named if not self._is_another(person, number))
        if len(likely) > 1:
            values = {words_of(value) for _, value in person.ids}
            told = [one for one in likely if values & {words_of(v) for _, v in self._of(one)}]
            if len(told) == 1:
                return Found(frozenset(told), "name and ID")
        if likely:
            return _one_of(likely, "name")
        if named:
            kinds = " and ".join(ID_WORDS[kind] for kind, _ in person.ids if kind in self._telling)
            reason = f"somebody in the roster has this name, but another {kinds}"
            return Found(reason=reason, perhaps=named)
        return self._by_parts(person)

    def _by_parts(self, person: Person) -> Found | None:
        """Find who has both parts of a name such as `Lovelace_Ada_s1234` or `Team 1-Ada Lovelace`;
        or else a group.

        Beside an id with a digit, some words of the name are enough, as in `s1234_Lovelace`.
        """
        words = words_of(person.name).split()[:_MOST_WORDS]
        for start, end in combinations(range(len(words) + 1), 2):
            part, rest = words[start:end], (*words[:start], *words[end:])
            with_id = self._by_text.get(" ".join(part), set())
            named = self.named(" ".join(rest))
            if any(map(str.isdigit, "".join(part))) and rest:
                named |= {one for one in with_id if self._has_words(one, rest)}
            in_group = self._by_group.get("".join(part), set())
            for kind, numbers in ("ID", with_id), ("group", in_group):
                both = {one for one in named & numbers if not self._is_another(person, one)}
                if len(both) == 1:
                    return Found(frozenset(both), f"name and {kind}")
        group = frozenset(self._by_group.get(_squeezed(person.name), ()))
        return Found(group, "group") if group else None

    def _has_words(self, number: int, words: Iterable[str]) -> bool:
        """Return whether words are all part of one of a student's names."""
        names = self._students[number].names
        return any({*words} <= {*words_of(name).split()} for name in names)

    def named(self, name: str) -> Numbers:
        """Return those who have a name, in whatever order; or whose name it is without spaces."""
        form = forms_of(name)
        if not form.words:
            return _NOBODY
        if hits := self._by_words.get(form.words):
            return frozenset(hits)
        found = set().union(*(self._squeezed.get(letters, ()) for letters in form.squeezed))
        return frozenset(found if form.is_one_word else found & self._one_word)

    def _is_another(self, person: Person, number: int) -> bool:
        """Return whether an id says that a student of the same name is somebody else."""
        return any(
            kind in self._telling and theirs and plain_id(kind, value) not in theirs
            for kind, value in person.ids
            if (theirs := self._ids[number].get(kind)) is not None
        )

    def _of(self, number: int) -> tuple[tuple[IdKind, str], ...]:
        return self._students[number].ids


def _one_of(numbers: Numbers, why: str) -> Found:
    if len(numbers) == 1:
        return Found(numbers, why)
    reason = f"{len(numbers)} students in the roster match this submission"
    return Found(reason=reason, perhaps=numbers)


def _squeezed(name: str) -> str:
    return words_of(name).replace(" ", "")
