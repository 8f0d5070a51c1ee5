"""The command for people who add or change a stage."""

import sys
from collections.abc import Sequence

import click

from grader.cli.base import Integer, example, plain_console
from grader.editions import find_kata
from grader.errors import UsageError
from grader.stage_names import find_stage
from grader.targets import require_reference


@click.command(epilog=example("grader author\n  grader author 9 --seeds 5"))
@click.argument("stages", nargs=-1, metavar="[STAGE]...")
@click.option("--seeds", type=Integer(min=1), default=1, help="Seeds to test each suite with.")
def author(stages: Sequence[str], seeds: int) -> None:
    """Check everything a stage needs: files, hints, stub, suite, mistakes, picture.

    For people who add or change a stage. Without a STAGE, every stage is checked.
    """
    kata = find_kata()
    require_reference(kata, "`grader author`")
    if kata.own:
        raise UsageError("`grader author` works in a checkout of the kata, which has all its files")
    from grader.author.run_author import run_author

    chosen = [find_stage(name) for name in stages]
    sys.exit(run_author(kata, plain_console(), chosen, seeds))
