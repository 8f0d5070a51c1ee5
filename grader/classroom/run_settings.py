"""The settings of a run over a class, or over a part of it; stored in `run.json`."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from grader.classroom.grades.rules import NO_RULES, AbsentAs, GradeRules
from grader.errors import UsageError
from grader.write_files import write_whole

RUN_FILE = "run.json"
ASSIGNMENT = "Llama 3 kata"  # its title in course systems, unless the teacher says another
T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    """One machine's part of a class: part `number` of `of`, counted from 1."""

    number: int
    of: int

    def take(self, items: Sequence[T]) -> list[T]:
        """Return every `of`-th item, so that the parts have nearly the same size."""
        return list(items[self.number - 1 :: self.of])

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE = Shard(1, 1)


def parse_shard(text: str) -> Shard:
    """Parse a part such as `2/4`.

    Raises:
        UsageError: for anything else.
    """
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"--shard {text}: write I/N, from 1/N to N/N, for example 2/4")
    return Shard(int(match[1]), int(match[2]))


@dataclass(frozen=True)
class OpenSubmission:
    """A submission that can't be matched with the roster without the teacher."""

    key: str
    reason: str
    nearest: tuple[str, ...]  # the names in the roster that look most like it, best first


@dataclass(frozen=True)
class Run:
    """What all results of a run have in common."""

    seed: int  # of the class; each submission's own seed is derived from it
    stages: tuple[int, ...]
    suites: str  # the hash of what verdicts depend on
    shard: Shard
    listed: tuple[str, ...]  # the keys of all submissions of the class, in order, of all parts
    absent: tuple[dict[str, str], ...]  # the roster's columns of those without a submission
    problems: tuple[str, ...]  # where the class and its roster don't match
    open: tuple[OpenSubmission, ...] = ()
    pending: tuple[dict[str, str], ...] = ()  # the absent who may own a submission that is open
    absent_as: AbsentAs = "empty"
    rules: GradeRules = NO_RULES  # how points become grades
    assignment: str = ASSIGNMENT
    roster: bool = False  # whether there was one
    map_file: bool = False  # whether the teacher decided whose some submissions are

    def write(self, folder: Path) -> None:
        """Write the settings into the folder of results."""
        plain = msgspec.to_builtins(self, str_keys=True)
        text = json.dumps({"version": 1, **plain}, indent=2, ensure_ascii=False)
        write_whole(folder / RUN_FILE, text + "\n")


def read_run(folder: Path) -> Run:
    """Read the settings that `write` wrote.

    Raises:
        UsageError: if the folder contains no run.
    """
    try:
        return msgspec.json.decode((folder / RUN_FILE).read_bytes(), type=Run)
    except (OSError, ValueError):
        raise UsageError(f"{folder}: it has no results of `grader class grade`") from None


def earlier_run(folder: Path) -> Run | None:
    """Return the settings of the run that wrote to a folder; None if there was none."""
    try:
        return read_run(folder)
    except UsageError:
        return None
