"""The layout of `--help` in a language whose words have no spaces between them.

Click counts characters and breaks lines at spaces. So in other languages than English, lines are
broken here, and click is told to leave them as they are.
"""

from collections.abc import Iterable

import click

from grader.language import ENGLISH, language, tr
from grader.plot.named_pictures import pictures_in_words
from grader.report.wide_text import wrap_cells

_NAME = 11  # columns, of a picture
_AS_IT_IS = "\b\n"  # click breaks no line of a paragraph that begins with this


class HelpPage(click.HelpFormatter):
    """Writes help whose lines are measured in columns."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, tr("Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(" " * self.current_indent + tr("{heading}:", heading=heading) + "\n")

    def write_text(self, text: str) -> None:
        super().write_text(_laid_out(text, self.width - self.current_indent))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        rows = list(rows)
        left = min(max(len(first) for first, _ in rows), col_max) + col_spacing
        right = max(self.width - left - 2, 10)
        laid_out = [(first, second and _laid_out(second, right)) for first, second in rows]
        super().write_dl(laid_out, col_max, col_spacing)


class HelpContext(click.Context):
    """The context of a command that shows its help in the reader's language."""

    formatter_class = HelpPage


class WithPictures(click.Command):
    """The command that names all pictures in its help."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_help_text(ctx, formatter)
        formatter.write_paragraph()
        with formatter.indentation():
            right = formatter.width - formatter.current_indent - _NAME
            for name, shows in pictures_in_words():
                first, *others = wrap_cells(shows, right)
                lines = [f"{name:<{_NAME}}{first}", *(" " * _NAME + one for one in others)]
                formatter.write_text(_AS_IT_IS + "\n".join(lines))


def _laid_out(text: str, width: int) -> str:
    """Return text whose lines are broken already, except in English."""
    if language() == ENGLISH:
        return text
    return "\n\n".join(_AS_IT_IS + "\n".join(_lines(one, width)) for one in text.split("\n\n"))


def _lines(paragraph: str, width: int) -> list[str]:
    if paragraph.startswith(_AS_IT_IS):
        return paragraph.removeprefix(_AS_IT_IS).split("\n")
    return wrap_cells(" ".join(paragraph.split("\n")), width)
