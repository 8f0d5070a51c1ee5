"""The teacher's map file: whose a hand-in is where a machine can't decide."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.classroom.hand_in import HandIn
from grader.classroom.roster.columns import participant_in
from grader.classroom.roster.handles import Handles, is_safe
from grader.classroom.roster.match import Decisions
from grader.classroom.roster.nearest import NearestNames, did_you_mean, is_a_slip
from grader.classroom.roster.read_table import Row, read_table
from grader.classroom.roster.students import Roster, Student, forms_of, plain_id
from grader.classroom.submission_names import listed, printable, words_of
from grader.errors import UsageError

HEADER = "submission", "person"
NOBODY = "nobody"  # the person of a submission by somebody who isn't in the roster
_MOST_NAMED = 5  # lines of a note


@dataclass(frozen=True)
class MapFile:
    """What a map file decides, and where it doesn't fit the download."""

    decided: Decisions = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # one sentence each
    unused: tuple[tuple[str, str], ...] = ()  # lines about other submissions: where, and which

    def notes_on(self, path: Path, open_names: Sequence[str]) -> tuple[str, ...]:
        """Return what the teacher should know about the file.

        Args:
            path: of the file.
            open_names: of the submissions that are still open.

        Raises:
            UsageError: if an unused line is nearly the name of a submission that is open.
        """
        for where, said in self.unused:
            if meant := [name for name in open_names if is_a_slip(said, name)]:
                hint = " or ".join(map(printable, meant[:_MOST_NAMED]))
                raise UsageError(
                    f"{where}: no submission is called {printable(said)}: did you mean {hint}?"
                )
        if not self.unused:
            return self.notes
        names = listed(printable(said) for _, said in self.unused[:_MOST_NAMED])
        more = f" and {len(self.unused) - _MOST_NAMED} more" if self.unused[_MOST_NAMED:] else ""
        count = len(self.unused)
        lines = "1 line names a submission" if count == 1 else f"{count} lines name submissions"
        return (*self.notes, f"{path}: {lines} not in this download: {names}{more}")


def read_map(path: Path, hand_ins: Sequence[HandIn], roster: Roster) -> MapFile:
    """Read a CSV of two columns: what a submission is called, and an id or a name of the roster.

    A submission of several people has several lines; one by a guest has `nobody`. Lines about
    submissions that aren't there are left out, so that one file lasts for a term.

    Raises:
        UsageError: if a line fits too much or no person, or gives somebody two submissions.
    """
    handles = Handles(hand_ins, roster.students)
    decided: dict[int, set[int]] = defaultdict(set)
    owned: dict[int, int] = {}  # the submission of each person
    notes, unused = [], []
    for line, row in enumerate(read_table(path, _looks_like_header).rows, 1):
        cells = [*(cell.strip() for cell in row), "", ""][:2]
        if not any(cells) or (line == 1 and _looks_like_header(row)):
            continue
        where = f"{path}, line {line}"
        submission = handles.find(where, cells[0])
        if submission is None:
            unused.append((where, cells[0]))
            continue
        if cells[1].casefold() == NOBODY:
            decided[submission] |= set()
            continue
        person = _person(where, cells[1], roster.students)
        if owned.setdefault(person, submission) != submission:
            who, other = printable(cells[1]), printable(handles.label(owned[person]))
            raise UsageError(f"{where}: {who} has another line already, for {other}")
        decided[submission].add(person)
        if not hand_ins[submission].has_ids and handles.namesakes(submission) > 1:
            notes.append(
                f"{where}: several people in the roster are called {printable(cells[0])}, and "
                f"this download has only names: is it {printable(cells[1])}'s this time, too?"
            )
    whose = {submission: frozenset(people) for submission, people in decided.items()}
    return MapFile(whose, tuple(notes), tuple(unused))


def map_rows(
    handles: Handles, open_ones: Sequence[tuple[int, Sequence[Student]]], roster: Roster
) -> list[Row]:
    """Return rows for a map file, with the likeliest person filled in unless several are likely.

    Args:
        handles: of all submissions.
        open_ones: the submissions that are open, and who is likely, the likeliest first.
    """
    guesses = [_guess(likely, roster) for _, likely in open_ones]
    times = Counter(guesses)
    return [
        [handles.for_map(number), guess if times[guess] == 1 else ""]
        for (number, _), guess in zip(open_ones, guesses, strict=True)
    ]


def _guess(likely: Sequence[Student], roster: Roster) -> str:
    """Return what is the likeliest student's alone; '' if there is another of the same name."""
    if not likely or len({roster.label(one) for one in likely if one.name == likely[0].name}) > 1:
        return ""
    return _unambiguous(likely[0], roster.students)


def _unambiguous(student: Student, students: Sequence[Student]) -> str:
    """Return what is this student's alone and safe to print: the name, or else an id."""
    texts = filter(is_safe, (student.name, *(value for _, value in student.ids)))
    return next((text for text in texts if len(_people(text, students)) == 1), "")


def _looks_like_header(row: Row) -> int:
    return int([words_of(cell) for cell in row[:2]] == [*HEADER])


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
    number, words = participant_in(said), forms_of(said).words
    return [
        place
        for place, one in enumerate(students)
        if any(
            plain_id(kind, value) == plain_id(kind, said)
            or (kind, value) == ("participant", number)
            for kind, value in one.ids
        )
        or any(forms_of(name).words == words for name in one.names)
    ]
