"""What a verdict depends on, as one hash: while it stays the same, so does the verdict."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from grader.grading_files import files_to_grade
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES

_GRADING_ROOMS = ("calls", "workers", "suite", "diagnosis", "handout")


def fingerprint(kata: Kata, stage: Stage, target: Path) -> str:
    """Hash what the verdict of a stage depends on: the code under test, its suite, the reference of
    the stage and of earlier ones, its known mistakes, the tiny weights, the grader's own code, and
    torch's version. In a handout it is the recordings in place of the reference and the mistakes,
    and earlier stages are the learner's."""
    summary = hashlib.sha256()
    for path in _files(kata, stage, target):
        summary.update(f"{path.name}:{_hash_of(path)};".encode())
    summary.update(_grading_code().encode())
    summary.update(_version_of("torch").encode())
    return summary.hexdigest()


def _files(kata: Kata, stage: Stage, target: Path) -> Iterator[Path]:
    yield from files_to_grade(kata, stage, target).values()
    yield kata.suite(stage)
    if kata.handout is None:
        yield kata.mistakes(stage)
        yield from (kata.solution(one) for one in STAGES if one.number <= stage.number)
    else:
        yield kata.recording(stage)
    yield from sorted((*kata.tiny_weights.glob("*.json"), *kata.tiny_weights.glob("*/*.*")))


def _hash_of(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return ""
    return _hash_of_version(path, stat.st_mtime_ns, stat.st_size)


@cache
def _hash_of_version(path: Path, modified: int, size: int) -> str:
    """Hash a file as it was at that time: all stages depend on the same few large files."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _grading_code() -> str:
    package = Path(__file__).resolve().parent.parent
    files = [path for room in _GRADING_ROOMS for path in sorted((package / room).glob("*.py"))]
    return ";".join(_hash_of(path) for path in files)


@cache
def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
