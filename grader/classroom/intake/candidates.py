"""Files in a submission that are named like stage files, and the choice among them."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from grader.classroom.intake.safe_reading import Refused
from grader.classroom.submission_names import printable
from grader.stages import STAGES

STAGE_FILES = tuple(f"{stage.name}.py" for stage in STAGES if stage.has_code)
MOST_FOLDERS = 4  # that a stage file may be nested in
MOST_ENTRIES = 20_000  # files and folders to look at
_MOST_COPIES = 8  # of one stage file
_NOT_THEIRS = {"solutions", "mistakes"}  # the kata's own folders with files of the same names
_ABSOLUTE = re.compile(r"/|[A-Za-z]:")


@dataclass(frozen=True)
class Candidate:
    """A file named like a stage file: `read` returns its contents, or raises Refused."""

    folders: tuple[str, ...]
    name: str
    read: Callable[[], bytes]

    @property
    def shown(self) -> str:
        return printable("/".join((*self.folders, self.name)))

    @property
    def preference(self) -> int:
        """How unlikely this file is the one that is meant: the lowest wins."""
        if self.folders and self.folders[-1].casefold() == "exercises":
            return 0
        return 2 if _NOT_THEIRS & set(self.folders) else 1

    def read_ahead(self) -> "Candidate":
        """Return this candidate with its contents, or the reason to refuse them, already known."""
        try:
            text = self.read()
        except Refused as refused:
            return replace(self, read=_refusing(str(refused)))
        return replace(self, read=lambda: text)


@dataclass
class FoundStageFiles:
    """The contents of the chosen files, by name, and one sentence for each problem."""

    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class Candidates:
    """The few likeliest candidates of each stage; others are dropped, however many there are."""

    def __init__(self) -> None:
        self._of_file: dict[str, list[Candidate]] = defaultdict(list)

    def add(self, candidate: Candidate) -> None:
        known = self._of_file[candidate.name]
        known.append(candidate)
        known.sort(key=lambda one: (one.preference, len(one.folders), one.folders))
        del known[_MOST_COPIES:]

    def __bool__(self) -> bool:
        return bool(self._of_file)

    def choose(self, problems: list[str]) -> FoundStageFiles:
        """Choose one file for each stage, or none if two different ones are equally likely.

        `problems` are those found so far; new ones are added to them.
        """
        chosen = FoundStageFiles(problems=problems)
        for name in STAGE_FILES:
            if readable := _read(self._of_file.get(name, []), chosen.problems):
                _choose_one(name, readable, chosen)
        return chosen


def candidate_in_archive(path: str, read: Callable[[], bytes]) -> Candidate | None:
    """Return an archive's entry as a candidate; None if it isn't a stage file, or is too deep."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or parts[-1] not in STAGE_FILES or len(parts) > MOST_FOLDERS + 1:
        return None
    if _ABSOLUTE.match(path.replace("\\", "/")) or ".." in parts:
        read = _refusing("its path leads out of the submission")
    return Candidate(tuple(parts[:-1]), parts[-1], read)


def _refusing(reason: str) -> Callable[[], bytes]:
    def refuse() -> bytes:
        raise Refused(reason)

    return refuse


def _read(candidates: list[Candidate], problems: list[str]) -> list[tuple[Candidate, bytes]]:
    readable = []
    for one in candidates:
        try:
            readable.append((one, one.read()))
        except Refused as refused:
            problems.append(f"{one.shown} was not used: {refused}")
    return readable


def _choose_one(
    name: str, readable: list[tuple[Candidate, bytes]], chosen: FoundStageFiles
) -> None:
    likeliest, text = readable[0]
    others = [one for one, other_text in readable if other_text != text]
    equals = [one for one in others if one.preference == likeliest.preference]
    if equals:
        both = f"{likeliest.shown} and {equals[0].shown}"
        chosen.problems.append(f"{name} was not used: there are two different ones, {both}")
        return
    chosen.files[name] = text
    if others and others[0].preference == 1:
        left = f"{others[0].shown} differs and was ignored"
        chosen.problems.append(f"{name} was taken from {likeliest.shown}; {left}")
