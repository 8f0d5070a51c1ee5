"""Gradescope's *Export Submissions* of a programming assignment, unpacked or not.

Gradescope publishes no description of it; exports of 2023 to 2025 look like this: a folder
`submission_123` for each active submission, and `submission_metadata.yml`, written by Ruby, which
has for each of them `:submitters` (a list of `:name`, `:sid` and `:email`, several for a group),
`:created_at`, and results that are of no use here.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from grader.classroom.downloads.contents import (
    Contents,
    Entry,
    TakenApart,
    file_source,
    read_list,
    without,
)
from grader.classroom.hand_in import HandIn, Person
from grader.classroom.intake.safe_reading import NoFurther, Refused
from grader.classroom.submission_names import printable
from grader.errors import UsageError
from grader.write_files import reason_of

LIST = "submission_metadata.yml"
_LARGEST_LIST = 64_000_000  # bytes; it contains what autograders printed
_DEEPEST = 50  # nested collections
_SECONDS = 60.0  # to read the list
_MOST_PEOPLE = 100  # of one submission
_LONGEST = 500  # characters of a name or an id
_FOLDER = "submission_"

_Fields = dict[str, str]
_ID_KINDS = {":sid": "id", ":email": "email"}


def is_gradescope(contents: Contents) -> bool:
    """Return whether Gradescope's list of submissions is there."""
    return any(entry.name == LIST for entry in contents.visible)


def take_apart_gradescope(contents: Contents) -> TakenApart:
    """Return the hand-ins that Gradescope's list describes.

    Raises:
        UsageError: if the list can't be read.
    """
    (listing,) = (entry for entry in contents.visible if entry.name == LIST)
    entries = {entry.name: entry for entry in contents.visible}
    hand_ins, taken, problems = [], [listing], []
    for key, people, created_at in _submissions(listing):
        entry = entries.get(key)
        names = [one.get(":name") or one.get(":email", "") for one in people]
        if entry is None:
            whose = printable(" and ".join(names) or key)
            problems.append(
                f"{LIST} names a submission of {whose} that isn't there: {printable(key)}"
            )
            continue
        taken.append(entry)
        name = " and ".join(filter(None, names))
        hand_ins.append(
            HandIn(
                name or key,
                (file_source(entry, entry.name),),
                tuple(map(_person, people)),
                _in_iso_8601(created_at),
                handle=f"{name} ({key})" if name else key,
            )
        )
    for entry in without(contents.visible, taken):
        if entry.is_folder and entry.name.startswith(_FOLDER):
            taken.append(entry)
            unknown = f"{LIST} doesn't say whose it is"
            hand_ins.append(HandIn(entry.name, (entry.source,), (), problems=(unknown,)))
    rest = without(contents.visible, taken)
    return TakenApart("Gradescope export", tuple(hand_ins), rest, tuple(problems))


def _person(fields: _Fields) -> Person:
    ids = [
        (_ID_KINDS[key], fields[key].strip()) for key in _ID_KINDS if fields.get(key, "").strip()
    ]
    return Person(fields.get(":name", "").strip(), tuple(ids))  # type: ignore[arg-type]


def _in_iso_8601(time: str) -> str:
    """Return a time such as `2025-12-02 02:52:07.938335000 Z` in ISO 8601; '' if it isn't one."""
    try:
        read = datetime.fromisoformat(time.strip().replace(" Z", "Z").replace(" +", "+"))
    except ValueError:
        return ""
    return read.isoformat(timespec="seconds")


def _submissions(listing: Entry) -> Iterator[tuple[str, list[_Fields], str]]:
    """Yield the folder, the people and the time of each submission in the list."""
    import yaml  # only here, because no other form needs it

    try:
        text = read_list(listing, _LARGEST_LIST)
        yield from _read_events(
            yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        )
    except (Refused, NoFurther) as reason:
        raise UsageError(f"{LIST} can't be used: {reason}") from None
    except OSError as error:
        raise UsageError(f"{LIST}: {reason_of(error)}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UsageError(f"{LIST} is damaged: export the submissions again") from None


def _read_events(events: Iterator[Any]) -> Iterator[tuple[str, list[_Fields], str]]:
    """Read the list as a stream of events: nothing is built from the rest of it, however it nests.

    A path is the keys that lead to a value; items of lists add nothing to it.
    """
    import yaml

    path: list[str | None] = []  # a key for each open mapping; None: the next scalar is a key
    kinds: list[bool] = []  # for each open collection: whether it is a mapping
    people: list[_Fields] = []
    created_at = ""
    until = time.monotonic() + _SECONDS
    for event in events:
        if len(kinds) > _DEEPEST or time.monotonic() > until:
            raise ValueError("more than Gradescope would write")
        match event:
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                kinds.append(is_mapping)
                if is_mapping:
                    if path[1:] == [":submitters"] and len(people) < _MOST_PEOPLE:
                        people.append({})
                    path.append(None)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                if kinds.pop():
                    path.pop()
                if len(kinds) == 1 and path:
                    yield str(path[0]), people, created_at
                    people, created_at = [], ""
                if kinds and kinds[-1]:
                    path[-1] = None  # the value has ended, so a key comes next
            case yaml.ScalarEvent() | yaml.AliasEvent():
                text = str(getattr(event, "value", ""))[:_LONGEST]
                if not kinds or not kinds[-1]:
                    continue
                if path[-1] is None:
                    path[-1] = text
                    continue
                if path[1:] == [":created_at"]:
                    created_at = text
                elif path[1:2] == [":submitters"] and len(path) == 3 and people:
                    people[-1][str(path[2])] = text
                path[-1] = None
