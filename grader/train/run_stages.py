"""Choose the stages of a training, and report what one of them raises."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from grader.answer.chosen_stages import ChosenStages, stages_to_run
from grader.answer.report_stop import report_stop
from grader.errors import UsageError
from grader.kata import Kata
from grader.stage import Stage
from grader.train.not_passed import replaced_stages
from grader.train.options import Options
from grader.train.process import on_one_thread, stopped_like_ctrl_c


def run_stages(
    kata: Kata,
    console: Console,
    options: Options,
    stages: Sequence[Stage],
    work: Callable[[ChosenStages], int],
) -> int:
    """Do some work with the chosen stages, and return its exit code, or 1 if a stage stops it.

    Raises:
        UsageError: if something can't be used.
        KeyboardInterrupt: if the work doesn't handle it.
    """
    chosen = stages_to_run(kata, console, options.target, options.strict, stages)
    if chosen is None:
        return 1
    for line in replaced_stages(kata, chosen, options.target):
        console.print(Text(line))
    try:
        with on_one_thread(), stopped_like_ctrl_c():
            return work(chosen)
    except (UsageError, BrokenPipeError):
        raise
    except (Exception, SystemExit) as error:  # a learner's `exit()` must not go unnoticed
        report_stop(console, error, chosen, "cpu")
        return 1
