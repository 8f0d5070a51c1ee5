"""The recordings of one stage, in `recordings/`: the file is read once, its values when needed.

The file is one packed dict. `values` holds each distinct value once, compressed; everything else
refers to it by index. For every seed and test there is a tape (what the test drew and what the
reference returned, in order), and for every mistake that fails the test, sketches of the outcomes
of its calls.
"""

import hashlib
import zlib
from collections import deque
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from grader.calls.packing import unpack
from grader.diagnosis.known_mistakes import Mistake
from grader.errors import UsageError
from grader.handout.outcome_sketch import Sketch
from grader.kata import Kata
from grader.language import tr
from grader.stage import Stage

# The tracks of a tape: the random draws, what the reference returned, and the types that it returns
# for the calls of the code under test.
Track = Literal["draws", "calls", "kinds"]


class OutOfStep(UsageError):
    """A test asks for something other than what was recorded, so it can't be graded."""


class Reel:
    """One track of a tape, played from its beginning."""

    def __init__(self, values: list[bytes], test: str, track: list[tuple[str, int]]) -> None:
        self._values, self._test = values, test
        self._left = deque(track)  # what was asked for, and the index of the answer

    @property
    def at_end(self) -> bool:
        return not self._left

    def play(self, wanted: str) -> Any:
        """Return a new copy of the next value, so that a test may change it.

        Raises:
            OutOfStep: if the next value was recorded for something else.
        """
        name, index = (None, 0) if self.at_end else self._left[0]
        if name != wanted:
            raise OutOfStep(self._out_of_step(wanted, name))
        self._left.popleft()
        return unpack(zlib.decompress(self._values[index]))

    def _out_of_step(self, wanted: str, following: str | None) -> str:
        """Say what a test asks for, and what was recorded instead, if anything was."""
        if following is None:
            return tr(
                "{test} is out of step with its recording: it asks for {wanted}, but nothing more "
                "comes next. Copy the folders tests/ and recordings/ from the handout again",
                test=self._test,
                wanted=wanted,
            )
        return tr(
            "{test} is out of step with its recording: it asks for {wanted}, but {following} "
            "comes next. Copy the folders tests/ and recordings/ from the handout again",
            test=self._test,
            wanted=wanted,
            following=following,
        )


class Recording:
    """The recording of one stage."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.suite: str = content["suite"]
        self.mistakes = [
            Mistake(name, title, explanation, {}, like)
            for name, title, explanation, like in content["mistakes"]
        ]
        self._values: list[bytes] = content["values"]
        self._seeds: dict[int, bytes] = content["seeds"]
        self._unpacked: dict[int, dict[str, Any]] = {}

    def reel(self, seed: int, test: str, track: Track) -> Reel:
        """Return one track of a test's tape."""
        return Reel(self._values, test, self._of(seed)["tapes"][test][track])

    def runs(self, seed: int, test: str) -> list[tuple[Mistake, list[Sketch]]]:
        """Return the mistakes that fail a test, in order, each with its outcomes as sketches."""
        content = self._of(seed)
        decode = msgspec.msgpack.Decoder(Sketch).decode
        return [
            (self.mistakes[number], [decode(content["sketches"][index]) for index in indices])
            for number, indices in content["runs"][test]
        ]

    def failing(self, seed: int, test: str) -> list[Mistake]:
        """Return the mistakes that fail a test."""
        return [self.mistakes[number] for number, _ in self._of(seed)["runs"][test]]

    def _of(self, seed: int) -> dict[str, Any]:
        if seed not in self._unpacked:
            self._unpacked[seed] = unpack(zlib.decompress(self._seeds[seed]))
        return self._unpacked[seed]


def recording_of(kata: Kata, stage: Stage) -> Recording:
    """Read the recording of a stage.

    Raises:
        UsageError: if it is missing or damaged, or if the suite has changed since.
    """
    path = kata.recording(stage)
    try:
        recording = _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError, zlib.error):
        shown = kata.shown(path)
        words = tr("{file} can't be read: copy it from the handout again", file=shown)
        raise UsageError(words) from None
    if hash_of_suite(kata.suite(stage)) != recording.suite:
        words = tr(
            "{file} has been changed, and the recordings only fit the original: copy it from the "
            "handout again",
            file=kata.shown(kata.suite(stage)),
        )
        raise UsageError(words)
    return recording


def hash_of_suite(path: Path) -> str:
    """Return the hash of a suite's text, whatever its line endings."""
    text = path.read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(text).hexdigest()[:16]


@lru_cache(maxsize=32)
def _read(path: Path, _modified: int) -> Recording:
    return Recording(unpack(path.read_bytes()))
