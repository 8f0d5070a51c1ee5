"""Hashes of what a page's results depend on: the learner's files, and the kata that graded them."""

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version

from grader.kata import Kata
from grader.language import tr
from grader.stage import Stage
from grader.verdict_key import LEARNERS_JUDGE, verdict_key

_OF_HANDOUT, _UNKNOWN = "a handout of ", "(unknown version)"  # the same on every page


def hash_of_file(kata: Kata, stage: Stage) -> str:
    """Return the hash of the learner's file for a stage, with any line ends; '' without a file."""
    try:
        text = kata.exercise(stage).read_bytes()
    except OSError:
        return ""
    return hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()


def hash_of_files(hashes: dict[int, str]) -> str:
    """Return the hash of several stages' files, from the hash of each by number."""
    listed = "".join(f"{number}:{hashes[number]};" for number in sorted(hashes))
    return hashlib.sha256(listed.encode()).hexdigest()


def hash_of_kata(kata: Kata) -> str:
    """Return the hash of what judges all stages: suites, reference, grader, libraries."""
    return verdict_key(kata, kata.stages, LEARNERS_JUDGE)


def fingerprint_of(files: str, kata: str) -> str:
    """Return the fingerprint of both."""
    return hashlib.sha256(f"{files} {kata}".encode()).hexdigest()


def versions(kata: Kata) -> str:
    """Return the versions of what graded, in English."""
    edition = "kata" if kata.has_reference else f"{_OF_HANDOUT}kata"
    ours, torch = (_version_of(package) for package in ("llama3-kata", "torch"))
    return f"{edition} {ours}, Python {platform.python_version()}, torch {torch}"


def versions_in_words(versions: str) -> str:
    """Return what `versions` once returned, in the reader's language."""
    known = versions.replace(_UNKNOWN, tr("(unknown version)"))
    if known.startswith(_OF_HANDOUT):
        return tr("a handout of {kata}", kata=known.removeprefix(_OF_HANDOUT))
    return known


def _version_of(package: str) -> str:
    try:
        return version(package)  # without importing it
    except PackageNotFoundError:
        return _UNKNOWN
