"""The group that all commands belong to, and what they share."""

import sys
from io import TextIOWrapper
from typing import Any

import click
from rich.console import Console

from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.kept_texts import bring_back, keep_texts
from grader.learn.progress import Progress, passed_before
from grader.stage import Stage
from grader.stage_names import find_stage, shown_range
from grader.write_files import reason_of


class Main(click.Group):
    """Reports what users can fix themselves as one line on standard error, and exits with 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            click.echo(f"grader: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:  # click ends quietly
            raise
        except OSError as error:
            click.echo(f"grader: {error.filename or 'this machine'}: {reason_of(error)}", err=True)
            ctx.exit(2)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a learner meets them."""
        return list(self.commands)


@click.group(
    cls=Main,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Learn how Llama 3 works by writing it, stage by stage, until your own code says 42.

    Without a command, shows the map of stages and what to do now.

    \b
    Examples:
      grader              where am I, and what comes next?
      grader lesson 9     read about RMS norm
      grader watch        grade at every save
      grader check 9      grade exercises/s09_rms_norm.py once
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not stream.isatty():
            # Files and pipes get UTF-8 also where the system's own encoding lacks characters.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if ctx.invoked_subcommand is None:
        ctx.invoke(main.commands["status"])


def example(text: str) -> str:
    """Return the end of a command's help."""
    return f"\b\nExample:\n  {text}"


def plain_console() -> Console:
    """Return a console that leaves the text as it is."""
    return Console(highlight=False, soft_wrap=True)


def wanted_stage(kata: Kata, name: str | None) -> Stage:
    """Return the stage that a user names, or else the one to do now."""
    if name is not None:
        return stage_here(kata, name)
    passed = passed_before(kata, kata.stages)
    return Progress(kata).next_stage(passed) or kata.stages[-1]


def stage_here(kata: Kata, name: str) -> Stage:
    """Return the stage that a user names; raise a UsageError if it isn't in this edition."""
    stage = find_stage(name)
    if stage not in kata.stages:
        raise UsageError(f"{stage.name} is not handed out: here are {shown_range(kata.stages)}")
    return stage


def say_what_came_back(kata: Kata) -> None:
    """Restore the learner's texts that anything but `grader reset` has removed."""
    try:
        keep_texts(kata)
        messages = bring_back(kata)
    except OSError as error:  # no reason to leave the learner without a verdict
        messages = [f"your texts cannot be kept in .grader: {reason_of(error)}"]
    for message in messages:
        click.echo(message, err=True)
