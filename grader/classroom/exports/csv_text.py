"""Rows as CSV that a spreadsheet reads and never runs."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from grader.classroom.exports.clean import one_line

# Where a spreadsheet would start a formula: at the start of a cell, and behind a separator, since
# in half of the world's locales it splits at `;` whatever the file is quoted with.
_FORMULA = re.compile("(^|[;,|] *)(?=[-=+@＝＋－＠])")


def as_csv(rows: Iterable[Sequence[str | int]]) -> str:
    """Write rows; the texts in them are made harmless, numbers stay numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(value) if isinstance(value, str) else value for value in row])
    return text.getvalue()


def of_student(student: Mapping[str, str], *names: str) -> str:
    """Give the first filled roster column that has one of these names, in any case, or ''."""
    columns = {one_line(column).casefold(): value for column, value in student.items()}
    values = (columns.get(name.casefold(), "") for name in names)
    return next((value for value in values if value.strip()), "")


def _cell(text: str) -> str:
    return _FORMULA.sub(r"\1'", one_line(text))
