"""The teacher's commands: `grader class ...`."""

import sys
from pathlib import Path

import click

from grader.cli.base import example, plain_console
from grader.cli.handing_out import handout
from grader.cli.platforms import classroom50, gradescope
from grader.editions import find_kata
from grader.stage_names import parse_stages


@click.group("class")
def class_() -> None:
    """For teachers: hand out, grade whole classes, merge what several machines have graded.

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
@click.argument("submissions", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The folder of results."
)
@click.option(
    "--roster",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A CSV of the students, as Canvas or Moodle export it, or with columns name, id, email.",
)
@click.option("--stages", default="1-20", show_default=True, help="Such as 1-7 or 8,9,12-14.")
@click.option("--seed", type=int, help="Everybody's random inputs.  [default: as before, or new]")
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="How many at once."
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Grade on the nodes of a dask cluster, such as tcp://host:8786, one on each.",
)
@click.option("--shard", default="1/1", help="Grade part I/N of the class alone, such as 2/4.")
@click.option(
    "--assignment",
    default="Llama 3 kata",
    show_default=True,
    help="What Canvas and Moodle call it.",
)
@click.option(
    "--trust-submissions",
    is_flag=True,
    help="Grade also where code of strangers cannot be locked down; reports say so.",
)
def grade(
    submissions: Path,
    out: Path,
    roster: Path | None,
    stages: str,
    seed: int | None,
    jobs: int,
    scheduler: str | None,
    shard: str,
    assignment: str,
    trust_submissions: bool,
) -> None:
    """Grade every submission of a folder: each folder, zip or tar in it is one.

    A run that was ended goes on where it was; a submission that has changed is graded again.
    """
    from grader.classroom.class_run import parse_shard
    from grader.classroom.grade_class import GradeOptions, run_grade

    options = GradeOptions(
        submissions=submissions,
        out=out,
        roster=roster,
        stages=parse_stages(stages),
        seed=seed,
        at_once=jobs,
        scheduler=scheduler,
        trusted=trust_submissions,
        shard=parse_shard(shard),
        assignment=assignment,
    )
    try:
        code = run_grade(find_kata(), plain_console(), options)
    except KeyboardInterrupt:
        click.echo("ended; what is graded is kept, and the same command goes on", err=True)
        code = 130
    sys.exit(code)


@class_.command(
    epilog=example(
        "grader class grade submissions --out part-1 --shard 1/2 --seed 42   # on one machine\n"
        "  grader class grade submissions --out part-2 --shard 2/2 --seed 42   # on another\n"
        "  grader class merge part-1 part-2 --out results"
    )
)
@click.argument(
    "results",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The folder of all results."
)
@click.option(
    "--assignment",
    default="Llama 3 kata",
    show_default=True,
    help="What Canvas and Moodle call it.",
)
def merge(results: tuple[Path, ...], out: Path, assignment: str) -> None:
    """Make one class of its parts, each graded with --shard into a folder of results.

    Writes what grading the whole class at once with the same seed writes.
    """
    from grader.classroom.merge_parts import run_merge

    run_merge(plain_console(), results, out, assignment)


for command in (gradescope, classroom50):
    class_.add_command(command)


class_.add_command(handout)
