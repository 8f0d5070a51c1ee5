"""The learner's commands: map, lessons, hints, grading, comparing, pictures, the answer."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from grader.cli.base import (
    Integer,
    example,
    load_numpy,
    plain_console,
    say_what_came_back,
    stage_here,
    stages_here,
    wanted_stage,
    whose_code,
)
from grader.cli.help_page import WithPictures
from grader.editions import find_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.learn.hints import Hint, next_hint, seen_hint, seen_hints
from grader.learn.kept_texts import reset_stage
from grader.learn.lesson import PAGES, lesson_text, page_text
from grader.learn.pager import has_pager
from grader.learn.progress import Progress
from grader.plot.named_pictures import LOSS, find_named
from grader.report.stage_map import print_status
from grader.stage import Stage
from grader.stage_names import find_stage
from grader.targets import find_target, require_files, require_reference, require_runnable

READABLE = 100  # columns; lessons are no wider than this on wide terminals
_PATH = click.Path(path_type=Path)


@click.command(epilog=example("grader status"))
def status() -> None:
    """Show the map of stages and what to do next."""
    kata = find_kata()
    print_status(plain_console(), Progress(kata))
    say_what_came_back(kata)


@click.command(epilog=example("grader lesson rms_norm\n  grader lesson after_42"))
@click.argument("stage", required=False)
def lesson(stage: str | None) -> None:
    """Read a stage's lesson (default: the next stage).

    Three other pages can be named, too: after_42 is the closing lesson, about what comes after the
    kata. real-model is about running real models, and teaching is about classes.
    """
    kata = find_kata()
    if stage and stage.lower() in PAGES:
        _print_markdown(page_text(kata, stage.lower()), paged=True)
    else:
        _print_markdown(lesson_text(kata, wanted_stage(kata, stage)), paged=True)


@click.command(epilog=example("grader hint 9\n  grader hint 9 --again\n  grader hint 9 2"))
@click.argument("stage", required=False)
@click.argument("number", required=False, type=Integer(min=1))
@click.option("--again", is_flag=True, help="Show all the hints you have seen, and no new one.")
def hint(stage: str | None, number: int | None, again: bool) -> None:
    """Show one more hint each time.

    Each stage has three: where to look, what to do, almost the line. With a NUMBER, show that hint
    once more.
    """
    if again and number is not None:
        raise UsageError(tr("give a hint's number or --again, not both"))
    kata = find_kata()
    wanted = wanted_stage(kata, stage)
    hints = _chosen_hints(kata, wanted, number, again)
    for one in hints:
        title = f"{one.title[0].lower()}{one.title[1:]}"
        click.echo(tr("{name}, {hint}", name=wanted.name, hint=title) + "\n")
        _print_markdown(one.text)
        click.echo()
    click.echo(_after(hints[-1].following, kata, wanted))


def _chosen_hints(kata: Kata, stage: Stage, number: int | None, again: bool) -> list[Hint]:
    """Return the hints to show; only a new one is counted as shown."""
    if number is not None:
        return [seen_hint(kata, stage, number)]
    if not again:
        return [next_hint(kata, stage)]
    if seen := seen_hints(kata, stage):
        return seen
    words = tr(
        "you haven't seen a hint for {name} yet: `grader hint {number}` shows the first",
        name=stage.name,
        number=stage.number,
    )
    raise UsageError(words)


def _after(following: str | None, kata: Kata, stage: Stage) -> str:
    """Say what comes after a hint."""
    if following:
        return tr(
            "`grader hint {number}` shows the next one: {following}.",
            number=stage.number,
            following=following,
        )
    if stage.has_code and kata.has_reference:
        return tr(
            "That's the last hint. `grader compare {number} --reveal` shows how the reference does "
            "it.",
            number=stage.number,
        )
    return tr(
        "That's the last hint. `grader lesson {number}` explains it from the beginning.",
        number=stage.number,
    )


def _print_markdown(text: str, paged: bool = False) -> None:
    """Print Markdown: formatted on a terminal (through a pager if `paged`), unchanged to a pipe."""
    from grader.report.markdown_in_terminal import laid_out

    console = Console()
    if not console.is_terminal:
        click.echo(text)
        return
    shown = laid_out(console, text, min(console.width, READABLE))
    if paged and has_pager():
        click.echo_via_pager(shown)
    else:
        click.echo(shown, nl=False)


@click.command(epilog=example("grader reset 9"))
@click.argument("stage")
def reset(stage: str) -> None:
    """Start a stage over: put its stub back.

    Your code is kept in a file next to the stub, and the hints start over, too.
    """
    kata = find_kata()
    wanted = stage_here(kata, stage)
    if not wanted.has_code:
        words = tr("{name} has no stub: it runs the other stages together", name=wanted.name)
        raise UsageError(words)
    kept = reset_stage(kata, wanted)
    click.echo(tr("{file} is the stub again", file=kata.shown(kata.exercise(wanted))))
    if kept:
        click.echo(tr("your code is in {file}", file=kata.shown(kept)))


@click.command(epilog=example("grader check 9 10\n  grader check --all --format json"))
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option("--all", "all_stages", is_flag=True, help="Grade s01 to s20.")
@click.option(
    "--target",
    default="exercises",
    help="Whose code to grade: exercises, solutions, or a folder laid out like exercises/.",
)
@click.option("--trust", "trusted", is_flag=True, help="Run the folder's code without a sandbox.")
@click.option("--seed", type=int, help="Repeat the random inputs of an earlier run.")
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json", "junit"]), default="text"
)
@click.option("--output", type=_PATH, help="Write the report to this file.")
def check(
    stages: Sequence[str],
    all_stages: bool,
    target: str,
    trusted: bool,
    seed: int | None,
    format_name: str,
    output: Path | None,
) -> None:
    """Grade stages (9, 9-11 or rms_norm), by default the next one.

    Code from a folder that you name is sandboxed, since it may be someone else's. The exit code is
    1 if a stage does not pass.
    """
    from grader.check import check as grade
    from grader.check import require_sandbox
    from grader.report.writer import Writer

    kata = find_kata()
    folder = find_target(kata, target)
    if folder == kata.exercises:
        say_what_came_back(kata)
    if all_stages and stages:
        raise UsageError(tr("name stages or use --all, not both"))
    named = {stage for text in stages for stage in stages_here(kata, text)}
    core = [stage for stage in kata.stages if not stage.bonus]
    chosen = core if all_stages else [stage for stage in kata.stages if stage in named]
    chosen = chosen or [wanted_stage(kata, None)]
    needed = {number for stage in chosen if stage.own_stages for number in stage.uses}
    require_files(folder, [s for s in kata.stages if s in chosen or s.number in needed], target)
    trusted = trusted or folder in (kata.exercises, kata.solutions)
    if not trusted:
        require_sandbox(target)
    with Writer(kata, format_name, output, brief=len(chosen) > 1) as writer:
        report = grade(
            kata, chosen, folder, target, seed, writer.announce, trusted, writer.under_way
        )
        writer.finish(report)
    sys.exit(0 if report.passed else 1)


@click.command(epilog=example("grader watch\n  grader watch 9"))
@click.argument("stage", required=False)
@click.option("--seed", type=int, help="Start with the random inputs of an earlier run.")
def watch(stage: str | None, seed: int | None) -> None:
    """Grade a stage every time you save (default: the next stage).

    Keys show hints, the lesson, a picture, and your code beside the reference. You stay on a stage
    until you press n.
    """
    from grader.watch.session import run_watch

    kata = find_kata()
    run_watch(kata, wanted_stage(kata, stage), seed)


@click.command(epilog=example("grader compare 9\n  grader compare rms_norm --reveal"))
@click.argument("stage")
@click.option("--reveal", is_flag=True, help="Show the reference before the stage has passed.")
@click.option("--seed", type=int, help="Repeat the random inputs of an earlier run.")
def compare(stage: str, reveal: bool, seed: int | None) -> None:
    """Compare your stage with the reference: values, time, source.

    The reference's source is shown once your stage has passed.
    """
    kata = find_kata()
    require_reference(kata, "`grader compare`")
    from grader.compare.compare_stage import run_compare

    run_compare(kata, plain_console(), find_stage(stage), reveal, seed)


@click.command(
    cls=WithPictures,
    epilog=example("grader plot attention --layer 1 --head 3\n  grader plot lens\n  grader plot 8"),
)
@click.argument("name")
@click.option("--layer", type=int, help="Which layer, counted from 0.")
@click.option(
    "--head", type=int, help="Which query head, counted from 0; attention draws all by default."
)
@click.option("--format", "format_name", type=click.Choice(["png", "svg"]), default="png")
@click.option("--out", type=_PATH, default="plots", help="The folder to write the picture to.")
def plot(name: str, layer: int | None, head: int | None, format_name: str, out: Path) -> None:
    """Draw a picture of the model at work, using your own functions.

    Stages that you haven't passed come from the reference; the output says which.
    """
    if name == LOSS:
        _plot_loss(layer, head, format_name, out)
        return
    find_named(name)  # report a typo before loading torch
    kata = find_kata()
    require_reference(kata, "`grader plot`")
    from grader.plot.draw_picture import run_plot

    run_plot(kata, plain_console(), name, layer, head, format_name, out)


def _plot_loss(layer: int | None, head: int | None, format_name: str, out: Path) -> None:
    if layer is not None or head is not None:
        raise UsageError(tr("loss shows no single layer or head: leave out --layer and --head"))
    from grader.plot.loss_curve import run_plot_loss

    run_plot_loss(find_kata(), plain_console(), format_name, out)


@click.command(epilog=example("grader answer\n  grader answer --checkpoint ~/Meta-Llama-3-8B"))
@click.option(
    "--checkpoint",
    type=_PATH,
    help="A folder in Meta's layout or Hugging Face's.  [default: the tiny trained model]",
)
@click.option("--device", default="auto", help="Where torch computes: auto, cpu, cuda or mps.")
@whose_code
@click.option(
    "--trace",
    "traced",
    is_flag=True,
    help="Find the layer and the stage where your code first departs from the reference.",
)
def answer(checkpoint: Path | None, device: str, target: str, strict: bool, traced: bool) -> None:
    """Run the whole model and print the next token.

    Stages that you haven't passed come from the reference; the last line says how many are yours.
    """
    kata = find_kata()
    require_runnable(kata, target, strict)
    if traced:
        require_reference(kata, "--trace")
    load_numpy()
    from grader.answer.answer import run_answer

    sys.exit(run_answer(kata, plain_console(), checkpoint, device, target, strict, traced))
