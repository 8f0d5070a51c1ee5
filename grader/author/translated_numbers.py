"""Compare the numbers of a text with those of its translation."""

import calendar
import re
from collections import Counter
from decimal import Decimal

_UNITS = {  # powers of ten; 万亿 stands before 万, which it begins with
    **{"thousand": 3, "million": 6, "billion": 9, "trillion": 12},
    **{"万亿": 12, "万": 4, "百万": 6, "亿": 8},
}
_NUMBER = re.compile(rf"(\d+(?:,\d{{3}})+|\d+)(\.\d+)?(?: ?({'|'.join(_UNITS)}))?")
_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}


def number_differences(english: str, translated: str) -> list[str]:
    """Return which numbers a translation lacks, and which it adds.

    2.7 million is the same number as 270 万, and June 2023 may become 2023 年 6 月.
    """
    theirs, ours = Counter(_numbers(english)), Counter(_numbers(translated))
    months = {Decimal(number) for name, number in _MONTHS.items() if name in english}
    gone = [f"the number {one} is missing" for one in sorted(theirs - ours)]
    added = sorted(ours.keys() - theirs.keys() - months)
    return gone + [f"the number {one} was added" for one in added]


def _numbers(text: str) -> list[Decimal]:
    return [
        Decimal(whole.replace(",", "") + fraction) * 10 ** _UNITS.get(unit, 0)
        for whole, fraction, unit in _NUMBER.findall(text)
    ]
