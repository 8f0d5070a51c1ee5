"""Moodle's *Download all submissions*, unpacked or not.

Source: Moodle 4.5 to 5.1, `mod/assign/classes/downloader.php`; before, `download_submissions` in
`mod/assign/locallib.php`. A student's files are in a folder `NAME_NUMBER_assignsubmission_file`,
or are named `NAME_NUMBER_assignsubmission_file_FILE` if folders are switched off. `NUMBER` is the
participant's, as in the grading worksheet. Before Moodle 4, the folder's name ends in `_`. `NAME`
has no underscores; with blind marking it is the word for "Participant" in the teacher's language.
For a group's hand-in, it is the group's name, and `NUMBER` is the group's own, or is missing.
"""

import re
from collections import Counter

from grader.classroom.downloads.contents import Contents, Entry, TakenApart, file_source, without
from grader.classroom.hand_in import HandIn, Person
from grader.classroom.submission_names import words_of

_NAME = re.compile(
    r"(?P<name>.+?)(?:_(?P<number>\d{1,18}))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?",
    re.DOTALL | re.ASCII,
)
_BLIND = re.compile(r"(?P<word>.+?)[ _](?P<number>\d{1,18})", re.DOTALL | re.ASCII)
# "Participant" as the file's name has it: without `/` and `*`, which Moodle removes.
_PARTICIPANT = {
    *("participant", "participante", "partecipante", "participanta", "teilnehmerin", "teilnehmer"),
    *("deelnemer", "deltagare", "deltager", "deltaker", "osallistuja", "uczestnik", "účastník"),
    *("katılımcı", "résztvevő", "partaidea", "участник", "учасник", "συμμετέχων"),
    *("参与者", "參與者", "参加者", "참가자", "참여자", "مشارك", "משתתף"),
}
_FEW = 3  # people of one and the same name, and no others, are participants without a name


def is_moodle(contents: Contents) -> bool:
    """Return whether anything is named as Moodle names submissions."""
    return any(_NAME.fullmatch(entry.name) for entry in contents.visible)


def take_apart_moodle(contents: Contents) -> TakenApart:
    """Return the hand-ins, with a person's files and online text together."""
    of_whom: dict[tuple[str, str], list[tuple[Entry, re.Match[str]]]] = {}
    for entry in contents.visible:
        if found := _NAME.fullmatch(entry.name):
            of_whom.setdefault(_whose(found), []).append((entry, found))
    times = Counter(words_of(name) for name, _ in of_whom)
    no_names = len(times) == 1 and len(of_whom) >= _FEW
    hand_ins, blind = [], 0
    for (name, number), parts in of_whom.items():
        is_blind = bool(number) and (no_names or words_of(name) in _PARTICIPANT)
        blind += is_blind
        hand_ins.append(_hand_in(name, number, is_blind, parts))
    kind = "Moodle download" + (" (blind marking)" if 2 * blind > len(hand_ins) else "")
    taken = [entry for parts in of_whom.values() for entry, _ in parts]
    return TakenApart(kind, tuple(hand_ins), without(contents.visible, taken))


def _whose(found: re.Match[str]) -> tuple[str, str]:
    """Return the name and number of a participant or a group."""
    if found["number"]:
        # Moodle writes no underscores in names; some programs that unpack zips write no spaces.
        return found["name"].replace("_", " ").strip(), found["number"]
    blind = _BLIND.fullmatch(found["name"])
    if blind and words_of(blind["word"]) in _PARTICIPANT:
        return blind["word"], blind["number"]
    return found["name"].replace("_", " ").strip(), ""


def _hand_in(
    name: str, number: str, is_blind: bool, parts: list[tuple[Entry, re.Match[str]]]
) -> HandIn:
    person = Person("" if is_blind else name, (("participant", number),) if number else ())
    sources = tuple(file_source(entry, found["file"] or entry.name) for entry, found in parts)
    only_text = all(found["plugin"] == "onlinetext" for _, found in parts)
    problems = ("Moodle has an online text and no file",) if only_text else ()
    called = f"{name} {number}" if is_blind else name
    handle = f"{name}_{number}" if number and not is_blind else ""
    return HandIn(called, sources, (person,), problems=problems, handle=handle)
