"""The command that writes up a failure for the kata's maintainers."""

from pathlib import Path

import click

from grader.cli.base import example, say_what_came_back, stage_here
from grader.editions import find_kata
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import ENGLISH, reading
from grader.stage import Stage
from grader.targets import require_files
from grader.verdict import StageVerdict
from grader.write_files import reason_of


@click.command(epilog=example("grader report 15\n  grader report 15 --output issue.md"))
@click.argument("stage")
@click.option("--seed", type=int, help="Repeat the random inputs of an earlier run.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the text to this file.")
def report(stage: str, seed: int | None, output: Path | None) -> None:
    """Write up an unexplained failure, as text to paste into an issue.

    The text contains the code that fails, versions, the seed and the verdict. Paths, your name and
    your machine's name are removed, and nothing is sent anywhere.
    """
    kata = find_kata()
    wanted = stage_here(kata, stage)
    seed_used, verdict = _graded(kata, wanted, seed)
    if verdict.status not in ("failed", "error"):
        click.echo(f"{wanted.name}: {_why_not(verdict)}")
        return
    from grader.report.issue_text import issue_text

    text = issue_text(kata, verdict, seed_used)
    if output is None:
        click.echo(text)
    else:
        _write(output, text)
    for line in _remarks(verdict, output):
        click.echo(line, err=True)


def _graded(kata: Kata, stage: Stage, seed: int | None) -> tuple[int, StageVerdict]:
    """Grade the learner's code of a stage; return the seed and the verdict."""
    from grader.check import check

    say_what_came_back(kata)
    needed = stage.uses if stage.own_stages else ()
    files = [one for one in kata.stages if one is stage or one.number in needed]
    require_files(kata.exercises, files, "exercises")
    with reading(ENGLISH):  # issues are in English
        graded = check(kata, [stage], kata.exercises, "exercises", seed)
    return graded.seed, graded.stages[0]


def _why_not(verdict: StageVerdict) -> str:
    if verdict.status == "passed":
        return "it passes, so there is nothing to report"
    if verdict.status == "not_started":
        return "you haven't started it, so there is nothing to report"
    return "nothing has failed so far, so there is nothing to report"


def _remarks(verdict: StageVerdict, output: Path | None) -> list[str]:
    """Return what the learner should know about the text; this is not part of it."""
    remarks = []
    if not verdict.unexplained:
        remarks.append(f"`grader check {verdict.number}` explains everything that fails.")
    where = f"The text is in {output}. " if output else ""
    remarks.append(f"{where}Nothing was sent. Read it before you paste it into an issue.")
    return remarks


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--output {output}: {reason_of(error)}") from None
