"""Keep the translations in step: `python -m grader.author.translations`.

Every catalogue in `grader/locale` gets the messages that are in the program now: new ones are
empty, and changed ones are marked as fuzzy. The command also writes the binary catalogues that the
program reads. After you have adapted a page, name it, and the command records which English it
follows: `python -m grader.author.translations lessons/zh/s09_rms_norm.md`.
"""

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from grader.author.find_messages import catalogue_of_stage, catalogues_of_program
from grader.author.translated_pages import record
from grader.editions import find_kata
from grader.kata import Kata
from grader.language import ENGLISH, LOCALES, languages
from grader.stages import STAGES
from grader.write_files import write_whole

WIDTH = 100
PROJECT = "Llama 3 kata"
LIBRARIES = "messages"  # what click says; it looks for it in a catalogue of this name
_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # in every file, because dates change for no reason


def main() -> None:
    """Bring all catalogues up to date, and record which English the pages named follow."""
    kata = find_kata()
    for page in map(Path, sys.argv[1:]):
        record(page.resolve())
        print(f"{page} follows the English as it is now")
    for language in languages():
        if language != ENGLISH:
            update(kata, language)


def update(kata: Kata, language: str) -> None:
    """Write the catalogues of a language again, with the messages that there are now."""
    folder = LOCALES / language / "LC_MESSAGES"
    folder.mkdir(exist_ok=True)
    stages = {stage.name: catalogue_of_stage(kata, stage) for stage in STAGES}
    for name, messages in (stages | catalogues_of_program(kata)).items():
        catalogue = read_catalogue(folder / f"{name}.po", language)
        before = po_text(catalogue)
        catalogue.update(messages)
        write_whole(folder / f"{name}.po", po_text(catalogue))
        write_whole(folder / f"{name}.mo", mo_bytes(catalogue))
        if before != po_text(catalogue):
            print(f"{language}/{name}.po has changed")
    libraries = read_catalogue(folder / f"{LIBRARIES}.po", language)
    write_whole(folder / f"{LIBRARIES}.mo", mo_bytes(libraries))


def read_catalogue(path: Path, language: str) -> Catalog:
    """Return a catalogue; a missing file is an empty one."""
    catalogue = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
    catalogue.project, catalogue.version, catalogue.fuzzy = PROJECT, "1", False
    catalogue.creation_date = catalogue.revision_date = _DATE
    return catalogue


def po_text(catalogue: Catalog) -> bytes:
    """Return the text of a catalogue, without lines, which change for no reason."""
    text = BytesIO()
    write_po(
        text,
        catalogue,
        width=WIDTH,
        omit_header=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return text.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return the binary form of a catalogue, which the program reads."""
    catalogue.creation_date = _DATE  # `Catalog.update` has set it to now
    binary = BytesIO()
    write_mo(binary, catalogue)
    return binary.getvalue()


if __name__ == "__main__":
    main()
