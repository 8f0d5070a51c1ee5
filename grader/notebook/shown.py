"""Show something below a cell, in the richest form that the front end can draw."""

from pathlib import Path

from IPython.display import display

from grader.notebook.elements import as_html, element
from grader.notebook.lesson_page import as_data

_KINDS = {".png": "png", ".svg": "svg+xml"}


def show(text: str, html: str | None = None, markdown: str | None = None) -> None:
    """Show HTML or Markdown, with a complete text for front ends that draw neither."""
    forms = {"text/html": html, "text/markdown": markdown, "text/plain": text}
    display({kind: form for kind, form in forms.items() if form is not None}, raw=True)


def show_picture(path: Path, text: str) -> None:
    """Show a picture, at most as wide as the page.

    Args:
        text: says the same in words.
    """
    data = as_data(path.read_bytes(), _KINDS[path.suffix])
    image = element("img", src=data, alt=text, style="max-width: 100%; width: 860px;")
    show(text, html=as_html(image))
