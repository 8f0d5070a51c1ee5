"""The command that writes a page to keep, and checks one."""

import sys
from pathlib import Path

import click

from grader.cli.base import example, plain_console, say_what_came_back
from grader.editions import find_kata
from grader.errors import UsageError
from grader.language import tr

_PATH = click.Path(path_type=Path)


@click.command(
    epilog=example(
        'grader certificate --name "Ada Lovelace"\n'
        "  grader certificate --model my-model --out ada.html\n"
        "  grader certificate --verify ada.html"
    )
)
@click.option("--name", help="The name on the page.  [default: a line to sign by hand]")
@click.option("--model", type=_PATH, help="The folder of a model that you have trained.")
@click.option("--out", type=_PATH, help="The page to write.  [default: certificate.html]")
@click.option("--verify", type=_PATH, metavar="PAGE", help="Check a page instead of writing one.")
def certificate(
    name: str | None, model: Path | None, out: Path | None, verify: Path | None
) -> None:
    """Write a page to keep: your stages, their dates, and what your model says.

    Every stage you have begun is graded again, with a new seed. The page proves nothing by itself,
    but anyone who has your files can check it: --verify grades the files here with the page's own
    seed, and the exit code is 1 if anything that the page says doesn't hold.
    """
    if verify and (name or out):
        raise UsageError(tr("--verify writes no page: leave out --name and --out"))
    if model and not model.is_dir():
        raise UsageError(tr("--model {model}: there is no such folder", model=model))
    kata = find_kata()
    from grader.certificate.run_certificate import verify_page, write_page

    say_what_came_back(kata)
    if verify:
        sys.exit(verify_page(kata, plain_console(), verify, model))
    write_page(kata, plain_console(), name or "", model, out or Path("certificate.html"))
