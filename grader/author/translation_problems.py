"""Find what is missing or stale in the translations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from grader.author.find_messages import catalogue_of_stage, catalogues_of_program
from grader.author.translated_numbers import number_differences
from grader.author.translated_pages import page_problems
from grader.author.translations import mo_bytes, po_text, read_catalogue
from grader.kata import Kata
from grader.language import ENGLISH, LOCALES, languages
from grader.stage import Stage

UPDATE = "`python -m grader.author.translations`"
_NAMED = re.compile(r"\{\w*(?:![rs])?(?::[^{}]*)?\}|`[^`\n]+`")  # placeholders and code


def problems_of_stage(kata: Kata, stage: Stage) -> list[str]:
    """Return what is missing in the translations of a stage's lesson and messages."""
    found = {stage.name: catalogue_of_stage(kata, stage)}
    return list(_problems(kata, [kata.lesson(stage)], found))


def problems_of_program(kata: Kata) -> list[str]:
    """Return what is missing in the translations of what belongs to no single stage."""
    pages = [kata.root / "README.md", kata.closing_lesson, kata.page("real-model")]
    return list(_problems(kata, pages, catalogues_of_program(kata)))


def _problems(kata: Kata, pages: list[Path], found: Mapping[str, Catalog]) -> Iterator[str]:
    for language in languages():
        if language == ENGLISH:
            continue
        for page in pages:
            other = page_in(language, page)
            yield from page_problems(page, other, kata.shown(other))
        for name, messages in found.items():
            file = LOCALES / language / "LC_MESSAGES" / f"{name}.po"
            yield from catalogue_problems(kata, file, language, messages)


def page_in(language: str, page: Path) -> Path:
    """Return where the translation of an English page belongs."""
    if page.name == "README.md":
        return page.with_name(f"README.{language}.md")
    return page.parent / language / page.name


def catalogue_problems(kata: Kata, file: Path, language: str, messages: Catalog) -> Iterator[str]:
    """Yield what is wrong with a catalogue, which should translate these messages."""
    shown = kata.shown(file)
    catalogue = read_catalogue(file, language)
    before = po_text(catalogue)
    catalogue.update(messages)
    if po_text(catalogue) != before:
        yield f"{shown} doesn't have the messages of today: {UPDATE} adds them"
    for message in catalogue:
        if message.id:
            yield from (f"{shown}: {problem}" for problem in _of_message(message))
    compiled = file.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != mo_bytes(catalogue):
        yield f"{kata.shown(compiled)} is not made from {file.name}: {UPDATE} makes it"


def _of_message(message: Message) -> Iterator[str]:
    english, text = _last(message.id), _last(message.string)
    if not text:
        yield f"not translated: {english}"
    elif message.fuzzy:
        yield f"stale, the English is now: {english} It was translated as: {text}"
    else:
        theirs, ours = set(_NAMED.findall(english)), set(_NAMED.findall(text))
        for one in sorted(theirs - ours):
            yield f"{one} is missing in {text!r}"
        for one in sorted(ours - theirs):
            yield f"{one} was added in {text!r}"
        for problem in number_differences(_NAMED.sub("", english), _NAMED.sub("", text)):
            yield f"{problem} in {text!r}"


def _last(forms: str | Sequence[str] | None) -> str:
    """Return a text, or the last of its forms, which is the one for many."""
    return forms if isinstance(forms, str) else forms[-1] if forms else ""
