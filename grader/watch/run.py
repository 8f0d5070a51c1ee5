"""`grader watch`."""

import asyncio
import contextlib

from rich.console import Console

from grader.errors import UsageError
from grader.kata import Kata
from grader.stage import Stage
from grader.watch.judge import JudgeLost
from grader.watch.screen import KEYS, KEYS_OF_HANDOUT, Screen
from grader.watch.session import Session


def run_watch(kata: Kata, stage: Stage, seed: int | None) -> None:
    """Grade a stage at every save until the learner quits.

    Raises:
        UsageError: when grading is impossible here; it says why.
    """
    keys = KEYS_OF_HANDOUT if kata.handout else KEYS
    screen = Screen(Console(highlight=False, soft_wrap=True), keys)
    session = Session(kata, stage, seed, screen)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(session.run())
    except JudgeLost as error:
        raise UsageError(f"the process that grades cannot go on:\n{error}") from None
    screen.goodbye()
