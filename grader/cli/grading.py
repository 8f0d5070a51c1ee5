"""The commands that run code and judge it: status, check, answer, author."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.base import example, plain_console, say_what_came_back, stage_here, wanted_stage
from grader.editions import find_kata
from grader.errors import UsageError
from grader.learn.progress import Progress
from grader.report.stage_map import print_status
from grader.stage_names import find_stage
from grader.stages import STAGES
from grader.targets import find_target, require_files, require_reference


@click.command(epilog=example("grader status"))
def status() -> None:
    """Show the map of stages, and the one thing to do now."""
    kata = find_kata()
    print_status(plain_console(), Progress(kata))
    say_what_came_back(kata)


@click.command(epilog=example("grader check 9 10\n  grader check --all --format json"))
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option("--all", "all_stages", is_flag=True, help="Grade s01 to s20.")
@click.option(
    "--target",
    default="exercises",
    help="Whose code: exercises, solutions, or a folder laid out like exercises/.",
)
@click.option("--seed", type=int, help="Repeat the random inputs of an earlier run.")
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json", "junit"]), default="text"
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
    from grader.check import check as grade
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
    with Writer(kata, format_name, output, brief=len(chosen) > 1) as writer:
        report = grade(kata, chosen, folder, target, seed, writer.announce)
        writer.finish(report)
    sys.exit(0 if report.passed else 1)


@click.command(epilog=example("grader answer\n  grader answer --checkpoint ~/Meta-Llama-3-8B"))
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path),
    help="A folder in Meta's layout or Hugging Face's.  [default: the tiny trained model]",
)
@click.option("--device", default="auto", help="Where torch computes: auto, cpu, cuda, mps.")
@click.option(
    "--target",
    type=click.Choice(["exercises", "solutions"]),
    default="exercises",
    help="Whose code runs.",
)
@click.option("--strict", is_flag=True, help="Use your own stages alone.")
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


@click.command(epilog=example("grader author\n  grader author 9 --seeds 5"))
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option("--seeds", type=int, default=1, help="Runs of every proof.")
def author(stages: Sequence[str], seeds: int) -> None:
    """Check everything that a stage needs: its files, hints, stub, suite, mistakes, picture.

    For those who add or change a stage.
    """
    kata = find_kata()
    require_reference(kata, "`grader author`")
    from grader.author.run_checks import run_author

    chosen = [find_stage(name) for name in stages] or list(STAGES)
    sys.exit(run_author(kata, plain_console(), chosen, seeds))
