"""`grader class roster`, and the options that have to do with rosters."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from grader.cli.base import example, plain_console

NONE = "none"
_DOWNLOAD = click.Path(path_type=Path, exists=True)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class FileOrNone(click.Path):
    """A file, or `none` to do without the one that an earlier run used."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, exists=True, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; `none` need not exist."""
        return Path(NONE) if str(value) == NONE else super().convert(value, param, ctx)


def map_option(type_: click.Path) -> Callable[[Any], Any]:
    """Return the `--map` option."""
    return click.option(
        "--map",
        "map_file",
        type=type_,
        help="A CSV with columns submission and person, for submissions that stay open.",
    )


absent_option = click.option(
    "--absent",
    type=click.Choice(["empty", "zero"]),
    help="The points of those who handed in nothing.  [default: the last run's, or empty]",
)


@click.command(
    epilog=example(
        "grader class roster submissions.zip --roster roster.csv\n"
        "  grader class roster submissions.zip --roster roster.csv --map map.csv"
    )
)
@click.argument("download", type=_DOWNLOAD)
@click.option(
    "--roster", "roster_file", type=_FILE, required=True, help="A CSV of the people of the class."
)
@map_option(_FILE)
def roster(download: Path, roster_file: Path, map_file: Path | None) -> None:
    """Show whose each submission is, without grading anything.

    What a machine can't decide is listed with the nearest names, as lines for `--map`.
    """
    from grader.classroom.roster_dry_run import run_roster

    run_roster(plain_console(), download, roster_file, map_file)
