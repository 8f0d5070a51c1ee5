"""Keep verdicts short whatever a submission does, because no browser opens a report of 16 MB.

Messages, explanations and printed texts are shortened, the longest first, until they fit a stage's
share of what a submission's reports may hold. This is done in the verdict itself, so every format
is short, including the journal.
"""

import html
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from grader.language import tr
from grader.stages import STAGES
from grader.verdict import StageVerdict, map_texts

REPORT_BYTES = 1_000_000  # of a submission, in any format
# The rest is for what doesn't come from the submission: names of tests, tags.
_STAGE_BYTES = REPORT_BYTES * 6 // 10 // len(STAGES)


def shortened(verdict: StageVerdict) -> StageVerdict:
    """Return a verdict whose texts together fit into a stage's share."""
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
    """Return a text of at most `most` bytes in any format; a longer one is cut, and says so."""
    if _size(text) <= most:
        return text
    words = tr("... (shortened: in full, this text has {count:,} characters)", count=len(text))
    note = f"\n{words}"
    room = most - _size(note)
    kept = bisect_right(range(len(text)), room, key=lambda length: _size(text[:length])) - 1
    return text[: max(0, kept)] + note


def _most_for_each(sizes: Sequence[int], together: int) -> int:
    """Return the size limit for each part with which all fit; small parts leave room for others."""
    left = together
    for number, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - number)
        if size > share:
            return share
        left -= size
    return together


def _size(text: str) -> int:
    """Return how many bytes a text takes in the format that needs the most."""
    as_html = html.escape(text).encode(errors="surrogatepass")
    return max(len(json.dumps(text)), len(as_html))
