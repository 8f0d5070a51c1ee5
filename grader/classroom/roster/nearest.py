"""Find the people of a roster whose names or logins look most like a hand-in's name."""

from collections.abc import Iterable, Iterator

import regex
from rapidfuzz import fuzz, process

from grader.classroom.roster.students import Student, forms_of
from grader.classroom.submission_names import words_of

_MOST = 5
_LEAST_ALIKE = 62.0  # of 100: "hopper grce" and "Grace Hopper" have 95, two strangers about 40
_MOST_LETTERS = 100
_DIGITS = regex.compile(r"\p{Nd}+")


class NearestNames:
    """The names of a class, ready to be compared with others."""

    def __init__(self, students: Iterable[Student]) -> None:
        everybody = list(students)
        pairs = [(number, form) for number, one in enumerate(everybody) for form in _forms(one)]
        self._numbers = [number for number, _ in pairs]
        self._forms = [form for _, form in pairs]
        self._words = [
            [{*words_of(name).split()} for name in one.names if len(words_of(name).split()) > 1]
            for one in everybody
        ]

    def of(self, said: Iterable[str], preferred: frozenset[int]) -> tuple[int, ...]:
        """Return the numbers of the most similar people, best first.

        Args:
            said: what a hand-in says about whose it is: names and logins.
            preferred: who comes before others that are as similar: those without a hand-in.
        """
        scores: dict[int, float] = {}
        for text in said:
            for number, score in self._alike(text):
                scores[number] = max(scores.get(number, 0.0), score)
        best = sorted(scores, key=lambda one: (-scores[one] - 5 * (one in preferred), one))
        return tuple(best[:_MOST])

    def _alike(self, text: str) -> Iterator[tuple[int, float]]:
        for form in _said(text):
            alike = process.extract(
                form, self._forms, scorer=fuzz.ratio, limit=None, score_cutoff=_LEAST_ALIKE
            )
            yield from ((self._numbers[place], score) for _, score, place in alike)
        words = {*words_of(text).split()}
        for number, names in enumerate(self._words):
            if any(name <= words for name in names):  # a name among other words
                yield number, 100.0


def _said(name: str) -> set[str]:
    """Return what a hand-in's name may say: numbers in it are seldom part of a name."""
    text = name[:_MOST_LETTERS]
    both = words_of(text), words_of(_DIGITS.sub(" ", text))
    return {form for words in both for form in _ordered(words)} - {""}


def _forms(student: Student) -> Iterator[str]:
    for name in student.names:
        words = words_of(name[:_MOST_LETTERS])
        yield from _ordered(words)
        first, _, rest = words.partition(" ")
        if rest:
            yield first[0] + rest.split()[-1]  # ghopper
    for kind, value in student.ids:
        if kind in ("login", "email", "github"):
            yield words_of(value.partition("@")[0][:_MOST_LETTERS]).replace(" ", "")


def _ordered(words: str) -> Iterator[str]:
    yield from (form := forms_of(words)).squeezed
    yield form.words
