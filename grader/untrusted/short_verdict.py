"""Verdicts that a submission cannot make long: a report of 16 MB opens in no browser.

Messages, explanations and printed texts are shortened to a stage's share of what the reports of a
submission may hold, the longest first, in the verdict itself; so all formats, the journal included,
are short.
"""

import html
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from grader.stages import STAGES
from grader.verdict import StageVerdict, map_texts

REPORT_BYTES = 1_000_000  # of a submission, in any format
# The rest is for what is not the submission's: names of tests, tags.
_STAGE_BYTES = REPORT_BYTES * 6 // 10 // len(STAGES)


def shortened(verdict: StageVerdict) -> StageVerdict:
    """Return a verdict whose texts fit, together, into a stage's share."""
    texts = [verdict.printed]
    for test in verdict.tests:
        map_texts(partial(_kept_in, texts), test)
    most = _most_for_each(list(map(_size, texts)), _STAGE_BYTES)
    tests = tuple(map_texts(partial(shorten, most=most), test) for test in verdict.tests)
    return replace(verdict, tests=tests, printed=shorten(verdict.printed, most))


def _kept_in(texts: list[str], text: str) -> str:
    texts.append(text)
    return text


def shorten(text: str, most: int) -> str:
    """Return a text of at most `most` bytes in any format; one that is longer loses its end, and
    says so."""
    if _size(text) <= most:
        return text
    note = f"\n... (shortened: in full, this text has {len(text):,} characters)"
    room = most - _size(note)
    kept = bisect_right(range(len(text)), room, key=lambda length: _size(text[:length])) - 1
    return text[: max(0, kept)] + note


def _most_for_each(sizes: Sequence[int], together: int) -> int:
    """Return how large each part may be at most for all to fit: the small ones leave their rest to
    the others."""
    left = together
    for number, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - number)
        if size > share:
            return share
        left -= size
    return together


def _size(text: str) -> int:
    """Return how many bytes a text takes in the format that needs most for it."""
    as_html = html.escape(text).encode(errors="surrogatepass")
    return max(len(json.dumps(text)), len(as_html))
