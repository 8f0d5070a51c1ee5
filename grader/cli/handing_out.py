"""The teacher's command that makes what students are given."""

from pathlib import Path

import click

from grader.cli.base import example, plain_console
from grader.editions import find_kata
from grader.stage_names import parse_stages, shown_range


@click.command(
    epilog=example(
        "grader class handout --stages 1-19 --out handout\n"
        "  grader class handout --stages 1-19 --reveal 1-7 --out handout-week-3"
    )
)
@click.option("--stages", default="1-20", show_default=True, help="Such as 1-7 or 8,9,12-14.")
@click.option("--reveal", help="Stages whose solutions are included, such as 1-7.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="A folder that is not there yet."
)
def handout(stages: str, reveal: str | None, out: Path) -> None:
    """Make a folder for students: without solutions, and it still says which mistake it is.

    Its checks answer from recordings. Your own grading uses the reference, other random inputs and
    hidden tests, and decides.
    """
    chosen = parse_stages(stages)
    revealed = parse_stages(reveal) if reveal else ()
    kata, console = find_kata(), plain_console()
    from grader.classroom.handing_out.make_handout import make_handout

    try:
        made = make_handout(kata, console, chosen, [one for one in revealed if one.has_code], out)
    except KeyboardInterrupt:
        click.echo("ended; nothing is left behind", err=True)
        raise SystemExit(130) from None
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    console.print(f"{out}: stages {shown_range(made.stages)}, {size / 1e6:.1f} MB")
    if made.revealed:
        shown = shown_range(tuple(revealed))
        console.print(f"With the solutions of {shown}: later stages build on these.")
    console.print("Its README.md tells students how to begin. Try it: cd there, and `grader`.")
