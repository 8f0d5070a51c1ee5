"""When people handed in, and what being late costs."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from grader.classroom.grades.people import PersonLine
from grader.classroom.grades.points import Points, parse_points
from grader.classroom.grades.tables import read_lines
from grader.errors import UsageError

EXAMPLE = "due 2026-12-01 23:59, 10% per day, at most 50%, 3 hours grace"
_PERCENT = r"([0-9]{1,3}(?:\.[0-9]{1,2})?) ?%"
_CLAUSES = {
    "due": re.compile(r"due (.+)", re.IGNORECASE),
    "per day": re.compile(rf"{_PERCENT} (?:per|a) day", re.IGNORECASE),
    "at most": re.compile(rf"at most {_PERCENT}", re.IGNORECASE),
    "grace": re.compile(r"([0-9]{1,4}) (hour|minute)s?(?: of)? grace", re.IGNORECASE),
}


@dataclass(frozen=True)
class LatePolicy:
    """What a late hand-in costs: a percentage of the points for each day that has begun."""

    text: str  # in the teacher's words
    per_day: Points  # percent
    at_most: Points = 100  # percent
    grace_minutes: int = 0  # by so much the due time moves
    due: datetime | None = None

    def penalty(self, days: int) -> Points:
        """Return how many percent are taken off."""
        return min(self.per_day * days, self.at_most)

    def days_late(self, handed_in: datetime) -> int:
        """Return how many days after the due time, and the grace, have begun.

        Raises:
            UsageError: if the two times can't be compared, because one has a time zone and the
                other has none.
        """
        if self.due is None:
            return 0
        if self.due.tzinfo is None and handed_in.tzinfo is not None:
            raise UsageError(
                f"--late-policy: the times of handing in have a time zone ({handed_in}): "
                f"write it in the due time, too, such as {self.due:%Y-%m-%d %H:%M}+01:00"
            )
        if handed_in.tzinfo is None:  # as in the due time's own place
            handed_in = handed_in.replace(tzinfo=self.due.tzinfo)
        late = handed_in - self.due - timedelta(minutes=self.grace_minutes)
        return max(0, math.ceil(late / timedelta(days=1)))


@dataclass(frozen=True)
class LateLine:
    """When a person handed in, or how many days late that was, as the teacher says."""

    whose: PersonLine
    handed_in: str  # ISO 8601; '' if the days are given
    days_late: int | None


def parse_late_policy(text: str) -> LatePolicy:
    """Parse a policy such as `due 2026-12-01 23:59, 10% per day, at most 50%, 3 hours grace`.

    Raises:
        UsageError: if a part of it isn't understood, or the percentage per day is missing.
    """
    said: dict[str, tuple[str, ...]] = {}
    for part in _parts(text):
        matches = {kind: clause.fullmatch(part) for kind, clause in _CLAUSES.items()}
        kind, match = next(((kind, one) for kind, one in matches.items() if one), ("", None))
        if match is None or kind in said:
            raise _not_understood(part)
        said[kind] = match.groups()
    if "per day" not in said:
        raise UsageError(
            f"--late-policy: it has no percentage per day: write, for example, {EXAMPLE!r}"
        )
    amount, unit = said.get("grace", ("0", "minute"))
    return LatePolicy(
        ", ".join(_parts(text)),
        _percentage(said["per day"][0]),
        _percentage(said.get("at most", ("100",))[0]),
        int(amount) * (60 if unit.lower() == "hour" else 1),
        _due(said["due"][0]) if "due" in said else None,
    )


def _parts(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split(",")]


def _percentage(text: str) -> Points:
    percent = parse_points(text)
    if percent is None or percent > 100:
        raise _not_understood(f"{text}%")
    return percent


def _due(text: str) -> datetime:
    due = parse_time(text)
    if due is None:
        raise _not_understood(f"due {text}")
    return due


def _not_understood(part: str) -> UsageError:
    return UsageError(
        f"--late-policy: {part[:60]!r} isn't understood: write, for example, {EXAMPLE!r}"
    )


def parse_time(text: str) -> datetime | None:
    """Return a time in ISO 8601, which must not be a date alone; None for others."""
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        pass
    else:
        return None  # it would mean the first minute of that day
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def read_late(path: Path) -> tuple[LateLine, ...]:
    """Read a CSV with a column `days_late` or `handed_in`, or both, and who it is about.

    A line that has neither is left out: course systems also list those who handed in nothing.

    Raises:
        UsageError: if a line can't be used; the message names it.
    """
    lines = []
    titles = "days_late", "handed_in"
    for line in read_lines(path, titles, (titles,), "name,days_late"):
        days, time = line.cells["days_late"], line.cells["handed_in"]
        if time and parse_time(time) is None:
            raise UsageError(
                f"{line.where}: {time[:40]!r} is not a time: write, for example, 2026-12-01 23:59"
            )
        if days or time:
            lines.append(LateLine(line.person, time, _days(days, line.where) if days else None))
    return tuple(lines)


def _days(text: str, where: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text):
        raise UsageError(f"{where}: {text[:40]!r} is not a number of days: write 0, 1, 2, ...")
    return int(text)
