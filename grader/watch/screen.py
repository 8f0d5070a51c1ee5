"""What `grader watch` shows."""

import time

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from grader.calls.outcome import STUB_MESSAGE
from grader.kata import Kata
from grader.learn.lesson import why_so
from grader.learn.progress import Progress
from grader.report.editor_links import link_files
from grader.report.stage_map import print_status
from grader.report.verdict_text import WIDEST, print_head, print_indented, print_stage
from grader.stage import Stage
from grader.verdict import StageVerdict

KEYS = "[n]ext  [h]int  [l]esson  [c]ompare  [p]lot  [a]ll  [q]uit"
KEYS_OF_HANDOUT = "[n]ext  [h]int  [l]esson  [a]ll  [q]uit"  # the others need the reference


class Screen:
    """Prints to a terminal, which each verdict begins anew, or as plain lines to anything else."""

    def __init__(self, console: Console, keys: str = KEYS) -> None:
        self._console, self._keys = console, keys

    def warming_up(self) -> None:
        self._print("Getting ready: torch is loaded once, which takes a moment.")

    def verdict(
        self, kata: Kata, stage: Stage, verdict: StageVerdict, seed: int, following: Stage | None
    ) -> None:
        """Show a verdict in the place of what was there."""
        self._console.clear()
        print_stage(self._console, kata, verdict, compact=True)
        if verdict.status == "not_started" and verdict.tests[0].message.endswith(STUB_MESSAGE):
            self._print_how_to_begin(kata, stage)
        if verdict.status == "passed":
            self._print_what_now(kata, stage, following)
        place = f"{kata.shown(kata.exercise(stage))}  " if stage.has_code else ""
        line = Text(f"{place}{time.strftime('%H:%M:%S')}, seed {seed}", style="dim")
        self._console.print(link_files(kata, line), soft_wrap=False)
        self.keys()

    def _print_how_to_begin(self, kata: Kata, stage: Stage) -> None:
        names = ", ".join(stage.names)
        self._print(
            f"\n{stage.objective} About {stage.minutes} minutes. Press l for the lesson, then "
            f"write {names} in the file below and save it.\n"
        )

    def _print_what_now(self, kata: Kata, stage: Stage, following: Stage | None) -> None:
        if stage.has_code:
            beside = " (c puts yours beside it)" if kata.has_reference else ""
            self._print(f"\nWhy the reference is written so{beside}:")
            print_indented(self._console, why_so(kata, stage), 2)
        if following is None:
            self._print("\nAll stages are done. `grader answer` runs your model.", style="bold")
        else:
            self._print(
                f"\nDone. n goes on to s{following.number:02d} {following.title}.", style="bold"
            )

    def hint(self, title: str, text: str) -> None:
        """Show a hint below the verdict."""
        self._print(f"\n{title}", style="bold")
        if self._console.is_terminal:
            width = min(self._console.width, WIDEST)
            self._console.print(Markdown(text), width=width, soft_wrap=False)
        else:
            self._print(text)
        self.keys()

    def still_running(self) -> None:
        self._print("Your code is still running; an endless loop is stopped after 10 seconds.")

    def begin_command(self, command: str) -> None:
        self._console.clear()
        self._print(f"$ {command}", style="dim")

    def begin_all(self) -> None:
        self._console.clear()
        self._print("Grading every stage that has changed.")

    def graded(self, verdict: StageVerdict) -> None:
        """Show one of many verdicts as it comes."""
        print_head(self._console, verdict)

    def map_of_stages(self, kata: Kata) -> None:
        """Show how every stage stands."""
        self._console.clear()
        print_status(self._console, Progress(kata))
        self.keys()

    def say(self, text: str) -> None:
        """Show a line below what is there."""
        self._print(text)
        self.keys()

    def keys(self) -> None:
        """Show which keys do what, where there is somebody to press them."""
        if self._console.is_terminal:
            self._print(self._keys, style="dim")

    def goodbye(self) -> None:
        if self._console.is_terminal:
            self._print("")

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style=style), soft_wrap=False)
