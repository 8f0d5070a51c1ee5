"""The commands to start with: a folder of one's own, and what works on this machine."""

from pathlib import Path

import click

from grader.cli.base import example, plain_console
from grader.language import tr
from grader.learn.progress import Progress
from grader.own_folder import make_own_folder
from grader.report.stage_map import remark_on_outdated
from grader.shell_command import shell_command
from grader.stage_names import shown_range


@click.command(epilog=example("grader init my-kata\n  cd my-kata\n  grader watch"))
@click.argument("folder", type=click.Path(path_type=Path), default=".")
def init(folder: Path) -> None:
    """Make a FOLDER to work in, or add what is new to an existing one (default: this folder).

    It holds your own files only; lessons and suites stay in the installed program. Nothing that you
    have worked on is changed.
    """
    made = make_own_folder(folder.resolve())
    there = "" if folder.resolve() == Path.cwd() else f"{shell_command('cd', str(folder))} && "
    if made.is_new:
        core, bonus = (sum(one.bonus == more for one in made.added) for more in (False, True))
        words = tr(
            "{folder} is ready: {core} stages to write in its exercises/, one that runs them "
            "together, and {bonus} more beyond 42",
            folder=folder,
            core=core,
            bonus=bonus,
        )
        click.echo(words)
    elif made.added:
        stages = shown_range(tuple(made.added))
        click.echo(tr("new stages in exercises/: {stages}", stages=stages))
    if made.renewed:
        stages = shown_range(tuple(made.renewed))
        words = tr("stubs that you haven't touched and that are newer now: {stages}", stages=stages)
        click.echo(words)
    if not (made.is_new or made.added or made.renewed):
        click.echo(tr("nothing is new: this folder is up to date"))
    if remark := remark_on_outdated(Progress(made.kata)):
        click.echo(remark)
    command = f"{there}grader watch"
    click.echo(tr("next: {command}", command=command))


@click.command(epilog=example("grader doctor"))
def doctor() -> None:
    """Say what works on this machine, what doesn't, and what to do.

    Its output is the first thing that a bug report needs. It contains no names or paths of yours.
    """
    from grader.doctor import run_doctor

    run_doctor(plain_console())
