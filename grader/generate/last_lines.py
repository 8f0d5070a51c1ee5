"""What is said after the text: how it ended, how fast it was written, and by whose stages."""

from grader.generate.writer import Run
from grader.language import mark, tr

_LONGEST_CYCLE, _TIMES = 24, 3
REPEATS = mark(
    "It repeats itself. A small model has learned few ways to go on, and at temperature 0 the "
    "same words always lead to the same next one: try --temperature 0.8."
)
REPEATS_ANYWAY = mark(
    "It repeats itself. A small model has learned few ways to go on, and what it has written "
    "makes the same words likely again: try a higher --temperature."
)


def rate_words(run: Run) -> str:
    """Return how many tokens were written, and how fast."""
    count = len(run.written)
    if count == 0:
        return tr("no tokens")
    first, last = run.times[0], run.times[-1]
    if count == 1:
        return tr("1 token after {seconds} s", seconds=_seconds(first))
    return tr(
        "{count} tokens, the first after {seconds} s, then {rate} per second ({overall} with the "
        "first)",
        count=count,
        seconds=_seconds(first),
        rate=_per_second(count - 1, last - first),
        overall=_per_second(count, last),
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g}" if seconds < 10 else f"{seconds:.0f}"


def _per_second(count: int, seconds: float) -> str:
    rate = count / max(seconds, 1e-9)
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"


def repeats_itself(tokens: list[int]) -> bool:
    """Return whether tokens end with the same few, three times or more in a row."""
    for length in range(1, _LONGEST_CYCLE + 1):
        times = _TIMES if length > 2 else 2 * _TIMES
        tail = tokens[-length * times :]
        if len(tail) == length * times and tail == tail[:length] * times:
            return True
    return False
