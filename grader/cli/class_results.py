"""Commands on a folder of results: `grader class likeness`, `anonymize` and `forget`."""

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


@click.command(
    epilog=example(
        "grader class anonymize results --out for-research --key key.csv\n"
        "  grader class anonymize results-week-2 --out for-research-2 --key key.csv"
    )
)
@click.argument("results", type=_RESULTS)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to create.")
@click.option(
    "--key",
    "key_file",
    type=_OUT,
    help="A CSV that says who is who; known people keep their pseudonyms.  [default: print it]",
)
def anonymize(results: Path, out: Path, key_file: Path | None) -> None:
    """Write results under pseudonyms, to look at together or for research.

    Names and ids are removed from every file, and from messages. The graded code is left out,
    because it may name people in ways that no program finds.
    """
    from grader.classroom.privacy.anonymize import run_anonymize

    run_anonymize(find_kata(), plain_console(), results, out, key_file)


@click.command(epilog=example('grader class forget results "Ada Lovelace"'))
@click.argument("results", type=_RESULTS)
@click.argument("name")
def forget(results: Path, name: str) -> None:
    """Remove a person, by name or id, from a folder of results.

    It says what it removed. It doesn't change the download or the roster: you do that.
    """
    from grader.classroom.privacy.forget import run_forget

    run_forget(find_kata(), plain_console(), results, name)
