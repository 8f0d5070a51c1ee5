"""The command that keeps a language."""

import click

from grader.cli.base import example
from grader.editions import find_kata
from grader.kept_language import keep_language
from grader.language import in_a_row, language, languages, tr


@click.command("language", epilog=example("grader language zh"))
@click.argument("wanted", required=False, metavar="[LANGUAGE]", type=click.Choice(languages()))
def language_(wanted: str | None) -> None:
    """Choose the language that the grader speaks in this folder.

    Without one, say which are there. Without a choice, the environment (LANGUAGE, LC_ALL, LANG)
    decides; `grader --lang en` is for a single command.
    """
    if wanted:
        keep_language(find_kata(), wanted)
    known = in_a_row(languages())
    click.echo(tr("The language is {chosen}, of {known}.", chosen=language(), known=known))
