"""Choose where a debugger opens when a graded test fails under `pytest --pdb`.

By then the learner's exception has been turned into text and raised again as a Failure inside the
grader, so the traceback is rebuilt from the frames that the learner wants to see.
"""

from types import TracebackType

from grader.calls.channel import LocalChannel
from grader.calls.outcome import Raised


class DebugChannel(LocalChannel):
    """A channel that keeps the exceptions that the learner's code raised, with their frames."""

    def __init__(self) -> None:
        super().__init__()
        self.raised: list[tuple[Raised, BaseException]] = []

    def _raised(self, error: BaseException) -> Raised:
        raised = super()._raised(error)
        self.raised.append((raised, error))
        return raised

    def place_to_open(self, failure: BaseException, suite: str) -> TracebackType | None:
        """Return a traceback that ends in the learner's line that raised, or else in the test.

        Args:
            failure: why the test failed.
            suite: the path of the test's file.
        """
        in_test = [
            entry
            for entry in _entries(failure)
            if entry.tb_frame.f_code.co_filename == suite
            and not entry.tb_frame.f_code.co_name.startswith("<")  # a comprehension hides variables
        ]
        error = self._error_behind(failure)
        return _chain(in_test + (self._own_entries(error) if error else []))

    def place_of_load_error(self) -> TracebackType | None:
        """Return a traceback that ends in the learner's line that failed during import.

        Return None if the file isn't valid Python, since then none of its lines ran.
        """
        return _chain(self._own_entries(self.raised[0][1]) if self.raised else [])

    def _own_entries(self, error: BaseException) -> list[TracebackType]:
        own = self._own_files
        return [entry for entry in _entries(error) if entry.tb_frame.f_code.co_filename in own]

    def _error_behind(self, failure: BaseException) -> BaseException | None:
        """Return the learner's exception that a failure is about, if it is about one."""
        for entry in reversed(_entries(failure)):
            for value in entry.tb_frame.f_locals.values():
                if isinstance(value, Raised):
                    return next((error for raised, error in self.raised if raised == value), None)
        return None


def _entries(error: BaseException) -> list[TracebackType]:
    entries, entry = [], error.__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    return entries


def _chain(entries: list[TracebackType]) -> TracebackType | None:
    """Chain entries into a new traceback."""
    chained = None
    for entry in reversed(entries):
        chained = TracebackType(chained, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return chained
