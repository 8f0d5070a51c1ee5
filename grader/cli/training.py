"""The command that trains a model with the learner's own stages."""

import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from grader.cli.base import Integer, example, load_numpy, plain_console, whose_code
from grader.editions import find_kata
from grader.errors import UsageError
from grader.language import tr
from grader.targets import require_reference, require_runnable
from grader.train.options import Options, default_out
from grader.train.recipe import SEED, STEPS

NEW_ANSWER = 43
_PATH = click.Path(path_type=Path)


@click.command(
    epilog=example(
        "grader train\n"
        "  grader train --seed 7 --out seed7\n"
        "  grader train --text names.txt --steps 2000\n"
        "  grader train --lora --answer 43 --checkpoint trained"
    )
)
@click.option("--text", type=_PATH, help="A text of your own, in UTF-8.  [default: the kata's]")
@click.option("--steps", type=Integer(min=1), default=STEPS, help="How many steps to take.")
@click.option(
    "--seed",
    type=Integer(0, 999_999),
    default=SEED,
    help="Decides the initial weights and the order of the text.",
)
@click.option(
    "--out",
    type=_PATH,
    help="The folder to write to.  [default: trained; with --text names.txt, trained-names; with "
    "--lora, taught]",
)
@click.option("--restart", is_flag=True, help="Start over instead of continuing.")
@click.option(
    "--lora", is_flag=True, help="Teach a trained model another answer with LoRA (stage 32)."
)
@click.option(
    "--answer", type=Integer(10, 99), help="The answer that --lora teaches.  [default: 43]"
)
@click.option(
    "--checkpoint",
    type=_PATH,
    help="The model that --lora teaches.  [default: the tiny trained model]",
)
@whose_code
@click.pass_context
def train(
    ctx: click.Context,
    /,
    lora: bool,
    answer: int | None,
    checkpoint: Path | None,
    out: Path | None,
    **options: Any,
) -> None:
    """Train the tiny model from noise until it says 42.

    Stages that you haven't passed come from the reference; the last lines say how many are yours.
    Ctrl-C stops the training, and the same command continues it. The model is written in Meta's
    format, so that `grader answer` and `grader generate` can use it with --checkpoint.

    With --text, the model learns from your own file. If it has no blank lines, each line is a row
    of its own, such as a name; otherwise, the file is one long text. Rows have up to 64 tokens, and
    longer ones are cut. A tenth of the rows is held out, to show how well the model does on text
    that it hasn't seen.

    With --lora, a trained model learns another answer to the kata's question, and only about one
    number in a hundred is trained. This always takes 100 steps, and --text, --steps and --restart
    are not for it.
    """
    _require_matching(ctx, lora)
    kata = find_kata()
    require_runnable(kata, options["target"], options["strict"])
    usual = Path("taught") if lora else default_out(options["text"])
    chosen = Options(out=out or usual, **options)
    load_numpy()
    if lora:
        require_reference(kata, "`grader train --lora`")
        from grader.train.teach import run_teach

        sys.exit(run_teach(kata, plain_console(), checkpoint, answer or NEW_ANSWER, chosen))
    from grader.train.train import run_train

    sys.exit(run_train(kata, plain_console(), chosen))


def _require_matching(ctx: click.Context, lora: bool) -> None:
    """Raise a UsageError for an option that the other kind of training has."""
    others = ("text", "steps", "restart") if lora else ("answer", "checkpoint")
    for name in others:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            words = tr("--{option} is only for --lora: leave it out", option=name)
            if lora:
                words = tr("--{option} is not for --lora: leave it out", option=name)
            raise UsageError(words)
