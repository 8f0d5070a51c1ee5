"""The group that all commands belong to, and what the commands share."""

import errno
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.kept_texts import bring_back, keep_texts
from grader.learn.wanted_stage import stage_here as stage_here
from grader.learn.wanted_stage import wanted_stage as wanted_stage
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
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed, as by `>&-`
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if stream.isatty():  # a terminal shows `?` for the characters that it lacks
                stream.reconfigure(errors="replace")
            else:
                # Files and pipes get UTF-8 even if the system's own encoding lacks some.
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if ctx.invoked_subcommand is None:
        ctx.invoke(main.commands["status"])


def example(text: str) -> str:
    """Return the end of a command's help: one example or several, each on its own line."""
    heading = "Examples" if "\n" in text else "Example"
    return f"\b\n{heading}:\n  {text}"


class Integer(click.IntRange):
    """An integer in a range, named so in "'1e3' is not a valid integer"."""

    name = "integer"


def load_numpy() -> None:
    """Import numpy before torch does: torch forgets a Ctrl-C that comes while it imports numpy."""
    import numpy  # noqa: F401


def whose_code(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose whose stages run."""
    strict = click.option("--strict", is_flag=True, help="Use only your own stages.")
    target = click.option(
        "--target",
        type=click.Choice(["exercises", "solutions"]),
        default="exercises",
        help="Whose code to run.",
    )
    return target(strict(command))


class _Console(Console):
    """A console that raises BrokenPipeError where rich would end the program."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def plain_console(stderr: bool = False) -> Console:
    """Return a console that adds no colors, and breaks lines only on a terminal, between words."""
    console = _Console(highlight=False, stderr=stderr)
    console.soft_wrap = not console.is_terminal
    return console


def say_what_came_back(kata: Kata) -> None:
    """Restore code that something other than `grader reset` took away, and say so."""
    try:
        keep_texts(kata)
        messages = bring_back(kata)
    except OSError as error:  # the learner should get the verdict anyway
        messages = [f"your code could not be copied to .grader: {reason_of(error)}"]
    for message in messages:
        click.echo(message, err=True)
