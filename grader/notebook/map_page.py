"""The map of stages in a notebook."""

import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element

from grader.kata import Kata
from grader.language import tr
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
from grader.report.verdict_text import points_of
from grader.stage import Stage
from grader.stages import part_of

_ON_A_LINE = re.compile(r"^  (grader lesson \d+|grader watch \d+ +[^\n]*|grader check \d+)$", re.M)


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
        rows.append(element("tr", element("td", element("strong", tr(part)), colspan="3")))
        for stage in stages:
            words = WORDS[statuses[stage]]
            words = tr(words) if words else remark_on(kata, stage, passed)
            rows.append(_row(kata, stage, earned[stage], statuses[stage], words))
    in_all = tr(
        "{done} of {count} stages done, {points}",
        done=done,
        count=len(core),
        points=points_in_words(kata, earned),
    )
    return page(
        element("table", *rows, class_="map"),
        element("p", in_all),
        *paragraphs(remark_on_outdated(progress)),
        *(paragraphs(in_notebook(what_comes_after(kata))) if done == len(core) else ()),
        *_what_next(progress.next_stage(passed)),
    )


def _row(kata: Kata, stage: Stage, points: int, status: str, words: str) -> Element:
    return element(
        "tr",
        element("td", f"s{stage.number:02d} {tr(stage.title)}"),
        element("td", points_of(points, kata.points(stage)), class_="points"),
        element("td", words, class_=f"status {status}"),
    )


def _what_next(following: Stage | None) -> Sequence[Content]:
    if following is None:
        return paragraphs(tr("All stages are done. `grader answer` runs your model."))
    number = following.number
    title = tr(
        "Next: s{number:02d} {title}, about {minutes} minutes.",
        number=number,
        title=tr(following.title),
        minutes=following.minutes,
    )
    todo = tr("`grader lesson {number}` explains it, `grader check {number}`.", number=number)
    if following.has_code:
        todo = tr(
            "`grader lesson {number}` explains it, `%%stage {number}` grades your code.",
            number=number,
        )
    objective = tr(" {objective}", objective=tr(following.objective))  # after the title
    return [element("p", element("strong", title), objective), *paragraphs(todo)]
