"""Report that the model stopped because code in it raised an error."""

from rich.console import Console
from rich.text import Text

from grader.answer.chosen_stages import ChosenStages
from grader.answer.devices import TooSmall
from grader.calls.error_report import describe_error
from grader.calls.retell import retold
from grader.errors import UsageError
from grader.free_memory import is_short_of_memory
from grader.language import mark, tr

_TOO_LITTLE = mark(
    "there is not enough memory for this: close other programs, or use a machine with more memory. "
    "Does your code copy whole weights, for example with `.float()`?"
)


def report_stop(console: Console, error: BaseException, chosen: ChosenStages, device: str) -> None:
    """Print what a stage raised, and where.

    Raises:
        UsageError: if the memory ran out.
        OSError: if `error` is one that no stage raised.
    """
    if is_short_of_memory(error):
        if device == "cpu":
            raise UsageError(tr(_TOO_LITTLE)) from None
        raise TooSmall(tr("{device} does not have enough memory", device=device)) from None
    what = retold(describe_error(error, chosen.own_files))
    if isinstance(error, OSError) and not what.where:
        raise error  # this machine's, such as a full disk
    where = f"\n{what.where}" if what.where else ""
    raised = f"{what.shown_name}: {what.message}{where}"
    console.print(Text(tr("The model stopped: {error}", error=raised)))
