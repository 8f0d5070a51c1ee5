"""Where a debugger opens when a graded test has failed under `pytest --pdb`.

What the learner's code raised has become words by then, and the words a failure that was raised
deep in the grader. So the traceback is put together anew, from the frames that a learner looks for.
"""

from types import TracebackType

from grader.calls.channel import LocalChannel
from grader.calls.outcome import Raised


class DebugChannel(LocalChannel):
    """A server in this process that keeps what the learner's code raised, frames and all."""

    def __init__(self) -> None:
        super().__init__()
        self.raised: list[tuple[Raised, BaseException]] = []

    def _raised(self, error: BaseException) -> Raised:
        raised = super()._raised(error)
        self.raised.append((raised, error))
        return raised

    @property
    def own_files(self) -> frozenset[str]:
        return self._own_files


def place_to_open(
    channel: DebugChannel, failure: BaseException, suite: str
) -> TracebackType | None:
    """Return a traceback that ends in the line of the learner's which raised, when that is why the
    test failed, and else in the test."""
    in_test = [
        entry
        for entry in _entries_in(frozenset([suite]), failure)
        if not entry.tb_frame.f_code.co_name.startswith("<")  # comprehensions hide the variables
    ]
    error = _error_behind(channel, failure)
    return _chain(in_test + (_entries_in(channel.own_files, error) if error else []))


def place_of_load_error(channel: DebugChannel) -> TracebackType | None:
    """Return a traceback that ends in the line of the learner's file which could not be run; None
    when the file is no Python at all."""
    return _chain(_entries_in(channel.own_files, channel.raised[0][1]) if channel.raised else [])


def _error_behind(channel: DebugChannel, failure: BaseException) -> BaseException | None:
    """Find the exception of the learner's that the failing code had in its hands, as an outcome."""
    for entry in reversed(_entries(failure)):
        for value in entry.tb_frame.f_locals.values():
            if isinstance(value, Raised):
                return next((error for told, error in channel.raised if told == value), None)
    return None


def _entries(error: BaseException) -> list[TracebackType]:
    entries, entry = [], error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    return entries


def _entries_in(files: frozenset[str], error: BaseException) -> list[TracebackType]:
    return [entry for entry in _entries(error) if entry.tb_frame.f_code.co_filename in files]


def _chain(entries: list[TracebackType]) -> TracebackType | None:
    """Put entries together to a traceback of their own."""
    chained = None
    for entry in reversed(entries):
        chained = TracebackType(chained, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return chained
