"""Folders, archives and notebooks that are named after their students."""

from grader.classroom.downloads.contents import Contents, Entry, TakenApart, file_source
from grader.classroom.hand_in import HandIn, Person
from grader.classroom.intake.archives import ending_of
from grader.classroom.intake.found_files import NOTEBOOK, is_notebook
from grader.classroom.intake.stage_file_names import KATA_FOLDERS, STAGE_FILES

PLAIN = "folder of submissions"


def is_one_submission(contents: Contents) -> bool:
    """Return whether a folder or zip is a single student's work and not a class's."""
    names = {entry.name.casefold() for entry in contents.visible}
    others = [entry for entry in contents.visible if _is_hand_in(entry)]
    own = [entry for entry in contents.visible if _is_the_katas_own(entry)]
    return bool(names & {"exercises", *STAGE_FILES}) and (len(others) < 2 or len(own) > 1)


def the_one_submission(contents: Contents) -> HandIn:
    """Return a folder or zip as a whole as a hand-in."""
    return HandIn(contents.name, (contents.source,), (Person(contents.name),))


def take_apart_plain(contents: Contents) -> TakenApart:
    """Return a hand-in for each folder, archive and notebook that isn't the kata's own."""
    mine = [entry for entry in contents.visible if _is_hand_in(entry)]
    own = [entry for entry in contents.visible if _is_the_katas_own(entry)]
    rest = tuple(entry for entry in contents.visible if entry not in mine and entry not in own)
    return TakenApart(PLAIN, tuple(map(_hand_in, mine)), rest)


def _is_hand_in(entry: Entry) -> bool:
    is_packed = bool(ending_of(entry.name)) or is_notebook(entry.name)
    return (entry.is_folder or is_packed) and not _is_the_katas_own(entry)


def _is_the_katas_own(entry: Entry) -> bool:
    return entry.is_folder and entry.name.casefold() in {"exercises", *KATA_FOLDERS}


def _hand_in(entry: Entry) -> HandIn:
    ending = ending_of(entry.name) or (NOTEBOOK if is_notebook(entry.name) else "")
    name = entry.name if entry.is_folder else entry.name[: len(entry.name) - len(ending)]
    named = name or entry.name
    handle = f"{entry.name}/" if entry.is_folder else entry.name
    return HandIn(named, (file_source(entry, entry.name),), (Person(named),), handle=handle)
