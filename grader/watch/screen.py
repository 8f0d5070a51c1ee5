"""What `grader watch` shows."""

import time
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from grader.compare.why import why_so
from grader.home import Kata
from grader.report.text import print_indented, print_stage
from grader.stages import MAX_POINTS, STAGES, Stage
from grader.verdict import StageVerdict

KEYS = "[n]ext  [h]int  [l]esson  [c]ompare  [p]lot  [a]ll  [q]uit"


class Screen:
    """Prints to a terminal, which each verdict begins anew, or as plain lines to anything else."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def warming_up(self) -> None:
        self._print("Getting ready: torch is loaded once, which takes a moment.")

    def verdict(
        self, kata: Kata, stage: Stage, verdict: StageVerdict, seed: int, following: Stage | None
    ) -> None:
        """Show a verdict in the place of what was there."""
        self._console.clear()
        print_stage(self._console, kata, verdict)
        if verdict.status == "passed":
            self._print_what_now(kata, stage, following)
        self._print(f"{time.strftime('%H:%M:%S')}, seed {seed}", style="dim")
        self.keys()

    def _print_what_now(self, kata: Kata, stage: Stage, following: Stage | None) -> None:
        if stage.has_code:
            self._print("\nWhy the reference is written so (c puts yours beside it):")
            print_indented(self._console, why_so(kata, stage), 2)
        if following is None:
            self._print("\nAll stages are done. `grader answer` runs your model.", style="bold")
        else:
            self._print(
                f"\nDone. n goes on to s{following.number:02d} {following.title}.", style="bold"
            )

    def hint(self, stage: Stage, title: str, text: str) -> None:
        """Show a hint below the verdict."""
        self._print(f"\n{title}", style="bold")
        print_indented(self._console, text, 2)
        self.keys()

    def still_running(self) -> None:
        self._print("Your code is still running; an endless loop is stopped after 10 seconds.")

    def begin_command(self, command: str) -> None:
        self._console.clear()
        self._print(f"$ {command}", style="dim")

    def begin_all(self) -> None:
        self._console.clear()
        self._print("Grading all stages that have changed.")

    def grading_all(self, done: int) -> None:
        if self._console.is_terminal:
            self._console.print(Text(f"{done} of {len(STAGES)}"), end="\r")

    def all_verdicts(self, verdicts: Sequence[StageVerdict]) -> None:
        """Show one line a stage."""
        self._console.clear()
        for verdict in verdicts:
            head = Text(f"s{verdict.number:02d}")
            self._console.print(head)
        points = sum(verdict.points for verdict in verdicts)
        self._print(f"{points} of {MAX_POINTS} points", style="bold")
        self.keys()

    def say(self, text: str) -> None:
        """Show a line below what is there."""
        self._print(text)
        self.keys()

    def keys(self) -> None:
        """Show which keys do what, where there is somebody to press them."""
        if self._console.is_terminal:
            self._print(KEYS, style="dim")

    def goodbye(self) -> None:
        if self._console.is_terminal:
            self._print("")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style))
