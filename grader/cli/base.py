"""The group that all commands belong to, and what the commands share."""

import sys
from io import TextIOWrapper
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.kept_texts import bring_back, keep_texts
from grader.learn.progress import Progress, passed_before
from grader.stage import Stage
from grader.stage_names import find_stage, shown_range
from grader.write_files import reason_of


class Main(click.Group):
    """Reports errors that users can fix themselves on standard error, and exits with 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            _print_error(str(error))
            ctx.exit(2)
        except BrokenPipeError:  # click exits quietly
            raise
        except OSError as error:
            _print_error(f"{error.filename or 'this machine'}: {reason_of(error)}")
            ctx.exit(2)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a learner needs them."""
        return list(self.commands)


def _print_error(message: str) -> None:
    """Print an error as one line; a terminal wraps it between words."""
    console = Console(stderr=True, highlight=False)
    console.print(Text(f"grader: {message}"), soft_wrap=not console.is_terminal)


@click.group(
    cls=Main,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Learn how Llama 3 works by writing it, stage by stage, until your own code says 42.

    Without a command, show the map of stages and what to do next.

    \b
    Examples:
      grader              where am I, and what comes next?
      grader lesson 9     read about RMS norm
      grader watch        grade every time you save
      grader check 9      grade exercises/s09_rms_norm.py once
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Files and pipes get UTF-8 even if the system's own encoding lacks some characters. A
            # terminal keeps its encoding, and shows what that lacks as escapes.
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    if ctx.invoked_subcommand is None:
        ctx.invoke(main.commands["status"])


def example(text: str) -> str:
    """Return the end of a command's help: one example or several, each on its own line."""
    heading = "Examples" if "\n" in text else "Example"
    return f"\b\n{heading}:\n  {text}"


def plain_console() -> Console:
    """Return a console that adds no colors, and breaks lines only on a terminal, between words."""
    console = Console(highlight=False)
    console.soft_wrap = not console.is_terminal
    return console


def wanted_stage(kata: Kata, name: str | None) -> Stage:
    """Return the stage that the user named, or the next one to do if they named none."""
    if name is not None:
        return stage_here(kata, name)
    passed = passed_before(kata, kata.stages)
    return Progress(kata).next_stage(passed) or kata.stages[-1]


def stage_here(kata: Kata, name: str) -> Stage:
    """Return the stage that the user named.

    Raises:
        UsageError: if there is no such stage, or it isn't in this edition of the kata.
    """
    stage = find_stage(name)
    if stage not in kata.stages:
        here = shown_range(kata.stages)
        raise UsageError(f"{stage.name} is not in this handout, which has stages {here}")
    return stage


def say_what_came_back(kata: Kata) -> None:
    """Restore code that something other than `grader reset` took away, and say so."""
    try:
        keep_texts(kata)
        messages = bring_back(kata)
    except OSError as error:  # the learner should get the verdict anyway
        messages = [f"your code could not be copied to .grader: {reason_of(error)}"]
    for message in messages:
        click.echo(message, err=True)
