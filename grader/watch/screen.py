"""What `grader watch` shows."""

import time
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from grader.kata import Kata
from grader.language import in_a_row, mark, tr
from grader.learn.hints import Hint
from grader.learn.lesson import why_so
from grader.learn.progress import Progress
from grader.report.editor_links import link_files
from grader.report.markdown_in_terminal import laid_out
from grader.report.stage_map import print_status
from grader.report.verdict_text import (
    WIDEST,
    is_untouched,
    print_head,
    print_indented,
    print_stage,
)
from grader.stage import Stage
from grader.verdict import StageVerdict

KEYS = mark("[n]ext  [h]int  hints a[g]ain  [l]esson  [c]ompare  [p]lot  [a]ll  [q]uit")
# These need no reference.
KEYS_OF_HANDOUT = mark("[n]ext  [h]int  hints a[g]ain  [l]esson  [a]ll  [q]uit")


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
        if is_untouched(verdict):
            self._say_how_to_begin(stage)
        if verdict.status == "passed":
            self._say_what_now(stage, following)
        file = f"{self._kata.shown(self._kata.exercise(stage))}  " if stage.has_code else ""
        now = tr("{time}, seed {seed}", time=time.strftime("%H:%M:%S"), seed=seed)
        line = Text(f"{file}{now}", style="dim")
        self._console.print(link_files(self._kata, line), soft_wrap=False)
        self.keys()

    def _say_how_to_begin(self, stage: Stage) -> None:
        read = tr("Read `grader lesson {number}`", number=stage.number)
        if self._console.is_terminal:
            read = tr("Press l for the lesson")
        how = tr(
            "{objective} About {minutes} minutes. {read}, then write {names} in the file below and "
            "save it.",
            objective=tr(stage.objective),
            minutes=stage.minutes,
            read=read,
            names=in_a_row(stage.names),
        )
        self.say(f"\n{how}\n")

    def _say_what_now(self, stage: Stage, following: Stage | None) -> None:
        if stage.has_code:
            has_key = self._console.is_terminal and self._kata.has_reference
            why = tr("Why the reference is written this way:")
            if has_key:
                why = tr("Why the reference is written this way (c compares yours with it):")
            self.say(f"\n{why}")
            print_indented(self._console, why_so(self._kata, stage), 2)
        now = tr("All stages are done. `grader answer` runs your model.")
        if following:
            next_one = f"s{following.number:02d} {tr(following.title)}"
            now = tr("Done. Next is {stage}.", stage=next_one)
            if self._console.is_terminal:
                now = tr("Done. Press n for {stage}.", stage=next_one)
        self.say(f"\n{now}", "bold")

    def hints(self, hints: Sequence[Hint]) -> None:
        """Show hints below the verdict."""
        for hint in hints:
            self.say(f"\n{hint.title}", "bold")
            if self._console.is_terminal:
                width = min(self._console.width, WIDEST)
                self._console.out(laid_out(self._console, hint.text, width), end="")
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
            self.say(tr(KEYS if self._kata.has_reference else KEYS_OF_HANDOUT), "dim")

    def goodbye(self) -> None:
        """Move the cursor to a new line."""
        if self._console.is_terminal:
            self.say("")
