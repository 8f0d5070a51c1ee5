"""Find the people of a roster whose names or logins look most like a hand-in's name."""

from collections.abc import Iterable, Iterator

import regex
from rapidfuzz import fuzz, process

from grader.classroom.roster.students import Student, forms_of
from grader.classroom.submission_names import printable, words_of

_MOST = 5
_LEAST_ALIKE = 62.0  # of 100: "hopper grce" and "Grace Hopper" have 95, two strangers about 40
_MOST_LETTERS = 100
_LEAST_FOR_A_QUESTION = 62.0
_LEAST_FOR_A_WORD = 75.0  # "flyd" and "floyd" have 89
_LEAST_FOR_A_SLIP = 80.0  # "bob flyd" and "bob floyd" have 94, "wei li" and "wei zhang" 53
_PART = 0.95  # a name that is alike as a whole is nearer than one with an equal part
_MOST_IN_A_QUESTION = 3
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


def did_you_mean(said: str, people: Iterable[Iterable[str]]) -> str:
    """Return a question about whoever looks most like a text; '' if nobody does.

    The text may also be like a part of a name: `Grace`, or `w1f Ada`. Several people may be meant
    then, and up to three are named.

    Args:
        said: what a teacher wrote.
        people: for each person or submission, what it is called.
    """
    wanted = words_of(said[:_MOST_LETTERS])
    found: dict[str, tuple[float, float]] = {}  # by name: how alike it is, and as a whole
    for names in people:
        alike = {one: _alikeness(wanted, words_of(one[:_MOST_LETTERS])) for one in sorted(names)}
        best = max(alike, key=lambda one: alike[one], default="")
        if best and alike[best][0] >= _LEAST_FOR_A_QUESTION:
            found[best] = alike[best]
    highest = max(found.values(), default=(0.0, 0.0))
    as_good = [name for name, (score, _) in found.items() if score == highest[0]]
    near = sorted(as_good, key=lambda name: (-found[name][1], name))[:_MOST_IN_A_QUESTION]
    return f": did you mean {' or '.join(map(printable, near))}?" if near else ""


def is_a_slip(said: str, name: str) -> bool:
    """Return whether a text is nearly a name; with other digits, it is something else's."""
    if _DIGITS.findall(said) != _DIGITS.findall(name):
        return False
    _, whole = _alikeness(words_of(said[:_MOST_LETTERS]), words_of(name[:_MOST_LETTERS]))
    return whole >= _LEAST_FOR_A_SLIP


def _alikeness(said: str, name: str) -> tuple[float, float]:
    """Return how alike two texts are in their words, or as a whole if that is more; and as a
    whole."""
    whole = max(fuzz.ratio(said, name), fuzz.token_sort_ratio(said, name))
    words = [word for word in said.split() if len(word) > 1]
    parts = [max((fuzz.ratio(word, one) for one in name.split()), default=0.0) for word in words]
    some = [score for score in parts if score >= _LEAST_FOR_A_WORD]
    return max(whole, _PART * max(some, default=0.0)), whole


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
