"""A key for everything a verdict depends on: while the key stays the same, so does the verdict.

It covers the code that judges (the entry point of the judging process, and everything that it
imports, directly or not), the files of the graded stages, the tiny weights, and the versions of the
libraries. It is computed by reading files; nothing is imported, so `grader status` stays quick.
"""

import hashlib
import platform
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grader.kata import Kata
from grader.stage import Stage
from grader.write_files import state_of

LEARNERS_JUDGE = "grader.watch.watch_server"
CLASS_JUDGE = "grader.classroom.class_server"

_PACKAGE = Path(__file__).resolve().parent
_LIBRARIES = ("torch", "tiktoken", "regex", "numpy", "msgpack")
_IMPORT = re.compile(
    r"^\s*from\s+(grader[\w.]*)\s+import\s+(\([^)]*\)|[^\n]*)|^\s*import\s+(grader[\w.]*)",
    re.MULTILINE,
)


def learner_key(kata: Kata, stage: Stage) -> str:
    """Return the key of a verdict on the learner's own code for a stage."""
    code = kata.stage_files(stage, kata.exercises).values()
    return verdict_key(kata, [stage], LEARNERS_JUDGE, code)


def verdict_key(kata: Kata, stages: Sequence[Stage], judge: str, code: Iterable[Path] = ()) -> str:
    """Return the key of verdicts on some stages, 64 hexadecimal digits.

    Args:
        judge: the module with which the judging process starts.
        code: the files under test; when a class is graded, these are handled separately.
    """
    summary = hashlib.sha256(f"Python {platform.python_version()};".encode())
    for name in _LIBRARIES:
        summary.update(f"{name} {_version_of(name)};".encode())
    graded = [path for stage in stages for path in (kata.suite(stage), *kata.answer_files(stage))]
    weights = sorted((*kata.tiny_weights.glob("*.json"), *kata.tiny_weights.glob("*/*.*")))
    for path in (*code, *graded, *weights, *judging_files(judge, graded)):
        digest, _ = _read(path)
        summary.update(f"{path.name}:{digest};".encode())
    return summary.hexdigest()


def judging_files(judge: str, graded: Iterable[Path] = ()) -> list[Path]:
    """Return the grader's own files that take part in judging.

    These are the module `judge`, what it imports, and what the files of the `graded` stages import.
    """
    begun = (judge, *(name for path in graded for name in _read(path)[1]))
    files, states = _judging.get(begun, ([], []))
    if not files or states != list(map(state_of, files)):  # what they import may be others now
        files = _imported_from(begun)
        _judging[begun] = files, list(map(state_of, files))
    return files


# What was found last, and how the files were then: `watch` asks at every save.
_judging: dict[tuple[str, ...], tuple[list[Path], list[tuple[int, int] | None]]] = {}


def _imported_from(begun: Iterable[str]) -> list[Path]:
    found: set[Path] = set()
    names: set[str] = set()
    waiting = list(begun)
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            new = [path for path in _files_of(_PACKAGE.parent, name) if path not in found]
            found.update(new)
            waiting += [imported for path in new for imported in _read(path)[1]]
    return sorted(found)


@cache  # a save asks for the key several times, and for hundreds of names each time
def _files_of(folder: Path, name: str) -> tuple[Path, ...]:
    """Return the files that are run when `name`, a module or something in one, is imported."""
    path, files = folder, []
    for part in name.split("."):
        path = path / part
        files += [path / "__init__.py", path.with_suffix(".py")]
    return tuple(file for file in files if file.is_file())


def _read(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return a file's digest, and the names, of modules or not, that it imports from here."""
    with suppress(OSError):  # an editor has just moved it away, or holds it locked
        if state := state_of(path):
            return _read_version(path, state)
    return "absent", ()


@cache
def _read_version(path: Path, _state: tuple[int, int]) -> tuple[str, tuple[str, ...]]:
    """Read a file as it was at that time: all stages depend on the same few large files."""
    data, names = path.read_bytes(), []
    if path.suffix == ".py":
        for package, imported, module in _IMPORT.findall(data.decode(errors="replace")):
            names += [f"{package}.{name}" for name in re.findall(r"\w+", imported)]
            names += [module] if module else []
    return hashlib.sha256(data).hexdigest(), tuple(names)


@cache
def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
