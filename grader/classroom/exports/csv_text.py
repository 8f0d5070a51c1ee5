"""CSV in which a spreadsheet finds no formula to run, and that Excel reads as UTF-8."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

# Excel takes a file without it for the machine's old encoding, and shows "Ünal" as "Ãœnal". The
# importers of Moodle and Canvas skip it.
BOM = "\ufeff"
# Where a spreadsheet would begin a formula: at the start of a cell, and after a separator, because
# in half of the world's locales it splits at `;` despite the quotes.
_FORMULA = re.compile("(^|[;,|] *)(?=[-=+@＝＋－＠])")

Cell = str | int | float | Decimal
Row = list[Cell]


def as_csv(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV, with texts that start no formula; numbers stay numbers."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(_guarded, row) for row in rows)
    return text.getvalue()


def starts_formula(text: str) -> bool:
    """Return whether a spreadsheet could take a text for a formula, so that `as_csv` changes it."""
    return bool(_FORMULA.search(text))


def _guarded(cell: Cell) -> Cell:
    return _FORMULA.sub(r"\1'", cell) if isinstance(cell, str) else cell
