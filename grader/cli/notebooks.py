"""The command that writes notebooks."""

from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.base import example
from grader.editions import find_kata
from grader.learn.wanted_stage import stage_here
from grader.notebook.write_notebooks import PACKAGE, in_words, write_notebooks


@click.command(epilog=example("grader notebook\n  grader notebook 8 9 --out my-notebooks"))
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="notebooks",
    help="The folder to write the notebooks to.",
)
@click.option(
    "--install",
    "address",
    default=PACKAGE,
    envvar="LLAMA3_KATA_INSTALL",
    help="What `pip install` gets on Colab: a package, or a wheel's address.",
)
def notebook(stages: Sequence[str], out: Path, address: str) -> None:
    """Write notebooks made from the lessons, with cells to write your code in.

    There is one notebook for each part of the kata, or only for the parts with the STAGEs that you
    name. Run a stage's cell in JupyterLab, VS Code or Colab, and the verdict appears below it. A
    notebook that is there already is left as it is.
    """
    kata = find_kata()
    named = {stage_here(kata, name) for name in stages}
    chosen = [stage for stage in kata.stages if not named or stage in named]
    for line in in_words(kata, write_notebooks(kata, chosen, out.resolve(), address)):
        click.echo(line)
