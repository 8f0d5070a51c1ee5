"""Choose one file for each stage from what was found in a submission."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.classroom.intake.found_files import Candidate, FoundFiles
from grader.classroom.intake.notebooks import stages_in_notebooks
from grader.classroom.intake.safe_reading import LARGEST, Refused, require_small
from grader.classroom.intake.stage_file_names import STAGE_FILES, stage_with_file
from grader.stubs import is_stub

_MOST_NAMED = 3  # files in one sentence
# Longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass
class FoundStageFiles:
    """The contents of the chosen files, by name, and one sentence for each problem."""

    files: dict[str, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Choice:
    """A chosen file, and the likeliest one that differs from it."""

    candidate: Candidate
    text: bytes
    converted: bool  # to UTF-8
    rival: Candidate | None


def choose_files(found: FoundFiles) -> FoundStageFiles:
    """Choose a file for each stage: one with its name, else one with a name close to it, else what
    a notebook defines.

    Of several copies, the one in `exercises/` counts, else the newest, but a stub in which nothing
    is written counts only if there is nothing else. What a teacher or student would want to know
    about a choice is among the problems, in a few sentences at most.
    """
    chosen = FoundStageFiles(problems=found.problems)
    named = _choices(found.named, chosen.problems)
    begun = [name for name, one in named.items() if not _is_stub(name, one.text)]
    others = {name: found.close[name] for name in found.close if name not in begun}
    close = {
        name: one
        for name, one in _choices(others, chosen.problems).items()
        if name not in named or not _is_stub(name, one.text)
    }
    named = {name: one for name, one in named.items() if name not in close}
    for name in STAGE_FILES:
        if choice := named.get(name) or close.get(name):
            chosen.files[name] = choice.text
    chosen.problems += filter(
        None,
        [
            _about_copies({**named, **close}),
            _about_close_names(close),
            _about_ignored(named, found),
            _about_encoding({**named, **close}),
        ],
    )
    written = {name: text for name, text in chosen.files.items() if not _is_stub(name, text)}
    for name, text in stages_in_notebooks(found.notebooks, written, chosen.problems).items():
        chosen.files[name] = text
    chosen.files = {name: chosen.files[name] for name in STAGE_FILES if name in chosen.files}
    return chosen


def _choices(found: dict[str, list[Candidate]], problems: list[str]) -> dict[str, _Choice]:
    choices = {}
    for name in STAGE_FILES:
        readable = _readable(found.get(name, []), problems)
        if begun := [one for one in readable if not _is_stub(name, one[1])] or readable:
            (likeliest, text, converted), *others = begun
            rival = next((one for one, other, _ in others if other != text), None)
            choices[name] = _Choice(likeliest, text, converted, rival)
    return choices


def _is_stub(name: str, text: bytes) -> bool:
    return is_stub(stage_with_file(name), text.decode("utf-8", "replace"))


def _readable(
    candidates: Sequence[Candidate], problems: list[str]
) -> list[tuple[Candidate, bytes, bool]]:
    readable = []
    for one in candidates:
        try:
            readable.append((one, *_as_utf8(one.file.read(LARGEST))))
        except Refused as refused:
            problems.append(f"{one.file.shown} was not used: {refused}")
    return readable


def _as_utf8(text: bytes) -> tuple[bytes, bool]:
    """Return a file's contents in UTF-8, and whether they had to be converted."""
    encoding = next((name for mark, name in _MARKS.items() if text.startswith(mark)), None)
    if encoding is None:
        return text, False
    try:
        converted = text.decode(encoding).encode()
    except ValueError:
        raise Refused(f"it is neither UTF-8 nor {encoding.upper()}: save it as UTF-8") from None
    require_small(len(converted), LARGEST)
    return converted, True


def _about_copies(choices: dict[str, _Choice]) -> str | None:
    """Say which of several different copies was taken."""
    told = [(name, one, one.rival) for name, one in choices.items() if one.rival]
    if not told:
        return None
    name, choice, rival = told[0]
    assert rival is not None
    ours, theirs = choice.candidate, rival
    if ours.file.is_in_exercises and not theirs.file.is_in_exercises:
        why = ""
    elif (ours.copy, ours.file.modified) > (theirs.copy, theirs.file.modified):
        why = ", the newest"
    else:
        why = ", though no copy is newer"
    line = f"{name} was taken from {ours.file.shown}{why}; {theirs.file.shown} differs"
    return f"{line} and was ignored{_more(len(told) - 1, 'stage', ' likewise')}"


def _about_close_names(close: dict[str, _Choice]) -> str | None:
    if not close:
        return None
    told = [f"{one.candidate.file.shown} as {name}" for name, one in close.items()]
    return f"names close to those of stage files were accepted: {_listed(told)}"


def _about_ignored(named: dict[str, _Choice], found: FoundFiles) -> str | None:
    """Name the files whose names are close to a stage file's that is there, too, and differs."""
    told = []
    for name, choice in named.items():
        readable = _readable(found.close.get(name, []), [])
        told += [one.file.shown for one, text, _ in readable if text != choice.text]
    if not told:
        return None
    return f"files with the right names are there, so these were ignored: {_listed(told)}"


def _about_encoding(choices: dict[str, _Choice]) -> str | None:
    told = [one.candidate.file.shown for one in choices.values() if one.converted]
    if not told:
        return None
    return f"converted to UTF-8, because Python can't read UTF-16: {_listed(told)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + _more(len(names) - _MOST_NAMED, "file")


def _more(count: int, what: str, how: str = "") -> str:
    if count <= 0:
        return ""
    return f" (and {count} more {what}{'s' if count > 1 else ''}{how})"
