"""The teacher's commands that make a bundle for a platform."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.base import example
from grader.editions import find_kata
from grader.stage_names import parse_stages

if TYPE_CHECKING:
    from grader.classroom.platforms.bundle import BundleSettings

_OUT = click.Path(path_type=Path)


def _with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that every platform has."""
    options: list[Callable[[Any], Any]] = [
        click.option("--stages", default="1-20", show_default=True, help="Such as 1-7 or 8,9,12."),
        click.option("--seed", type=int, help="Everybody's random inputs.  [default: a new one]"),
        click.option(
            "--trust-submissions",
            is_flag=True,
            help="Grade there also if code of strangers cannot be locked down; reports say so.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command(epilog=example("grader class gradescope --out autograder.zip --stages 1-19"))
@click.option("--out", type=_OUT, required=True, help="The zip.")
@_with_settings
def gradescope(out: Path, stages: str, seed: int | None, trust_submissions: bool) -> None:
    """Make the zip to upload to Gradescope.

    It holds the reference and the hidden tests: keep it from students.
    """
    from grader.classroom.platforms.bundle import write_gradescope_zip

    settings = _settings(stages, seed, trust_submissions)
    size = write_gradescope_zip(find_kata(), settings, out)
    click.echo(f"{_what(out, size, settings)}, {settings.points} points")


@click.command(epilog=example("grader class classroom50 --out autograder --stages 1-19"))
@click.option("--out", type=_OUT, required=True, help="A new folder.")
@_with_settings
def classroom50(out: Path, stages: str, seed: int | None, trust_submissions: bool) -> None:
    """Make the folder that Classroom 50's runner fetches.

    Classroom 50 publishes it, so hidden tests are left out of it, and students can read the
    reference in it: let `grader class grade` decide what counts.
    """
    from grader.classroom.platforms.bundle import write_classroom50_folder

    settings = _settings(stages, seed, trust_submissions)
    size = write_classroom50_folder(find_kata(), settings, out)
    click.echo(f"{_what(out, size, settings)}, without hidden tests")


def _settings(stages: str, seed: int | None, trusted: bool) -> "BundleSettings":
    from grader.classroom.platforms.bundle import BundleSettings
    from grader.seeds import fresh_seed

    numbers = tuple(stage.number for stage in parse_stages(stages))
    return BundleSettings(numbers, fresh_seed(seed), trusted)


def _what(out: Path, size: int, settings: "BundleSettings") -> str:
    made = f"{out} ({size / 1_000_000:.1f} MB)"
    return f"{made}: seed {settings.seed}, {len(settings.stages)} stages"
