"""`grader class roster`, and the options that have to do with rosters."""

from pathlib import Path

import click

from grader.cli.base import example, plain_console

_DOWNLOAD = click.Path(path_type=Path, exists=True)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

map_option = click.option(
    "--map",
    "map_file",
    type=_FILE,
    help="A CSV with columns submission and person, for those that a machine can't match.",
)
absent_option = click.option(
    "--absent",
    type=click.Choice(["empty", "zero"]),
    default="empty",
    help="The points of those who handed in nothing.",
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
@map_option
def roster(download: Path, roster_file: Path, map_file: Path | None) -> None:
    """Show whose each submission is, without grading anything.

    What a machine can't decide is listed with the nearest names, as lines for `--map`.
    """
    from grader.classroom.roster.dry_run import run_roster

    run_roster(plain_console(), download, roster_file, map_file)
