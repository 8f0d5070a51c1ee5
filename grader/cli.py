"""The command line: `grader` and `python -m grader`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from grader.errors import UsageError
from grader.home import Kata, find_kata
from grader.stages import STAGES, Stage, find_stage

READABLE = 100  # columns of a lesson, on wider terminals

# Commands that answer from files must stay quick, so torch and all that needs it is imported
# inside the commands that run code.


class Main(click.Group):
    """Reports what the user can put right as one line on standard error, with exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            click.echo(f"grader: {error}", err=True)
            ctx.exit(2)


def _example(text: str) -> str:
    return f"\b\nExample:\n  {text}"


@click.group(
    cls=Main, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Learn how Llama 3 works by writing it, stage by stage, until your own code says 42.

    Without a command, shows the map of stages and what to do now.

    \b
    Examples:
      grader              where am I, and what comes next?
      grader lesson 9     read about RMS norm
      grader check 9      grade exercises/s09_rms_norm.py
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(status)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _wanted(kata: Kata, name: str | None) -> Stage:
    """Give the stage that a user names, else the one to do now."""
    from grader.learn.progress import Progress

    if name is not None:
        return find_stage(name)
    progress = Progress.load(kata)
    return progress.next_stage(progress.statuses()) or STAGES[-1]


@main.command(epilog=_example("grader status"))
def status() -> None:
    """Show the map of stages, and the one thing to do now."""
    from grader.learn.progress import Progress
    from grader.report.status import print_status

    print_status(_console(), Progress.load(find_kata()))


@main.command(epilog=_example("grader check 9 10\n  grader check --all --format json"))
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option("--all", "all_stages", is_flag=True, help="Grade s01 to s20.")
@click.option(
    "--target",
    default="exercises",
    show_default=True,
    help="Whose code: exercises, solutions, or a folder laid out like exercises/.",
)
@click.option("--seed", type=int, help="Repeat the random inputs of an earlier run.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
)
@click.option("--output", type=click.Path(path_type=Path), help="Write to a file instead.")
def check(
    stages: Sequence[str],
    all_stages: bool,
    target: str,
    seed: int | None,
    format_name: str,
    output: Path | None,
) -> None:
    """Grade the named stages (9, s09 or rms_norm), or the next one.

    Exits with 1 when a stage is not passed.
    """
    from grader.checking import check as grade
    from grader.report.write import Writer
    from grader.targets import find_target, require_files

    kata = find_kata()
    folder = find_target(kata, target)
    if all_stages and stages:
        raise UsageError("name stages, or give --all, but not both")
    named = {find_stage(name) for name in stages}
    chosen = [stage for stage in STAGES if all_stages or stage in named]
    chosen = chosen or [_wanted(kata, None)]
    needed = {number for stage in chosen if stage.own_stages for number in stage.uses}
    require_files(folder, [s for s in STAGES if s in chosen or s.number in needed], target)
    with Writer(kata, format_name, output, brief=len(chosen) > 1) as writer:
        report = grade(kata, chosen, folder, target, seed, writer.announce)
        writer.finish(report)
    sys.exit(0 if report.passed else 1)


@main.command(epilog=_example("grader lesson rms_norm"))
@click.argument("stage", required=False)
def lesson(stage: str | None) -> None:
    """Read the lesson of a stage (default: the next one)."""
    from rich.markdown import Markdown

    from grader.learn.lesson import lesson_text

    kata = find_kata()
    text = lesson_text(kata, _wanted(kata, stage))
    console = Console()
    if console.is_terminal:
        console.print(Markdown(text), width=min(console.width, READABLE))
    else:
        click.echo(text)


@main.command(epilog=_example("grader hint 9"))
@click.argument("stage", required=False)
def hint(stage: str | None) -> None:
    """Show one more hint each time.

    Three a stage: where to look, what to do, almost the line.
    """
    from grader.learn.lesson import next_hint

    kata = find_kata()
    wanted = _wanted(kata, stage)
    title, text = next_hint(kata, wanted)
    click.echo(f"{wanted.name}, {title[0].lower()}{title[1:]}\n\n{text}")


@main.command(epilog=_example("grader reset 9"))
@click.argument("stage")
def reset(stage: str) -> None:
    """Put the stub of a stage back.

    Your text is kept in a file beside it, and the hints begin again.
    """
    from grader.learn.reset import reset_stage

    kata = find_kata()
    wanted = find_stage(stage)
    if not wanted.has_code:
        raise UsageError(f"{wanted.name} has no stub: it runs the other stages together")
    kept = reset_stage(kata, wanted)
    click.echo(f"{kata.shown(kata.exercise(wanted))} is the stub again")
    if kept:
        click.echo(f"your text is in {kata.shown(kept)}")


@main.command(epilog=_example("grader answer\n  grader answer --checkpoint ~/Meta-Llama-3-8B"))
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    help="A folder in Meta's format.  [default: the tiny trained model]",
)
@click.option("--device", default="cpu", show_default=True, help="Where torch computes.")
@click.option(
    "--target",
    type=click.Choice(["exercises", "solutions"]),
    default="exercises",
    show_default=True,
    help="Whose code runs.",
)
@click.option("--strict", is_flag=True, help="Use your own stages alone.")
def answer(checkpoint: Path | None, device: str, target: str, strict: bool) -> None:
    """Run the whole model and say the next token.

    Stages that you have not passed come from the reference, and the last line says so.
    """
    from grader.answer.run import run_answer

    sys.exit(run_answer(find_kata(), _console(), checkpoint, device, target, strict))
