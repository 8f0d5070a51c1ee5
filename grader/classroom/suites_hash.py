"""What all verdicts of a class depend on besides the submission and the seed, as one hash."""

import hashlib
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES

# The parts of the grader that have a say in a verdict: what judging loads, and what starts it.
_JUDGING = (
    *("errors.py", "grading_files.py", "kata.py", "stages.py", "verdict.py"),
    *("handout/handout_file.py", "stage.py", "stubs.py"),
    *("calls", "workers", "suite", "diagnosis", "sandbox"),
    *("classroom/confined.py", "classroom/judge_stage.py", "classroom/class_server.py"),
    *("classroom/normalise.py",),
)
_LIBRARIES = ("torch", "tiktoken", "regex", "numpy", "msgpack")


def suites_hash(kata: Kata, stages: Sequence[Stage]) -> str:
    """Hash suites, mistakes, reference, tiny weights, the grader's own code and the libraries.

    While it stays the same, so does the verdict on the same files with the same seed.
    """
    summary = hashlib.sha256(f"Python {platform.python_version()};".encode())
    summary.update("".join(f"{name} {version(name)};" for name in _LIBRARIES).encode())
    for path in _files(kata, stages):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        summary.update(f"{path.name}:{digest};".encode())
    return summary.hexdigest()


def _files(kata: Kata, stages: Sequence[Stage]) -> Iterator[Path]:
    for stage in stages:
        yield kata.suite(stage)
        if stage.has_code:
            yield kata.mistakes(stage)
    yield from (kata.solution(stage) for stage in STAGES if stage.has_code)
    yield from sorted((*kata.tiny_weights.glob("*.json"), *kata.tiny_weights.glob("*/*.*")))
    yield from judging_files()


def judging_files() -> Iterator[Path]:
    """Give the files of the grader that have a say in a verdict."""
    package = Path(__file__).resolve().parent.parent
    for name in _JUDGING:
        path = package / name
        yield from sorted(path.glob("*.py")) if path.is_dir() else [path]
