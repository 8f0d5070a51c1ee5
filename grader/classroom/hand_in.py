"""One hand-in: what the download says about whose it is, and where its files are."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

# What kinds of id a download or a roster may have. `participant` is Moodle's number of a person in
# an assignment, `canvas` is Canvas's own number, and `id` is the university's (SIS, SID, idnumber).
IdKind = Literal["participant", "canvas", "id", "login", "email", "github"]

NOBODYS = "the map file says that it is nobody's in the roster"  # a problem of a submission


@dataclass(frozen=True)
class Person:
    """What a download says about somebody who handed in."""

    name: str = ""  # as collected: not safe to print; '' where marking is blind
    ids: tuple[tuple[IdKind, str], ...] = ()


@dataclass(frozen=True)
class Source:
    """A folder, an archive or a single file of a hand-in."""

    path: Path
    inside: str = ""  # only what lies below this path in it; '' for everything
    name: str = ""  # a single file's name as its student gave it; '' if that is its name still


@dataclass(frozen=True)
class HandIn:
    """What one person, or one group, handed in."""

    name: str  # as collected: not safe to print
    sources: tuple[Source, ...]
    people: tuple[Person, ...]  # whose it is: several for a group
    handed_in: str = ""  # when, in ISO 8601, if the download says so
    problems: tuple[str, ...] = ()  # what was wrong with it, one sentence each
    handle: str = ""  # what only this one is called; '' if a file's name in the download says it

    @property
    def handles(self) -> tuple[str, ...]:
        """What this hand-in alone is called in any download, the one to show first: not safe to
        print."""
        names = self.handle, *self.file_names, *self.ids, self.name
        return tuple(dict.fromkeys(filter(None, names)))

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the one person whose it is; none for a group."""
        return tuple(value for _, value in self.people[0].ids) if len(self.people) == 1 else ()

    @property
    def has_ids(self) -> bool:
        """Whether the download has an id of anybody it may belong to."""
        return any(person.ids for person in self.people)

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of its sources in the download: not safe to print."""
        paths = (PurePosixPath(one.inside or one.path.name) for one in self.sources)
        return tuple(os.fsencode(path.name).decode(errors="replace") for path in paths)


@dataclass(frozen=True)
class Download:
    """Everything that a course system gave a teacher, in the order of the hand-ins' names."""

    kind: str  # what it was recognized as, such as "Canvas download"
    hand_ins: tuple[HandIn, ...]
    problems: tuple[str, ...] = ()  # of the download as a whole, one sentence each
