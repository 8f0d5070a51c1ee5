"""The teacher's map file: whose a hand-in is where a machine can't decide."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from grader.classroom.roster.columns import participant_in
from grader.classroom.roster.match import Decisions
from grader.classroom.roster.nearest import NearestNames, did_you_mean
from grader.classroom.roster.read_table import Row, read_table
from grader.classroom.roster.students import Roster, Student, forms_of
from grader.classroom.submission_names import printable, words_of
from grader.errors import UsageError

HEADER = "submission", "person"
NOBODY = "nobody"  # the person of a submission by somebody who isn't in the roster
_FORMULA = ("=", "+", "-", "@")  # where a spreadsheet begins a formula


def read_map(path: Path, names: Sequence[str], keys: Sequence[str], roster: Roster) -> Decisions:
    """Read a CSV of two columns: a submission's name, and an id or a name of the roster.

    A submission of several people has several lines; one by a guest has `nobody`.

    Args:
        names: of the submissions, in order.
        keys: of the submissions; they are distinct, and as good as the names.

    Raises:
        UsageError: if a line fits nothing or too much, or gives somebody two submissions.
    """
    decided: dict[int, set[int]] = defaultdict(set)
    owned: dict[int, int] = {}  # the submission of each person
    for line, row in enumerate(read_table(path, _looks_like_header).rows, 1):
        cells = [*(cell.strip() for cell in row), "", ""][:2]
        if not any(cells) or (line == 1 and _looks_like_header(row)):
            continue
        where = f"{path}, line {line}"
        submission = _submission(where, cells[0], names, keys)
        if cells[1].casefold() == NOBODY:
            decided[submission] |= set()
            continue
        person = _person(where, cells[1], roster.students)
        if owned.setdefault(person, submission) != submission:
            who, other = printable(cells[1]), printable(names[owned[person]])
            raise UsageError(f"{where}: {who} has another line already, for {other}")
        decided[submission].add(person)
    return {submission: frozenset(people) for submission, people in decided.items()}


def map_rows(
    names: Sequence[str],
    keys: Sequence[str],
    open_ones: Sequence[tuple[int, Sequence[Student]]],
    roster: Roster,
) -> list[Row]:
    """Return rows for a map file, with the likeliest person filled in unless several are likely.

    Args:
        names: of all submissions.
        keys: of all submissions.
        open_ones: the submissions that are open, and who is likely, the likeliest first.
    """
    guesses = [_guess(likely, roster) for _, likely in open_ones]
    times, times_of = Counter(names), Counter(guesses)
    rows = []
    for (number, _), guess in zip(open_ones, guesses, strict=True):
        name = names[number]
        is_clear = times[name] == 1 and _is_safe(name)
        rows.append([name if is_clear else keys[number], guess if times_of[guess] == 1 else ""])
    return rows


def _guess(likely: Sequence[Student], roster: Roster) -> str:
    """Return what is the likeliest student's alone; '' if there is another of the same name."""
    if not likely or len({roster.label(one) for one in likely if one.name == likely[0].name}) > 1:
        return ""
    return _unambiguous(likely[0], roster.students)


def _unambiguous(student: Student, students: Sequence[Student]) -> str:
    """Return what is this student's alone and safe to print: the name, or else an id."""
    texts = filter(_is_safe, (student.name, *(value for _, value in student.ids)))
    return next((text for text in texts if len(_people(text, students)) == 1), "")


def _is_safe(text: str) -> bool:
    return printable(text) == text and text[:1] not in _FORMULA


def _looks_like_header(row: Row) -> int:
    return int([words_of(cell) for cell in row[:2]] == [*HEADER])


def _submission(where: str, said: str, names: Sequence[str], keys: Sequence[str]) -> int:
    same = [number for number, name in enumerate(names) if name == said]
    same = same or [number for number, key in enumerate(keys) if key == said]
    if len(same) == 1:
        return same[0]
    shown = printable(said)
    if same:
        either = " or ".join(printable(keys[number]) for number in same)
        raise UsageError(f"{where}: {len(same)} submissions are called {shown}: write {either}")
    hint = did_you_mean(said, ([name] for name in names))
    raise UsageError(f"{where}: no submission is called {shown}{hint}")


def _person(where: str, said: str, students: Sequence[Student]) -> int:
    if not said:
        raise UsageError(f"{where}: whose is it? Write a name or an id after the separator")
    found = _people(said, students)
    if len(found) == 1:
        return found[0]
    shown = printable(said)
    if found:
        several = f"{len(found)} people in the roster have this name or id"
        raise UsageError(f"{where}: {shown}: {several}: write another id")
    nearest = NearestNames(students).of([said], frozenset())
    hint = (
        f"; nearest: {printable(students[nearest[0]].name)}"
        if nearest
        else did_you_mean(said, ([one.name] for one in students))
    )
    raise UsageError(f"{where}: nobody in the roster has the name or id {shown}{hint}")


def _people(said: str, students: Sequence[Student]) -> list[int]:
    """Return those who have exactly this id or name."""
    number, folded, words = participant_in(said), said.casefold(), forms_of(said).words
    return [
        place
        for place, one in enumerate(students)
        if any(
            value.casefold() == folded or (kind, value) == ("participant", number)
            for kind, value in one.ids
        )
        or any(forms_of(name).words == words for name in one.names)
    ]
