"""What a teacher may call a hand-in: its name, or what means only this one in any download.

A name alone is no handle for somebody who has a namesake: next week's download may have the other.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from grader.classroom.hand_in import HandIn
from grader.classroom.roster.find_people import PeopleFinder
from grader.classroom.roster.students import Student
from grader.classroom.submission_names import printable, safe_key, words_of
from grader.errors import UsageError

_FORMULA = ("=", "+", "-", "@")  # where a spreadsheet begins a formula


class Handles:
    """The hand-ins of a download, by everything that they may be called."""

    def __init__(self, hand_ins: Sequence[HandIn], students: Sequence[Student]) -> None:
        self._hand_ins = hand_ins
        self._finder = PeopleFinder(students, ())
        self._times = Counter(_seen(one.name) for one in hand_ins)

    def has_twin(self, number: int) -> bool:
        """Return whether another hand-in has the same name."""
        return self._times[_seen(self._hand_ins[number].name)] > 1

    def namesakes(self, number: int) -> int:
        """Return how many people in the roster have the hand-in's name."""
        return len(self._finder.named(self._hand_ins[number].name))

    def label(self, number: int) -> str:
        """Return what to call a hand-in in a list: its name, or its handle if others have the name.

        It is not safe to print.
        """
        one = self._hand_ins[number]
        has_namesakes = one.has_ids and self.namesakes(number) > 1
        return one.handles[0] if self.has_twin(number) or has_namesakes else one.name

    def for_map(self, number: int) -> str:
        """Return what to call a hand-in in a map file, safe to print and to open in a
        spreadsheet."""
        label = self.label(number)
        return label if is_safe(label) else safe_key(label)

    def find(self, where: str, said: str) -> int | None:
        """Return the hand-in that a line of a map file names; None if it isn't there.

        Raises:
            UsageError: if several are called so, or it may be another person's next week.
        """
        for form in str, words_of:
            handles, names = self._called(said, form)
            found = [*handles, *names]
            if len(found) > 1:
                each = " or ".join(map(self._written, found))
                several = f"{len(found)} submissions are called {printable(said)}"
                raise UsageError(f"{where}: {several}: write {each}")
            if found:
                return self._certain(where, found[0], is_name=not handles)
        return None

    def _called(self, said: str, form: Callable[[str], str]) -> tuple[list[int], list[int]]:
        """Return the hand-ins that have a text as a handle, and those that have it as a name."""
        wanted = form(said)
        handles: list[int] = []
        names: list[int] = []
        for number, one in enumerate(self._hand_ins if wanted else ()):
            loose = {form(one.name), form(safe_key(one.name))}
            telling = {form(handle) for handle in one.handles} - loose
            if wanted in telling | {form(value) for value in one.ids}:
                handles.append(number)
            elif wanted in loose:
                names.append(number)
        return handles, names

    def _certain(self, where: str, number: int, is_name: bool) -> int:
        count = self.namesakes(number)
        if is_name and count > 1 and self.label(number) != self._hand_ins[number].name:
            name = printable(self._hand_ins[number].name)
            raise UsageError(
                f"{where}: {count} people in the roster are called {name}: write "
                f"{self._written(number)}, which is this submission's alone"
            )
        return number

    def _written(self, number: int) -> str:
        handle = self._hand_ins[number].handles[0]
        return printable(handle if is_safe(handle) else safe_key(handle))


def is_safe(text: str) -> bool:
    """Return whether a text can be printed as it is, and starts no formula in a spreadsheet."""
    return printable(text) == text and text[:1] not in _FORMULA


def _seen(name: str) -> str:
    return unicodedata.normalize("NFC", name)
