"""`grader watch`."""

import asyncio
import contextlib

from rich.console import Console

from grader.home import Kata
from grader.stages import Stage
from grader.watch.screen import Screen
from grader.watch.session import Session


def run_watch(kata: Kata, stage: Stage, seed: int | None) -> None:
    """Grade a stage at every save until the learner quits."""
    screen = Screen(Console(highlight=False, soft_wrap=True))
    session = Session(kata, stage, seed, screen)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(session.run())
    screen.goodbye()
