"""The teacher's commands: `grader class ...`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from grader.cli.base import Integer, example, plain_console
from grader.cli.class_results import anonymize, forget, likeness
from grader.cli.grade_options import grade_options
from grader.cli.rosters import FileOrNone, absent_option, map_option, roster
from grader.cli.several_runs import combine, trends
from grader.editions import find_kata
from grader.errors import UsageError
from grader.stage import Stage
from grader.stage_names import CORE, parse_stages, shown_range

_OUT = click.Path(path_type=Path)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


def _stages(default: str | None = CORE, words: str = CORE) -> Callable[[Any], Any]:
    """Return the `--stages` option; without a default, its value may be ()."""
    return click.option(
        "--stages",
        default=default,
        show_default=False,
        help=f"Which stages, such as 1-7 or 8,9,12-14.  [default: {words}]",
        callback=lambda _context, _option, text: parse_stages(text) if text is not None else (),
    )


_assignment = click.option(
    "--assignment",
    help="The assignment's name in Canvas or Moodle.  [default: the last run's, or Llama 3 kata]",
)


@click.group("class")
def class_() -> None:
    """For teachers: hand out the kata, grade whole classes, merge results.

    \b
    Examples:
      grader class grade submissions --out results
      grader class merge part-1 part-2 --out results
      grader class handout --stages 1-19 --out handout
    """


@class_.command(
    epilog=example(
        "grader class grade submissions --out results\n"
        "  grader class grade submissions --out results --roster roster.csv --seed 42"
    )
)
@click.argument("submissions", metavar="DOWNLOAD", type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=_OUT, required=True, help="The folder to write results to.")
@click.option(
    "--roster",
    type=FileOrNone(),
    help="A CSV of the people of the class, as a course system or a registrar wrote it.",
)
@map_option(FileOrNone())
@absent_option
@_stages(None, f"the last run's, or {CORE}")
@click.option(
    "--seed",
    type=int,
    help="The seed of everyone's random inputs.  [default: the last run's, or a new one]",
)
@click.option(
    "--jobs",
    "at_once",
    type=Integer(1, 64),
    default=2,
    help="How many submissions to grade at once.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Grade on a dask cluster, such as tcp://host:8786, one submission per node.",
)
@click.option(
    "--shard",
    default="1/1",
    show_default=False,
    help="Grade only part I of N of the class, such as 2/4.",
)
@_assignment
@grade_options
@click.option(
    "--trust-submissions",
    "trusted",
    is_flag=True,
    help="Grade even if untrusted code can't be sandboxed here; reports say so.",
)
def grade(shard: str, **options: Any) -> None:
    """Grade a class's submissions, as a course system gave them to you.

    DOWNLOAD is a folder or a zip: a download from Moodle, Canvas or Gradescope, clones from GitHub
    Classroom or Classroom 50, or a folder with a folder, zip, tar or notebook for each student.

    An interrupted run continues where it stopped; a submission that has changed is graded again.
    """
    from grader.classroom.grade_class import GradeOptions, run_grade
    from grader.classroom.run_settings import parse_shard
    from grader.serving.server_handle import ServerLost

    given = GradeOptions(shard=parse_shard(shard), **options)
    go_on = "what has been graded is kept, and the same command continues from there"
    try:
        code = run_grade(find_kata(), plain_console(), given)
    except KeyboardInterrupt:
        click.echo(f"interrupted; {go_on}", err=True)
        code = 130
    except ServerLost as error:  # its own message is already on standard error
        raise UsageError(f"{error}; {go_on}") from None
    sys.exit(code)


for _command in (roster, combine, trends):
    class_.add_command(_command)


@class_.command(
    epilog=example(
        "grader class grade submissions --out part-1 --shard 1/2 --seed 42   # on one machine\n"
        "  grader class grade submissions --out part-2 --shard 2/2 --seed 42   # on another\n"
        "  grader class merge part-1 part-2 --out results"
    )
)
@click.argument("results", nargs=-1, required=True, type=_FOLDER)
@click.option("--out", type=_OUT, required=True, help="The folder to write all results to.")
@_assignment
@grade_options
def merge(
    results: tuple[Path, ...], out: Path, assignment: str | None, rules: Mapping[str, str]
) -> None:
    """Merge the parts of a class, each graded with --shard into a folder of its own.

    The result is the same as if the whole class had been graded at once with the same seed.
    """
    from grader.classroom.merge_shards import run_merge

    run_merge(plain_console(), results, out, assignment, rules)


for _command in (likeness, anonymize, forget):
    class_.add_command(_command)

_platform_seed = click.option(
    "--seed", type=int, help="The seed of everyone's random inputs.  [default: a new one]"
)
_trusted_there = click.option(
    "--trust-submissions",
    "trusted",
    is_flag=True,
    help="Grade even if untrusted code can't be sandboxed there; reports say so.",
)


@class_.command(epilog=example("grader class gradescope --out autograder.zip --stages 1-19"))
@click.option("--out", type=_OUT, required=True, help="The zip file to write.")
@_stages()
@_platform_seed
@_trusted_there
def gradescope(out: Path, stages: Sequence[Stage], seed: int | None, trusted: bool) -> None:
    """Make the zip file to upload to Gradescope.

    It contains the reference and the hidden tests: don't share it with students.
    """
    from grader.classroom.platforms.bundle import new_settings, write_gradescope_zip

    settings = new_settings(stages, seed, trusted)
    size = write_gradescope_zip(find_kata(), settings, out)
    click.echo(f"{out} ({_megabytes(size)}): {settings}, {settings.points} points")


@class_.command(epilog=example("grader class classroom50 --out autograder --stages 1-19"))
@click.option("--out", type=_OUT, required=True, help="The folder to create.")
@_stages()
@_platform_seed
@_trusted_there
def classroom50(out: Path, stages: Sequence[Stage], seed: int | None, trusted: bool) -> None:
    """Make the folder that Classroom 50's runner fetches.

    Classroom 50 publishes it, so it has no hidden tests, and students can read the reference in it:
    let `grader class grade` decide what counts.
    """
    from grader.classroom.platforms.bundle import new_settings, write_classroom50_folder

    settings = new_settings(stages, seed, trusted)
    size = write_classroom50_folder(find_kata(), settings, out)
    click.echo(f"{out} ({_megabytes(size)}): {settings}, without hidden tests")


@class_.command(
    epilog=example(
        "grader class handout --stages 1-19 --out handout\n"
        "  grader class handout --stages 1-19 --reveal 1-7 --out handout-week-3"
    )
)
@_stages()
@click.option("--reveal", help="Stages whose solutions to include, such as 1-7.")
@click.option("--out", type=_OUT, required=True, help="The folder to create.")
def handout(stages: Sequence[Stage], reveal: str | None, out: Path) -> None:
    """Make a folder for students: no solutions, but it still names mistakes.

    Its checks compare with recordings. Your own grading uses the reference, other random inputs and
    hidden tests, and decides what counts.
    """
    from grader.classroom.handout_making.make_handout import make_handout

    revealed = parse_stages(reveal) if reveal else ()
    kata, console = find_kata(), plain_console()
    try:
        made = make_handout(kata, console, stages, [one for one in revealed if one.has_code], out)
    except KeyboardInterrupt:
        click.echo("interrupted; nothing is left behind", err=True)
        raise SystemExit(130) from None
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    console.print(f"{out}: stages {shown_range(made.stages)}, {_megabytes(size)}")
    if made.revealed:
        console.print(
            f"It includes the solutions of {shown_range(revealed)}, and later stages use them."
        )
    console.print("Its README.md tells students how to begin. Try it: cd there and run `grader`.")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
