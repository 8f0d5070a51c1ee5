"""Copies of every version of the learner's code that the grader has seen, so that none is lost.

The copies are in `.grader/kept/`, named by a hash of their contents. If a stage's file becomes the
stub again without `grader reset` (a newer version unzipped over it, `git checkout`), the learner's
last version is written next to it.
"""

import hashlib
import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from grader.kata import Kata
from grader.language import tr
from grader.learn.hints import forget_hints
from grader.learn.state_dir import read_state, write_state
from grader.shell_command import shell_command
from grader.stage import Stage
from grader.stubs import is_stub, stub_for
from grader.write_files import reason_of, state_of, write_whole

MOST_KEPT = 20  # different versions per stage
_NOTES = "kept.json"
_CONFLICT = re.compile(rb"^<<<<<<< ", re.MULTILINE)


@dataclass(frozen=True)
class _Note:
    """A stage's file as last seen (None: gone), and the copy of the learner's last version."""

    seen: tuple[int, int] | None = None
    last: str | None = None


_Notes = dict[str, _Note]  # by stage name


def keep_texts(kata: Kata) -> None:
    """Copy every exercise file that the learner has changed since the last call."""
    notes = read_state(kata, _NOTES, _Notes)
    before = dict(notes)
    for stage in _coded(kata):
        note, seen = notes.get(stage.name, _Note()), state_of(kata.exercise(stage))
        if seen == note.seen:
            continue
        if seen is None:
            notes[stage.name] = replace(note, seen=None)
            continue
        try:
            text = kata.exercise(stage).read_bytes()
        except OSError:
            continue  # an editor is replacing it right now; the next call finds it
        if stage.name not in notes and _is_own_stub(kata, stage, text):
            continue  # never touched
        name = _keep(kata, stage, text)  # stubs too: they may contain the learner's notes
        last = note.last if _what_became_of(stage, text) else name
        notes[stage.name] = _Note(seen, last)
    if notes != before:
        write_state(kata, _NOTES, notes)


def bring_back(kata: Kata) -> list[str]:
    """Restore code whose file was replaced by the stub, emptied, deleted or given git conflicts.

    The code is written next to the file, unless a copy is already there. Each version comes back
    only once, and nothing is ever overwritten. Call it after `keep_texts`: a file that has changed
    since then waits for the next call, because an editor may have emptied it to write it anew.

    Returns:
        A message for each restored file: what happened to it, and the command that puts it back.
    """
    notes = read_state(kata, _NOTES, _Notes)
    back = []
    for stage in _coded(kata):
        path, note = kata.exercise(stage), notes.get(stage.name, _Note())
        if note.last is None or state_of(path) != note.seen:
            continue
        became = (
            _what_became_of(stage, path.read_bytes())
            if path.is_file()
            else tr("{file} is gone", file=path.name)
        )
        if became is None:
            continue
        kept = _folder(kata, stage) / note.last
        beside = path.parent.glob(f"{path.stem}.mine*.py")
        if kept.is_file() and kept.read_bytes() not in [one.read_bytes() for one in beside]:
            copy = write_beside(path, kept.read_bytes())
            command = command_to_copy(Path(kata.shown(copy)), Path(kata.shown(path)))
            words = tr("{became}; to get your code back:", became=became)
            back.append(f"{words}\n  {command}")
        notes[stage.name] = replace(note, last=None)
        write_state(kata, _NOTES, notes)
    return back


def not_copied(error: OSError) -> str:
    """Say that the learner's code could not be copied, and why."""
    return tr("your code could not be copied to .grader: {reason}", reason=reason_of(error))


def write_beside(path: Path, text: bytes) -> Path:
    """Write a text next to a stage's file, as `.mine1.py` or the next number that is free.

    Returns:
        The file that was written.
    """
    number = 0
    while True:
        number += 1
        candidate = path.with_suffix(f".mine{number}.py")
        with suppress(FileExistsError), candidate.open("xb") as file:
            file.write(text)
            return candidate


def command_to_copy(source: PurePath, target: PurePath) -> str:
    """Return the command that replaces a file by another, for this system's usual shell."""
    copy = "copy" if sys.platform == "win32" else "cp"
    return shell_command(copy, str(source), str(target))


def reset_stage(kata: Kata, stage: Stage) -> Path | None:
    """Put a stage's stub back, and keep the learner's code in a file next to it.

    Returns:
        The file with the learner's code, or None if there was none to keep.
    """
    path, kept = kata.exercise(stage), None
    if path.exists() and not _is_own_stub(kata, stage, path.read_bytes()):
        kept = write_beside(path, path.read_bytes())
        notes = read_state(kata, _NOTES, _Notes)
        if stage.name in notes:  # nothing to bring back later: this copy is known to the learner
            notes[stage.name] = replace(notes[stage.name], last=None)
            write_state(kata, _NOTES, notes)
    write_whole(path, stub_for(kata, stage))
    forget_hints(kata, stage)
    return kept


def _coded(kata: Kata) -> list[Stage]:
    return [stage for stage in kata.stages if stage.has_code]


def _is_own_stub(kata: Kata, stage: Stage, text: bytes) -> bool:
    """Return whether a text is this kata's stub, with any line endings."""
    return text.replace(b"\r\n", b"\n") == stub_for(kata, stage).encode()


def _what_became_of(stage: Stage, text: bytes) -> str | None:
    """Say what happened to a file if its text is not the learner's code; return None if it is."""
    file = f"{stage.name}.py"
    if not text.strip():
        return tr("{file} is empty", file=file)
    if _CONFLICT.search(text):
        return tr("{file} has git conflict markers", file=file)
    if is_stub(stage, text.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")):
        return tr("{file} is the stub again", file=file)
    return None


def _folder(kata: Kata, stage: Stage) -> Path:
    return kata.state_dir / "kept" / stage.name


def _keep(kata: Kata, stage: Stage, text: bytes) -> str:
    """Keep a text as the newest version of its stage, and return the name of its copy."""
    folder = _folder(kata, stage)
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"{hashlib.sha256(text).hexdigest()[:16]}.py"
    if copy.exists():
        os.utime(copy)
    else:
        write_whole(copy, text)
    newest_first = sorted(folder.glob("*.py"), key=lambda one: -one.stat().st_mtime_ns)
    for old in newest_first[MOST_KEPT:]:
        old.unlink(missing_ok=True)
    return copy.name
