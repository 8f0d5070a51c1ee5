"""The command that trains a model with the learner's own stages."""

import sys
from pathlib import Path

import click

from grader.cli.base import example, plain_console
from grader.editions import find_kata
from grader.targets import require_runnable

_PATH = click.Path(path_type=Path)


@click.command(
    epilog=example(
        "grader train\n"
        "  grader train --seed 7 --out seed7\n"
        "  grader train --text names.txt --steps 2000"
    )
)
@click.option("--text", type=_PATH, help="A text of your own, in UTF-8.  [default: the kata's]")
@click.option("--steps", type=click.IntRange(min=1), default=800, help="How many steps to take.")
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=42, help="For the first weights and the order."
)
@click.option("--out", type=_PATH, default="trained", help="The folder to write the model to.")
@click.option("--restart", is_flag=True, help="Start over after an interruption.")
@click.option(
    "--target",
    type=click.Choice(["exercises", "solutions"]),
    default="exercises",
    help="Whose code to run.",
)
@click.option("--strict", is_flag=True, help="Use only your own stages.")
def train(
    text: Path | None,
    steps: int,
    seed: int,
    out: Path,
    restart: bool,
    target: str,
    strict: bool,
) -> None:
    """Train the tiny model from noise until it says 42.

    Stages that you haven't passed come from the reference; the last lines say how many are yours.
    Ctrl-C stops the training, and the same command continues it. The model is written in Meta's
    format, so that `grader answer`, `grader generate` and others can use it with --checkpoint.

    With --text, the model learns from your own file. If no line of it is blank, each line is a row
    of its own, such as a name; otherwise it is one long text. Rows have up to 64 tokens; longer
    ones are cut. A tenth of the rows is held out, to see what the model makes of text that it
    doesn't know.
    """
    kata = find_kata()
    require_runnable(kata, target, strict)
    from grader.train.options import Options
    from grader.train.train import run_train

    options = Options(out, seed, steps, text, restart, target, strict)
    sys.exit(run_train(kata, plain_console(), options))
