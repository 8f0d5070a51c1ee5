"""The map of stages in a notebook."""

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element

from grader.kata import Kata
from grader.learn.progress import Progress
from grader.notebook.commands import in_notebook
from grader.notebook.elements import Content, element
from grader.notebook.verdict_page import page, paragraphs, plain_console, printed_on
from grader.report.stage_map import (
    WORDS,
    points_in_words,
    print_status,
    remark_on,
    remark_on_outdated,
    what_comes_after,
)
from grader.stage import Stage
from grader.stages import part_of

_ON_A_LINE = re.compile(
    r"^  (grader lesson \d+|grader watch \d+ +while [^\n]*|grader check \d+)$", re.M
)


def map_as_text(kata: Kata) -> str:
    """Return what `grader` prints, with commands as they are typed in a notebook."""
    console = plain_console()
    print_status(console, Progress(kata))
    printed = printed_on(console)
    return in_notebook(_ON_A_LINE.sub(lambda found: _line_in_notebook(found[1]), printed))


def _line_in_notebook(command: str) -> str:
    words = command.split()
    return f"  %%stage {words[2]}" if words[1] == "watch" else f"  %{' '.join(words[1:])}"


def map_as_html(kata: Kata) -> str:
    """Return the map as HTML: the stages of each part, and what to do next."""
    progress = Progress(kata)
    statuses = {stage: progress.status(stage) for stage in kata.stages}
    passed = {stage.number for stage, status in statuses.items() if status == "passed"}
    earned = {
        stage: verdict.points if (verdict := progress.current(stage)) else 0
        for stage in kata.stages
    }
    core = [stage for stage in kata.stages if not stage.bonus]
    done = sum(stage.number in passed for stage in core)
    rows: list[Content] = []
    for part, stages in groupby(kata.stages, part_of):
        rows.append(element("tr", element("td", element("strong", part), colspan="3")))
        for stage in stages:
            words = WORDS[statuses[stage]] or remark_on(kata, stage, passed)
            rows.append(_row(kata, stage, earned[stage], statuses[stage], words))
    return page(
        element("table", *rows, class_="map"),
        element("p", f"{done} of {len(core)} stages done, {points_in_words(kata, earned)}"),
        *paragraphs(remark_on_outdated(progress)),
        *(paragraphs(in_notebook(what_comes_after(kata))) if done == len(core) else ()),
        *_what_next(progress.next_stage(passed)),
    )


def _row(kata: Kata, stage: Stage, points: int, status: str, words: str) -> Element:
    return element(
        "tr",
        element("td", f"s{stage.number:02d} {stage.title}"),
        element("td", f"{points} of {kata.points(stage)} points", class_="points"),
        element("td", words, class_=f"status {status}"),
    )


def _what_next(following: Stage | None) -> Sequence[Content]:
    if following is None:
        return paragraphs("All stages are done. `grader answer` runs your model.")
    number = following.number
    title = f"Next: s{number:02d} {following.title}, about {following.minutes} minutes."
    todo = (
        f"`%%stage {number}` grades your code" if following.has_code else f"`grader check {number}`"
    )
    return [
        element("p", element("strong", title), f" {following.objective}"),
        *paragraphs(f"`grader lesson {number}` explains it, {todo}."),
    ]
