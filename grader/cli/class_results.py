"""Commands on a folder of results: `grader class likeness`."""

from pathlib import Path

import click

from grader.cli.base import example, plain_console
from grader.editions import find_kata

_RESULTS = click.Path(path_type=Path, exists=True, file_okay=False)
_OUT = click.Path(path_type=Path, dir_okay=False)


@click.command(epilog=example("grader class likeness results"))
@click.argument("results", type=_RESULTS)
@click.option(
    "--out", type=_OUT, help="The page to write.  [default: likeness.html in the results]"
)
def likeness(results: Path, out: Path | None) -> None:
    """Rank pairs of submissions by what they have in common beyond what the class shares.

    It is a hint and never a verdict: short functions are often alike by chance. The page shows both
    sides of each pair.
    """
    from grader.classroom.likeness.run_likeness import run_likeness

    run_likeness(find_kata(), plain_console(), results, out)
