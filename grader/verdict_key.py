"""A key for everything a verdict depends on: while it stays the same, so does the verdict.

The key covers the judging code (the judge's entry point and all that it imports, directly or
indirectly), the files of the graded stages, the tiny weights, and the versions of libraries.
Everything is found by reading files, never by importing, so that `grader status` stays quick.
"""

import hashlib
import platform
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grader.kata import Kata
from grader.stage import Stage
from grader.write_files import state_of

LEARNERS_JUDGE = "grader.watch.watch_server"
CLASS_JUDGE = "grader.classroom.class_server"

# Returns a file's digest, and the names that it imports from `grader`, modules or not.
Read = Callable[[Path], tuple[str, tuple[str, ...]]]

_PACKAGE = Path(__file__).resolve().parent
_LIBRARIES = ("torch", "tiktoken", "regex", "numpy", "msgpack")
_IMPORT = re.compile(
    r"^\s*from\s+(grader[\w.]*)\s+import\s+(\([^)]*\)|[^\n]*)|^\s*import\s+(grader[\w.]*)",
    re.MULTILINE,
)


def as_they_are_now() -> Read:
    """Return a function that looks at each file only once, for the keys of many stages."""
    return cache(_read)


def learner_key(kata: Kata, stage: Stage, read: Read | None = None) -> str:
    """Return the key of a verdict on the learner's own code for a stage."""
    code = kata.stage_files(stage, kata.exercises).values()
    return verdict_key(kata, [stage], LEARNERS_JUDGE, code, read)


def code_key(kata: Kata, stage: Stage) -> str:
    """Return the key of the learner's own part of what a verdict on a stage depends on."""
    summary = hashlib.sha256()
    for path in kata.stage_files(stage, kata.exercises).values():
        if path.parent == kata.exercises:
            summary.update(f"{path.name}:{_read(path)[0]};".encode())
    return summary.hexdigest()


def verdict_key(
    kata: Kata,
    stages: Sequence[Stage],
    judge: str,
    code: Iterable[Path] = (),
    read: Read | None = None,
) -> str:
    """Return the key of verdicts on some stages, as 64 hexadecimal digits.

    Args:
        judge: the module that the judging process starts in.
        code: the files under test; none for a class, which has a separate key for them.
        read: `as_they_are_now()`, shared by keys that are taken at the same time.
    """
    read = read or as_they_are_now()
    summary = hashlib.sha256(f"Python {platform.python_version()};".encode())
    for name in _LIBRARIES:
        summary.update(f"{name} {_version_of(name)};".encode())
    graded = [path for stage in stages for path in (kata.suite(stage), *kata.answer_files(stage))]
    weights = sorted((*kata.tiny_weights.glob("*.json"), *kata.tiny_weights.glob("*/*.*")))
    for path in (*code, *graded, *weights, *judging_files(judge, graded, read)):
        digest, _ = read(path)
        summary.update(f"{path.name}:{digest};".encode())
    return summary.hexdigest()


def judging_files(judge: str, graded: Iterable[Path] = (), read: Read | None = None) -> list[Path]:
    """Return the grader's own files that judge: the module `judge`, its imports, and `graded`'s.

    Args:
        graded: files of the stages whose imports count, too.
        read: as for `verdict_key`.
    """
    read = read or as_they_are_now()
    begun = (judge, *(name for path in graded for name in read(path)[1]))
    files, contents = _judging.get(begun, ([], []))
    if not files or contents != list(map(read, files)):  # their imports may differ now
        files = _imported_from(begun, read)
        _judging[begun] = files, list(map(read, files))
    return files


# The last result and the files' contents then, because `watch` asks at every save.
_judging: dict[tuple[str, ...], tuple[list[Path], list[tuple[str, tuple[str, ...]]]]] = {}


def _imported_from(begun: Iterable[str], read: Read) -> list[Path]:
    found: set[Path] = set()
    names: set[str] = set()
    waiting = list(begun)
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            new = [path for path in _files_of(_PACKAGE.parent, name) if path not in found]
            found.update(new)
            waiting += [imported for path in new for imported in read(path)[1]]
    return sorted(found)


@cache  # every save needs the key several times, with hundreds of names each time
def _files_of(folder: Path, name: str) -> tuple[Path, ...]:
    """Return the files that run when `name`, a module or something in one, is imported."""
    path, files = folder, []
    for part in name.split("."):
        path = path / part
        files += [path / "__init__.py", path.with_suffix(".py")]
    return tuple(file for file in files if file.is_file())


def _read(path: Path) -> tuple[str, tuple[str, ...]]:
    with suppress(OSError):  # an editor has just moved or locked it
        if state := state_of(path):
            return _read_version(path, state)
    return "absent", ()


@cache
def _read_version(path: Path, _state: tuple[int, int]) -> tuple[str, tuple[str, ...]]:
    """Read one version of a file, once: all stages depend on the same few large files."""
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
