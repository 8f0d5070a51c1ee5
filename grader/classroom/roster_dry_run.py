"""`grader class roster`: show whose each submission would be, without grading anything."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.classroom.list_submissions import Listing, list_submissions
from grader.classroom.roster.handles import Handles
from grader.classroom.roster.mapping import HEADER, NOBODY, map_rows
from grader.classroom.roster.read_roster import read_roster
from grader.classroom.roster.students import Roster, Student
from grader.classroom.submission_names import listed, printable


def run_roster(console: Console, download: Path, roster_file: Path, map_file: Path | None) -> None:
    """Print whose each submission is and why, which ones are open, and who is missing.

    Raises:
        UsageError: if the download, the roster or the map file can't be used.
    """
    roster = read_roster(roster_file)
    listing = list_submissions(download, roster, map_file)
    count = len(listing.entries)
    console.print(Text(str(listing), style="bold"))
    people = _counted(len(roster.students), "person", "people")
    console.print(Text(f"{roster_file}: {people} ({roster.form})"))
    left_out = [f"{printable(one.name)} (test student)" for one in roster.test_students]
    left_out += [f"{printable(one.name)} ({', '.join(one.roles)})" for one in roster.staff]
    _print_list(console, "Left out", left_out)
    for note in (*roster.notes, *listing.notes):
        console.print(Text(note))
    if listing.hidden:
        console.print(Text(f"Nobody was matched: {listing.hidden}", style="bold"))
        return
    _print_matched(console, listing, roster)
    _print_open(console, listing, roster)
    absent = [printable(roster.label(Student(columns))) for columns in listing.absent]
    _print_list(console, "Without a submission", absent)
    matched = count - len(listing.open)
    line = f"{matched} of {count} submissions matched, {len(listing.open)} open"
    without = _counted(len(absent), "person", "people")
    console.print(Text(f"{line}, {without} without a submission", style="bold"))
    if listing.open:
        _print_map(console, listing, roster)


def _print_matched(console: Console, listing: Listing, roster: Roster) -> None:
    matched = [
        (printable(entry.name), _names(match.students, roster) or NOBODY, match.why)
        for entry, match in zip(listing.entries, listing.matches, strict=True)
        if match.students or not match.reason
    ]
    if not console.is_terminal:
        for name, people, why in matched:
            console.print(Text(f"{name}: {people} ({why})"))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("submission", ratio=5, no_wrap=True, overflow="ellipsis")
    table.add_column("person", ratio=4, no_wrap=True, overflow="ellipsis")
    table.add_column("found by", no_wrap=True)
    for row in matched:
        table.add_row(*map(Text, row))
    console.print(table)


def _print_open(console: Console, listing: Listing, roster: Roster) -> None:
    if listing.open:
        console.print(Text(f"Open: {len(listing.open)}", style="bold"))
    for entry, match in zip(listing.entries, listing.matches, strict=True):
        if not match.reason:
            continue
        nearest = f"nearest: {_names(match.nearest, roster)}" if match.nearest else ""
        name, details = printable(entry.name), [*filter(None, (match.reason, nearest))]
        if console.is_terminal:
            console.print(Padding(Text(name), (0, 0, 0, 2)))
            console.print(Padding(Text("\n".join(details)), (0, 0, 0, 4)))
        else:
            console.print(Text(f"  {name}: {'; '.join(details)}"))


def _print_map(console: Console, listing: Listing, roster: Roster) -> None:
    """Print lines for a map file, each on a line of its own even where the terminal is narrow."""
    handles = Handles([entry.hand_in for entry in listing.entries], roster.students)
    unclear = [
        (number, [one for one in match.nearest if one.columns in listing.absent])
        for number, match in enumerate(listing.matches)
        if match.reason
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *map_rows(handles, unclear, roster)])
    console.print(
        Text("Save these lines as map.csv, correct them, and add `--map map.csv`:", style="bold")
    )
    console.print(Text(text.getvalue().rstrip("\n")), soft_wrap=True)


def _names(students: Sequence[Student], roster: Roster) -> str:
    return listed(printable(roster.label(student)) for student in students)


def _print_list(console: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        console.print(Text(f"{title}: {len(lines)}", style="bold"))
    for line in lines:
        console.print(Text(f"  {line}"))


def _counted(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"
