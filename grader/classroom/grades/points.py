"""Points of a grade: with up to two decimals, printed without trailing zeros."""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Points = int | Decimal

_NUMBER = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,2})?")
_CENT = Decimal("0.01")


def as_points(exact: Fraction | Decimal | int) -> Points:
    """Return points rounded to two decimals, halves up: an int if they are whole."""
    fraction = Fraction(exact)
    cents = (Decimal(fraction.numerator) / fraction.denominator).quantize(_CENT, ROUND_HALF_UP)
    if cents == int(cents):
        return int(cents)
    return Decimal(f"{cents}".rstrip("0"))


def parse_points(text: str) -> Points | None:
    """Return the points in a cell or an option, such as `7`, `7.5` or `7,5`; None for others."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    return as_points(Decimal(text.strip().replace(",", ".")))
