"""The grader's view of one stage's code: every call has an outcome, whatever the code does."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from grader.calls.answer_earlier_calls import EarlierCalls, EarlierStages
from grader.calls.channel import PATIENCE, Channel, Reply, WorkerLost
from grader.calls.outcome import CallOutcome, Lost, Raised, Returned, Seen
from grader.calls.packing import pack
from grader.calls.places import places_of
from grader.calls.replies import read_loaded, read_outcomes, read_seen, read_times
from grader.calls.request_writer import Callee, RequestWriter
from grader.language import tr
from grader.stage import Stage
from grader.stages import stage_of

T = TypeVar("T")

RECORD_SECONDS = 2.0
TEST_SECONDS = 10.0  # honest code answers within a fraction of a second


@dataclass(frozen=True)
class Call:
    """One call and its outcome."""

    callee: Callee
    args: tuple[Any, ...]
    device: str | None
    outcome: CallOutcome
    too_large: int | None = None  # entries that no tensor may have


class CodeUnderTest:
    """One stage's code behind a channel; a new channel is opened if one is lost."""

    def __init__(
        self,
        stage: Stage,
        files: dict[int, Path],
        open_channel: Callable[[], Channel],
        seconds: float = TEST_SECONDS,
        own_earlier: Sequence[int] = (),
        all_seconds: float = math.inf,
        earlier: EarlierStages | None = None,
    ) -> None:
        """Start with nothing loaded.

        Args:
            files: the file of each stage.
            open_channel: starts a server.
            seconds: the time limit of a call that sets no other.
            own_earlier: the earlier stages that also come from the target, though not graded.
            all_seconds: the time limit of all calls together.
            earlier: the earlier stages that the grader runs for the code; None if they are in
                `files`.
        """
        self.stage = stage
        self.open_channel = open_channel
        self.calls: list[Call] = []  # since the current test began
        self.load_error: Raised | Lost | None = None
        self.load_stage = stage
        self.was_busy = False  # whether this machine may have caused a time-out
        self._files, self._seconds, self._seconds_left = files, seconds, all_seconds
        self._clock_left = PATIENCE * all_seconds
        self._own_earlier, self._earlier = own_earlier, earlier
        too_long = tr(
            "all calls of a stage together may take {seconds:g} s, and have", seconds=all_seconds
        )
        self._out_of_time = Lost(too_long, timed_out=False)
        self._channel: Channel | None = None
        self._missing: list[str] = []
        self._requests = RequestWriter()
        self._reply: Reply | None = None
        self._lost: dict[str, Lost] = {}  # what calls of functions that timed out give from then on
        self._printed = ""

    @classmethod
    def loaded(cls, stage: Stage, channel: Channel) -> "CodeUnderTest":
        """Return code that is already loaded at the other end of `channel`."""
        code = cls(stage, {}, lambda: channel)
        code._channel = channel
        return code

    @property
    def own_numbers(self) -> list[int]:
        own = [self.stage.number] if self.stage.has_code else list(self.stage.uses)
        return [*self._own_earlier, *own]

    @property
    def own_files(self) -> list[Path]:
        return [self._files[number] for number in self.own_numbers]

    @property
    def folder(self) -> Path:
        return self.own_files[-1].parent

    def load(self) -> bool:
        """Import the code; return False and set `load_error` if that fails."""
        if self._channel is None and self.load_error is None:
            self._channel = self.open_channel()
            memory = self._channel.memory
            self._requests = RequestWriter(memory)
            offered = {}
            if self._earlier and memory:
                offered = self._earlier.offered
                self._reply = EarlierCalls(self._earlier, memory, self._requests).answer
            files = {number: str(path) for number, path in self._files.items()}
            asked = {"do": "load", "files": files, "own": self.own_numbers, "earlier": offered}
            request = pack(asked)
            read = partial(read_loaded, own=self.own_numbers)
            loaded = self._answer(request, self._seconds, read)
            if isinstance(loaded, Lost):
                self.load_error = loaded
            elif isinstance(loaded, tuple):
                self.load_stage, self.load_error = stage_of(loaded[0]), loaded[1]
            else:
                self._missing = loaded
        return self.load_error is None

    def run(
        self,
        callee: Callee,
        batch: Sequence[tuple[Any, ...]],
        device: str | None = None,
        seconds: float | None = None,
        too_large: int | None = None,
    ) -> list[CallOutcome]:
        """Call a function once for every tuple of arguments.

        If the code is lost on the way, all outcomes of the batch say so; a function that timed out
        is not called again.
        """
        asked = {"do": "call", "device": device, "too_large": too_large}
        read = partial(read_outcomes, count=len(batch), device=device)
        found = self._ask(callee, batch, asked, read, seconds or self._seconds)
        if isinstance(found, list):
            outcomes = [self._checked(outcome, index) for index, outcome in enumerate(found)]
        else:
            outcomes = [found] * len(batch)
        self.calls += [
            Call(callee, args, device, outcome, too_large)
            for args, outcome in zip(batch, outcomes, strict=True)
        ]
        return outcomes

    def _checked(self, outcome: CallOutcome, index: int) -> CallOutcome:
        """Add to an outcome which arguments have changed in the memory shared with the worker."""
        changed = self._requests.changed(index)
        if not changed or not isinstance(outcome, Returned):
            return outcome
        return replace(outcome, changed=tuple(sorted(changed.union(outcome.changed))))

    def time(
        self, callee: Callee, args: tuple[Any, ...], most_runs: int, most_seconds: float
    ) -> list[float] | Raised | Lost:
        """Make one call at least once, and return the seconds that each run took, measured where
        the code runs; no run starts once they have taken `most_seconds` together."""
        asked = {"do": "time", "runs": most_runs, "seconds": most_seconds}
        return self._ask(callee, [args], asked, read_times, self._seconds)

    def record(self, call: Call) -> list[Seen]:
        """Make a call once more, and return what the code computed on the way; nothing if it can't
        be recorded."""
        if self.stage.number not in self._files:  # functions that never were in a file
            return []
        was_busy = self.was_busy
        try:
            text = self.own_files[-1].read_bytes()
            places = places_of(text)
        except (OSError, SyntaxError, ValueError, RecursionError):
            return []  # it has changed since
        asked = {"do": "record", "text": text, "stage": self.stage.number, "device": call.device}
        read = partial(read_seen, places=places)
        seen = self._ask(call.callee, [call.args], asked, read, RECORD_SECONDS)
        self.was_busy = was_busy  # no verdict depends on it
        return seen if isinstance(seen, list) else []

    def _ask(
        self,
        callee: Callee,
        batch: Sequence[tuple[Any, ...]],
        asked: dict[str, Any],
        read: Callable[[bytes], T],
        seconds: float,
    ) -> T | Raised | Lost:
        """Send a request about some calls, and return the answer, or why there is none."""
        if callee.name in self._missing:
            message = f"{self.stage.name}.py does not define {callee.name}"
            return Raised("AttributeError", message)
        if callee.name in self._lost:
            return self._lost[callee.name]
        if min(self._seconds_left, self._clock_left) <= 0:
            return self._out_of_time
        if not self.load():
            assert self.load_error is not None
            return self.load_error
        request = pack({**asked, **self._requests.calls(callee, batch)})
        answer = self._answer(request, seconds, read)
        if isinstance(answer, Lost) and answer.timed_out:
            self._lost[callee.name] = replace(answer, called=False)
        return answer

    def _answer(self, request: bytes, seconds: float, read: Callable[[bytes], T]) -> T | Lost:
        """Ask, and read the answer, within the time left for all calls."""
        assert self._channel is not None
        allowed = min(seconds, self._seconds_left, self._clock_left / PATIENCE)
        channel, begun, clock = self._channel, time.monotonic(), self._channel.clock()
        try:
            return read(channel.ask(request, allowed, self._reply))
        except WorkerLost as lost:
            self.close()
            self.was_busy |= lost.busy
            if lost.timed_out and allowed < seconds:
                return self._out_of_time
            return Lost(str(lost), lost.timed_out)
        except ValueError:
            self.close()
            return Lost(tr("its answer made no sense"), timed_out=False)
        finally:
            self._seconds_left -= channel.clock() - clock
            self._clock_left -= time.monotonic() - begun

    def printed(self) -> str:
        """Return what the code printed so far."""
        return self._printed + (self._channel.printed() if self._channel else "")

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._printed += self._channel.printed()
            self._channel = None
