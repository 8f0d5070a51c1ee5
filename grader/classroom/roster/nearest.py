"""Find the people of a roster whose names or logins look most like a hand-in's name."""

from collections.abc import Iterable, Iterator

import regex
from rapidfuzz import fuzz, process

from grader.classroom.roster.students import Student, forms_of
from grader.classroom.submission_names import words_of

_MOST = 3
_LEAST_ALIKE = 62.0  # of 100: "hopper grce" and "Grace Hopper" have 95, two strangers about 40
_MOST_LETTERS = 100
_DIGITS = regex.compile(r"\p{Nd}+")


class NearestNames:
    """The names of a class, ready to be compared with others."""

    def __init__(self, students: Iterable[Student]) -> None:
        pairs = [(number, form) for number, one in enumerate(students) for form in _forms(one)]
        self._numbers = [number for number, _ in pairs]
        self._forms = [form for _, form in pairs]

    def of(self, name: str, preferred: frozenset[int]) -> tuple[int, ...]:
        """Return the numbers of the most similar people, best first.

        Args:
            preferred: who comes before others that are as similar: those without a hand-in.
        """
        scores: dict[int, float] = {}
        for form in _said(name):
            alike = process.extract(
                form, self._forms, scorer=fuzz.ratio, limit=None, score_cutoff=_LEAST_ALIKE
            )
            for _, score, place in alike:
                number = self._numbers[place]
                scores[number] = max(scores.get(number, 0.0), score)
        best = sorted(scores, key=lambda one: (-scores[one] - 5 * (one in preferred), one))
        return tuple(best[:_MOST])


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
