"""What `grader watch` shows."""

import time
from collections.abc import Sequence

from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

from grader.calls.outcome import STUB_MESSAGE
from grader.kata import Kata
from grader.learn.hints import Hint
from grader.learn.lesson import why_so
from grader.learn.progress import Progress
from grader.report.editor_links import link_files
from grader.report.stage_map import print_status
from grader.report.verdict_text import WIDEST, print_head, print_indented, print_stage
from grader.stage import Stage
from grader.verdict import StageVerdict

KEYS = "[n]ext  [h]int  hints a[g]ain  [l]esson  [c]ompare  [p]lot  [a]ll  [q]uit"
KEYS_OF_HANDOUT = "[n]ext  [h]int  hints a[g]ain  [l]esson  [a]ll  [q]uit"  # needs no reference


class Screen:
    """Prints to a terminal, which each verdict clears, or as plain lines to a pipe or file."""

    def __init__(self, kata: Kata, console: Console | None = None) -> None:
        self._kata = kata
        self._console = console or Console(highlight=False, soft_wrap=True)

    def verdict(
        self, stage: Stage, verdict: StageVerdict, seed: int, following: Stage | None
    ) -> None:
        """Clear the screen and show a verdict."""
        self._console.clear()
        print_stage(self._console, self._kata, verdict, compact=True)
        if verdict.status == "not_started" and verdict.tests[0].message.endswith(STUB_MESSAGE):
            read = f"Read `grader lesson {stage.number}`"
            if self._console.is_terminal:
                read = "Press l for the lesson"
            self.say(
                f"\n{stage.objective} About {stage.minutes} minutes. {read}, then "
                f"write {', '.join(stage.names)} in the file below and save it.\n"
            )
        if verdict.status == "passed":
            self._say_what_now(stage, following)
        file = f"{self._kata.shown(self._kata.exercise(stage))}  " if stage.has_code else ""
        line = Text(f"{file}{time.strftime('%H:%M:%S')}, seed {seed}", style="dim")
        self._console.print(link_files(self._kata, line), soft_wrap=False)
        self.keys()

    def _say_what_now(self, stage: Stage, following: Stage | None) -> None:
        if stage.has_code:
            has_key = self._console.is_terminal and self._kata.has_reference
            compared = " (c compares yours with it)" if has_key else ""
            self.say(f"\nWhy the reference is written this way{compared}:")
            print_indented(self._console, why_so(self._kata, stage), 2)
        now = "All stages are done. `grader answer` runs your model."
        if following:
            next_one = "Press n for" if self._console.is_terminal else "Next is"
            now = f"Done. {next_one} s{following.number:02d} {following.title}."
        self.say(f"\n{now}", "bold")

    def hints(self, hints: Sequence[Hint]) -> None:
        """Show hints below the verdict."""
        for hint in hints:
            self.say(f"\n{hint.title}", "bold")
            if self._console.is_terminal:
                width = min(self._console.width, WIDEST)
                self._console.print(Markdown(hint.text), width=width, soft_wrap=False)
            else:
                self.say(hint.text)
        self.keys()

    def begin(self, text: str, style: str = "") -> None:
        """Clear the screen and show a line."""
        self._console.clear()
        self.say(text, style)

    def graded(self, verdict: StageVerdict) -> None:
        """Show one line for one of many verdicts."""
        print_head(self._console, verdict)

    def map_of_stages(self) -> None:
        """Clear the screen and show the map of stages."""
        self._console.clear()
        print_status(self._console, Progress(self._kata))
        self.keys()

    def say(self, text: str, style: str = "") -> None:
        """Show a line below what is already on the screen."""
        self._console.print(Text(text, style=style), soft_wrap=False)

    def keys(self) -> None:
        """Show what the keys do, if there is a terminal to press them in."""
        if self._console.is_terminal:
            self.say(KEYS if self._kata.has_reference else KEYS_OF_HANDOUT, "dim")

    def goodbye(self) -> None:
        """Move the cursor to a new line."""
        if self._console.is_terminal:
            self.say("")
