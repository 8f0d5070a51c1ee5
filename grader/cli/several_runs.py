"""Commands on the results of several runs: `grader class combine` and `grader class trends`."""

from pathlib import Path
from typing import Literal

import click

from grader.cli.base import example, plain_console

_RESULTS = click.Path(path_type=Path, exists=True, file_okay=False)
_results = click.argument("results", nargs=-1, required=True, type=_RESULTS)


@click.command(
    epilog=example(
        "grader class combine week1 week2 week3 --out course\n"
        "  grader class combine first-try second-try --out course --by best"
    )
)
@_results
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The folder to write to."
)
@click.option(
    "--by",
    type=click.Choice(["sum", "best"]),
    default="sum",
    help="Whether all runs count, or each person's best.",
)
@click.option(
    "--assignment", default="Llama 3 kata", help="The assignment's name in Canvas or Moodle."
)
def combine(
    results: tuple[Path, ...], out: Path, by: Literal["sum", "best"], assignment: str
) -> None:
    """Join the results of several runs into one gradebook, and into files for Canvas and Moodle.

    Two people count as one if they share an id in their rosters, or else the name.
    """
    from grader.classroom.over_time.combine import run_combine

    run_combine(plain_console(), results, out, by, assignment)


@click.command(
    epilog=example(
        "grader class trends week1 week2 week3\n"
        "  grader class trends week1 week2 week3 --out trends.html"
    )
)
@_results
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Also write a web page."
)
def trends(results: tuple[Path, ...], out: Path | None) -> None:
    """Show how many made each known mistake in each run, and tests that all or none passed."""
    from grader.classroom.over_time.show_trends import run_trends

    run_trends(plain_console(), results, out)
