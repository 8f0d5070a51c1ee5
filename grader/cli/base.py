"""The group that all commands belong to, and what the commands share."""

import errno
import gettext
import inspect
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from grader.cli.help_page import HelpContext
from grader.errors import UsageError
from grader.kata import Kata
from grader.kept_language import use_kept_language
from grader.language import ENGLISH, LOCALES, Words, choose, in_english, languages, mark, tr
from grader.learn.kept_texts import bring_back, keep_texts, not_copied
from grader.learn.wanted_stage import stage_here as stage_here
from grader.learn.wanted_stage import stages_here as stages_here
from grader.learn.wanted_stage import wanted_stage as wanted_stage
from grader.write_files import reason_of

IN_ENGLISH = ("class", "author")  # commands that speak English
EXAMPLES = (mark("Example"), mark("Examples"))
OPTIONS, COMMANDS = mark("[OPTIONS]"), mark("[COMMAND] [ARGS]...")  # as click writes them


class Main(click.Group):
    """Speaks the reader's language, and reports errors that users can fix themselves on standard
    error, and exits with 2."""

    context_class = HelpContext

    def main(self, *args: Any, **extra: Any) -> Any:
        use_kept_language()
        gettext.bindtextdomain("messages", LOCALES)  # where click looks for its own messages
        translate_help(self)
        return super().main(*args, **extra)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = super().get_command(ctx, cmd_name)
        if command:
            command.context_class = HelpContext
            if cmd_name in IN_ENGLISH:
                translate_summary(command)
            else:
                translate_help(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if name in IN_ENGLISH:
            choose(ENGLISH)
        return name, command, rest

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            _print_error(str(error))
            ctx.exit(2)
        except BrokenPipeError:  # click exits quietly
            raise
        except OSError as error:
            _print_error(said_by_system(error))
            ctx.exit(2)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which a learner needs them."""
        return list(self.commands)


def choose_for_this_run(ctx: click.Context, _: click.Parameter, wanted: str | None) -> None:
    """Use the language that `--lang` names, also in the help that `--help` shows."""
    if wanted:
        choose(wanted)
    translate_help(ctx.command)


def translate_help(command: click.Command) -> None:
    """Translate what a command's `--help` shows."""
    command.help = command.help and _translated(command.help)
    command.options_metavar = tr(OPTIONS)
    if isinstance(command, Main):
        command.subcommand_metavar = tr(COMMANDS)
    if command.epilog:
        english = text = in_english(command.epilog)
        for heading in EXAMPLES:
            shown = tr("{heading}:", heading=tr(heading))
            text = text.replace(f"{heading}:\n", f"{shown}\n")
        command.epilog = Words.of(text, english, whole=True)
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = _translated(option.help)


def _translated(text: str) -> str:
    """Return a text in the reader's language, even if it is in another one already."""
    return tr(inspect.cleandoc(in_english(text)))


def translate_summary(command: click.Command) -> None:
    """Translate what the list of commands says about a command whose help is in English."""
    summary = tr(first_paragraph(command))
    command.short_help = summary if summary.whole else None


def first_paragraph(command: click.Command) -> str:
    """Return the first paragraph of a command's help, on one line."""
    return " ".join(inspect.cleandoc(command.help or "").partition("\n\n")[0].split())


def said_by_system(error: OSError) -> str:
    """Return what the system says, and about which file."""
    about = error.filename or tr("this machine")
    return tr("{about}: {reason}", about=about, reason=reason_of(error))


def _print_error(message: str) -> None:
    """Print an error as one line; a terminal wraps it between words."""
    console = Console(stderr=True, highlight=False)
    console.print(Text(f"grader: {message}"), soft_wrap=not console.is_terminal)


@click.group(
    cls=Main,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.option(
    "--lang",
    type=click.Choice(languages()),
    is_eager=True,
    expose_value=False,
    callback=choose_for_this_run,
    help="The language to speak, this time; `grader language` keeps it.",
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
    one, several = EXAMPLES
    heading = several if "\n" in text else one
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
        messages = [not_copied(error)]
    for message in messages:
        click.echo(message, err=True)
