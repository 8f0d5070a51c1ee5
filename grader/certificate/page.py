"""The page as HTML, and its claims read back from it.

The page is one file without scripts. Its claims are also in it as JSON, in a `<meta>` element.
Rendering the same claims gives the same page, byte for byte, so that a changed page is noticed.
"""

import html
import re
from pathlib import Path

import msgspec
from markupsafe import Markup, escape

from grader.certificate.claims import Claims
from grader.certificate.fingerprint import versions_in_words
from grader.certificate.ornament import SIZE, whirl
from grader.errors import UsageError
from grader.language import ENGLISH, language, languages, mark, tr, tr_n
from grader.report.html_page import HtmlPages
from grader.report.verdict_text import STATUSES
from grader.stages import STAGES, part_of
from grader.write_files import reason_of

LARGEST = 300_000  # bytes of a page
_META = "llama3-kata-page"
_DATA = re.compile(rf'<meta name="{_META}" content="([^"<>]*)">')
_LANGUAGE = re.compile(r'<html lang="([a-z]+)">')
_PAGES = HtmlPages(Path(__file__).parent / "templates", "certificate.css")
_STATUS_WORDS = {
    **STATUSES,
    "failed": mark("not right yet"),
    "error": mark("can't be imported"),
}


def _message(message: str, **values: object) -> Markup:
    """Return a message, which may have tags, in the reader's language; its values have none."""
    return Markup(tr(message, **{name: _inert(value) for name, value in values.items()}))


def _message_n(one: str, many: str, count: int, **values: object) -> Markup:
    inert = {name: _inert(value) for name, value in values.items()}
    return Markup(tr_n(one, many, count, **inert))


def _inert(value: object) -> object:
    return str(escape(value)) if isinstance(value, str) else value


_PAGES.environment.globals.update(tr=_message, tr_n=_message_n)
_PAGES.environment.filters["translated"] = tr


def page_of(claims: Claims) -> str:
    """Return the page that makes some claims, in the reader's language."""
    return _PAGES.page(
        "certificate.html",
        claims=claims,
        language=language(),
        versions=versions_in_words(claims.versions),
        data=msgspec.json.encode(claims).decode(),
        meta=_META,
        whirl=whirl(),
        size=SIZE,
        part_of=part_of,
        status_words=_STATUS_WORDS,
    )


def read_page(path: Path) -> tuple[Claims, str]:
    """Return the claims of a page, and its text; nothing in it is believed or run.

    Raises:
        UsageError: if it can't be read, or isn't such a page.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(tr("{path}: {reason}", path=path, reason=reason_of(error))) from None
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    claims = claims_in(text) if len(data) <= LARGEST else None
    if claims is None:
        words = tr("{path} is not a page that `grader certificate` has written", path=path)
        raise UsageError(words)
    return claims, text


def language_of(text: str) -> str:
    """Return the language that a page's text says it is in, if there is such a one, or English."""
    found = _LANGUAGE.search(text)
    return found[1] if found and found[1] in languages() else ENGLISH


def claims_in(text: str) -> Claims | None:
    """Return the claims in a page's text, or None if there are none that make sense."""
    found = _DATA.search(text)
    try:
        claims = msgspec.json.decode(html.unescape(found[1]) if found else "", type=Claims)
    except (ValueError, RecursionError):
        return None
    numbers = [one.number for one in claims.stages]
    known = {stage.number for stage in STAGES}
    return claims if len(set(numbers)) == len(numbers) and known.issuperset(numbers) else None
