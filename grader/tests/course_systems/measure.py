"""Hold what the grader makes of a download against the truth about it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.classroom.intake.find_stage_files import find_stage_files
from grader.classroom.list_submissions import (
    Columns,
    ListedSubmission,
    Listing,
    list_submissions,
)
from grader.classroom.roster import read_roster
from grader.tests.course_systems.export import Clue, Export, TrueHandIn
from grader.tests.course_systems.hand_ins import mark_of

_WORD = re.compile(r"[^\s,()]+")
_NEVER_MATCHED = (Clue.UNCLEAR, Clue.STRANGER)


@dataclass
class Figures:
    """How many hand-ins came out how, and one line about each that came out wrong."""

    kind: str = ""
    hand_ins: int = 0
    found: int = 0
    matched: int = 0
    open_rightly: int = 0  # left open, and the right person is named if there is one
    open_wrongly: int = 0
    wrong: int = 0  # matched with somebody whose it isn't, or that a guess found
    absent_wrongly: int = 0  # named as absent or not, and shouldn't be
    lines: list[str] = field(default_factory=list)

    @property
    def are_perfect(self) -> bool:
        """Return whether everything was found, and every person matched or left open rightly."""
        return not self.lines


def measure(export: Export, download: Path, roster: Path) -> Figures:
    """List a download with its roster, read all its stage files, and compare with the truth."""
    listing = list_submissions(download, read_roster(roster))
    figures = Figures(listing.kind, len(export.hand_ins))
    if export.system not in listing.kind:
        figures.lines.append(f"called {listing.kind!r}, not a download of {export.system}")
    entries = _by_owner(export, listing, figures)
    for place, truth in enumerate(export.hand_ins):
        _compare(export, listing, truth, entries.get(place, []), figures)
    _compare_absent(export, listing, figures)
    return figures


def _by_owner(
    export: Export, listing: Listing, figures: Figures
) -> dict[int, list[tuple[ListedSubmission, dict[str, str]]]]:
    """Return the entries and their stage files by the place of the hand-in that they are."""
    by_number = {
        one.number: place for place, true in enumerate(export.hand_ins) for one in true.students
    }
    by_id = {true.id: place for place, true in enumerate(export.hand_ins) if true.id}
    marks = {
        mark_of(one): by_number[one.number] for true in export.hand_ins for one in true.students
    }
    entries: dict[int, list[tuple[ListedSubmission, dict[str, str]]]] = {}
    for entry in listing.entries:
        files = {name: _text(raw) for name, raw in find_stage_files(entry.hand_in).files.items()}
        owners = {
            place for mark, place in marks.items() if any(mark in one for one in files.values())
        }
        ids = [kind_and_value for one in entry.hand_in.people for kind_and_value in one.ids]
        if not files:
            owners = {by_id[one] for one in ids if one in by_id}
        if len(owners) != 1:
            what = "the files of several people" if owners else "nobody's files"
            figures.lines.append(f"{entry.name!r} has {what}")
        for place in owners:
            entries.setdefault(place, []).append((entry, files))
    return entries


def _text(raw: bytes) -> str:
    is_utf_16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    return raw.decode("utf-16" if is_utf_16 else "utf-8-sig", "replace")


def _compare(
    export: Export,
    listing: Listing,
    truth: TrueHandIn,
    entries: list[tuple[ListedSubmission, dict[str, str]]],
    figures: Figures,
) -> None:
    who = " and ".join(one.name.full for one in truth.students)
    missing = [_what_is_missing(truth, files) for _, files in entries] or ["the whole hand-in"]
    figures.found += (is_found := not any(missing) and len(entries) == truth.copies)
    if not is_found:
        which = ", ".join(filter(None, missing)) or f"it is there {len(entries)} times"
        figures.lines.append(f"{who}: not found: {which}")
    for entry, _ in entries:
        if truth.when and not entry.hand_in.handed_in.startswith(truth.when):
            figures.lines.append(f"{who}: handed in {entry.hand_in.handed_in!r}, not {truth.when}")
    outcomes = {_outcome(export, listing, truth, entry) for entry, _ in entries}
    for outcome in ("wrong", "open_wrongly", "open_rightly", "matched"):
        if outcome in outcomes:
            setattr(figures, outcome, getattr(figures, outcome) + 1)
            if outcome in ("wrong", "open_wrongly"):
                figures.lines += [_line(who, outcome, entry) for entry, _ in entries]
            break


def _line(who: str, outcome: str, entry: ListedSubmission) -> str:
    given = [" ".join(one.values()) for one in entry.students] or "nobody"
    return f"{who}: {outcome}: {entry.name!r} was matched with {given}; {list(entry.problems)}"


def _what_is_missing(truth: TrueHandIn, files: dict[str, str]) -> str:
    """Return which stage files are missing, not theirs, or not wanted; '' if none."""
    marks = [mark_of(one) for one in truth.students]
    theirs = {name for name, text in files.items() if any(mark in text for mark in marks)}
    lacking, more = sorted(truth.stages - theirs), sorted(set(files) - truth.stages)
    return " ".join([*lacking, *(f"(and {name})" for name in more)])


def _outcome(export: Export, listing: Listing, truth: TrueHandIn, entry: ListedSubmission) -> str:
    right = Counter(one.number for one in truth.students)
    given = Counter(_numbers(export, entry.students))
    if entry.students:
        return "matched" if given == right and truth.clue not in _NEVER_MATCHED else "wrong"
    if truth.clue is Clue.SURE:
        return "open_wrongly"
    is_named = truth.clue is Clue.STRANGER or _is_named(export, listing, truth, entry)
    return "open_rightly" if is_named else "open_wrongly"


def _numbers(export: Export, rows: Iterable[Columns]) -> Iterator[int]:
    """Yield the numbers of the people of some rows of the roster, and -1 for nobody's."""
    for row in rows:
        values = set(row.values())
        yield next((number for number, key in export.keys.items() if key in values), -1)


def _is_named(export: Export, listing: Listing, truth: TrueHandIn, entry: ListedSubmission) -> bool:
    """Return whether everybody whose a hand-in is stands among the nearest names."""
    nearest = [shown for one in listing.open if one.key == entry.key for shown in one.nearest]
    return all(
        any(_names(shown, export.names[one.number]) for shown in nearest) for one in truth.students
    )


def _names(shown: str, spelled: str) -> bool:
    """Return whether a shown name has all words of a name, in whatever order."""
    return set(_WORD.findall(spelled)) <= set(_WORD.findall(shown))


def _compare_absent(export: Export, listing: Listing, figures: Figures) -> None:
    """Compare who is absent; people whose hand-ins are open may be absent or not."""
    present = {one.number for true in export.hand_ins for one in true.students}
    matched = set(_numbers(export, (row for one in listing.entries for row in one.students)))
    named = set(_numbers(export, listing.absent))
    wrongly = (set(export.keys) - present - named) | (named & (present & matched | {-1}))
    figures.absent_wrongly = len(wrongly)
    for number in sorted(wrongly):
        who = export.names.get(number, "somebody who is no student")
        there = "named" if number in named else "not named"
        figures.lines.append(f"{who}: {there} as absent")
