"""The learner's commands: the map, lessons and hints, verdicts, comparing, pictures, the answer."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from grader.cli.base import example, plain_console, say_what_came_back, stage_here, wanted_stage
from grader.editions import find_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.hints import next_hint
from grader.learn.kept_texts import reset_stage
from grader.learn.lesson import lesson_text
from grader.learn.progress import Progress
from grader.plot.named_pictures import NAMED, find_named
from grader.report.stage_map import print_status
from grader.stage import Stage
from grader.stage_names import find_stage
from grader.targets import find_target, require_files, require_reference

READABLE = 100  # columns of a lesson, on wider terminals
_PATH = click.Path(path_type=Path)


@click.command(epilog=example("grader status"))
def status() -> None:
    """Show the map of stages, and the one thing to do now."""
    kata = find_kata()
    print_status(plain_console(), Progress(kata))
    say_what_came_back(kata)


@click.command(epilog=example("grader lesson rms_norm"))
@click.argument("stage", required=False)
def lesson(stage: str | None) -> None:
    """Read the lesson of a stage (default: the next one)."""
    kata = find_kata()
    _print_markdown(lesson_text(kata, wanted_stage(kata, stage)), paged=True)


@click.command(epilog=example("grader hint 9"))
@click.argument("stage", required=False)
def hint(stage: str | None) -> None:
    """Show one more hint each time.

    Each stage has three: where to look, what to do, almost the line.
    """
    kata = find_kata()
    wanted = wanted_stage(kata, stage)
    shown = next_hint(kata, wanted)
    click.echo(f"{wanted.name}, {shown.title[0].lower()}{shown.title[1:]}\n")
    _print_markdown(shown.text)
    click.echo(f"\n{_after(shown.following, kata, wanted)}")


def _after(following: str | None, kata: Kata, stage: Stage) -> str:
    """Describe what comes after a hint."""
    if following:
        return f"`grader hint {stage.number}` shows the next one: {following}."
    if stage.has_code and kata.has_reference:
        advice = f"`grader compare {stage.number} --reveal` shows how the reference does it"
    else:
        advice = f"`grader lesson {stage.number}` says from the beginning how it works"
    return f"That is the last hint. {advice}."


def _print_markdown(text: str, paged: bool = False) -> None:
    """Print Markdown: formatted on a terminal, and unchanged elsewhere, for programs.

    With `paged`, a long text opens in a pager.
    """
    from rich.markdown import Markdown

    console = Console()
    if not console.is_terminal:
        click.echo(text)
        return
    with console.capture() as laid_out:
        console.print(Markdown(text), width=min(console.width, READABLE))
    if paged:
        click.echo_via_pager(laid_out.get())
    else:
        click.echo(laid_out.get(), nl=False)


@click.command(epilog=example("grader reset 9"))
@click.argument("stage")
def reset(stage: str) -> None:
    """Put the stub of a stage back.

    Your text is kept in a file beside it, and the hints begin again.
    """
    kata = find_kata()
    wanted = stage_here(kata, stage)
    if not wanted.has_code:
        raise UsageError(f"{wanted.name} has no stub: it runs the other stages together")
    kept = reset_stage(kata, wanted)
    click.echo(f"{kata.shown(kata.exercise(wanted))} is the stub again")
    if kept:
        click.echo(f"your text is in {kata.shown(kept)}")


@click.command(epilog=example("grader check 9 10\n  grader check --all --format json"))
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option("--all", "all_stages", is_flag=True, help="Grade s01 to s20.")
@click.option(
    "--target",
    default="exercises",
    help="Whose code: exercises, solutions, or a folder laid out like exercises/.",
)
@click.option("--trust", "trusted", is_flag=True, help="Run a folder's code without a sandbox.")
@click.option("--seed", type=int, help="Repeat the random inputs of an earlier run.")
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json", "junit"]), default="text"
)
@click.option("--output", type=_PATH, help="Write to a file instead.")
def check(
    stages: Sequence[str],
    all_stages: bool,
    target: str,
    trusted: bool,
    seed: int | None,
    format_name: str,
    output: Path | None,
) -> None:
    """Grade the named stages (9, s09 or rms_norm), or the next one.

    The code of a folder is sandboxed, because it may be somebody else's. Exits with 1 when a stage
    is not passed.
    """
    from grader.check import check as grade
    from grader.check import require_sandbox
    from grader.report.writer import Writer

    kata = find_kata()
    folder = find_target(kata, target)
    if folder == kata.exercises:
        say_what_came_back(kata)
    if all_stages and stages:
        raise UsageError("name stages, or give --all, but not both")
    named = {stage_here(kata, name) for name in stages}
    core = [stage for stage in kata.stages if not stage.bonus]
    chosen = core if all_stages else [stage for stage in kata.stages if stage in named]
    chosen = chosen or [wanted_stage(kata, None)]
    needed = {number for stage in chosen if stage.own_stages for number in stage.uses}
    require_files(folder, [s for s in kata.stages if s in chosen or s.number in needed], target)
    trusted = trusted or folder in (kata.exercises, kata.solutions)
    if not trusted:
        require_sandbox(target)
    with Writer(kata, format_name, output, brief=len(chosen) > 1) as writer:
        report = grade(kata, chosen, folder, target, seed, writer.announce, trusted)
        writer.finish(report)
    sys.exit(0 if report.passed else 1)


@click.command(epilog=example("grader watch\n  grader watch 9"))
@click.argument("stage", required=False)
@click.option("--seed", type=int, help="Begin with the random inputs of an earlier run.")
def watch(stage: str | None, seed: int | None) -> None:
    """Grade a stage at every save (default: the next one).

    Keys go to the next stage, show a hint, the lesson or the reference; nothing moves by itself.
    """
    from grader.watch.session import run_watch

    kata = find_kata()
    run_watch(kata, wanted_stage(kata, stage), seed)


@click.command(epilog=example("grader compare 9\n  grader compare rms_norm --reveal"))
@click.argument("stage")
@click.option("--reveal", is_flag=True, help="Show the reference before the stage has passed.")
@click.option("--seed", type=int, help="Repeat the random inputs of an earlier run.")
def compare(stage: str, reveal: bool, seed: int | None) -> None:
    """Put your stage beside the reference: values, time, source.

    The source of the reference is shown once the stage has passed.
    """
    kata = find_kata()
    require_reference(kata, "`grader compare`")
    from grader.compare.compare_stage import run_compare

    run_compare(kata, plain_console(), find_stage(stage), reveal, seed)


@click.command(
    help="Draw a picture of the model at work, from your own functions.\n\n"
    "Stages that you have not passed come from the reference, and a line says so.\n\n"
    + "\b\n"
    + "\n".join(f"{named.name:<10} {named.shows}" for named in NAMED)
    + f"\n{'STAGE':<10} the picture of its lesson (8, s08 or embedding)",
    epilog=example("grader plot attention --layer 1 --head 3\n  grader plot lens\n  grader plot 8"),
)
@click.argument("name")
@click.option("--layer", type=int, help="Which layer, counted from 0.")
@click.option(
    "--head", type=int, help="Which query head, counted from 0; without it attention draws all."
)
@click.option("--format", "format_name", type=click.Choice(["png", "svg"]), default="png")
@click.option("--out", type=_PATH, default="plots", help="The folder that the picture goes to.")
def plot(name: str, layer: int | None, head: int | None, format_name: str, out: Path) -> None:
    find_named(name)  # report a typo before loading torch
    kata = find_kata()
    require_reference(kata, "`grader plot`")
    from grader.plot.draw_picture import run_plot

    run_plot(kata, plain_console(), name, layer, head, format_name, out)


@click.command(epilog=example("grader answer\n  grader answer --checkpoint ~/Meta-Llama-3-8B"))
@click.option(
    "--checkpoint",
    type=_PATH,
    help="A folder in Meta's layout or Hugging Face's.  [default: the tiny trained model]",
)
@click.option("--device", default="auto", help="Where torch computes: auto, cpu, cuda, mps.")
@click.option(
    "--target",
    type=click.Choice(["exercises", "solutions"]),
    default="exercises",
    help="Whose code runs.",
)
@click.option("--strict", is_flag=True, help="Use only your own stages.")
@click.option(
    "--trace",
    "traced",
    is_flag=True,
    help="Say in which layer and stage your own code departs from the reference.",
)
def answer(checkpoint: Path | None, device: str, target: str, strict: bool, traced: bool) -> None:
    """Run the whole model and say the next token.

    Stages that you have not passed come from the reference, and the last line says so.
    """
    kata = find_kata()
    if target == "solutions":
        require_reference(kata, "--target solutions")
    if traced:
        require_reference(kata, "--trace")
    from grader.answer.answer import run_answer

    sys.exit(run_answer(kata, plain_console(), checkpoint, device, target, strict, traced))
