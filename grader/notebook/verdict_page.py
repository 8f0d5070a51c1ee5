"""A verdict as HTML for a notebook's cell, and as text for wherever HTML isn't shown."""

import io
import re
from collections.abc import Iterable
from itertools import groupby
from xml.etree.ElementTree import Element

from rich.console import Console

from grader.kata import Kata
from grader.language import mark, tr, tr_n
from grader.learn.lesson import why_so
from grader.notebook.commands import in_notebook
from grader.notebook.elements import Content, as_html, element
from grader.notebook.message_parts import EXPECTED, MARKS, STARRED, Heat, Pair, Part, parts_of
from grader.notebook.style import STYLE
from grader.report.plain_text import plain_stage
from grader.report.verdict_text import (
    STATUSES,
    explained_by,
    is_untouched,
    lead_to,
    points_of,
    print_indented,
    print_stage,
    print_summary,
    shown_in_full,
    words_of,
)
from grader.stage import Stage
from grader.stages import stage_of
from grader.verdict import Report, StageVerdict, TestVerdict

_CODE = re.compile(r"`([^`\n]+)`")
_SIGNS = {"passed": "ok", "failed": "FAIL", "error": "FAIL", "skipped": "--"}


def verdict_as_text(kata: Kata, verdict: StageVerdict, seed: int, following: Stage | None) -> str:
    """Return what `grader check` prints, with commands as they are typed in a notebook."""
    console = plain_console()
    print_stage(console, kata, verdict)
    print_summary(console, Report(seed, "", (verdict,)), uses_seed=True)
    if verdict.status == "passed":
        for text in filter(None, (_why(kata, verdict), _what_now(following))):
            print_indented(console, f"\n{text}", 0)
    return in_notebook(printed_on(console))


def plain_console() -> Console:
    """Return a console whose text `printed_on` returns; a kernel looks like a terminal to rich."""
    return Console(
        file=io.StringIO(),
        force_terminal=False,
        force_jupyter=False,
        highlight=False,
        soft_wrap=True,
    )


def printed_on(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip()


def verdict_as_html(kata: Kata, verdict: StageVerdict, seed: int, following: Stage | None) -> str:
    """Return a verdict as HTML: what to fix first comes first.

    Args:
        following: the stage to do next, shown when this one has passed.
    """
    verdict = plain_stage(verdict)
    last = tr("seed {seed}", seed=seed)
    if stage_of(verdict.number).has_code:
        file = kata.shown(kata.exercise(stage_of(verdict.number)))
        last = tr("{file}, seed {seed}", file=file, seed=seed)
    return page(
        _head(verdict),
        *_body(kata, verdict),
        *(_what_passed(kata, verdict, following) if verdict.status == "passed" else ()),
        _printed(verdict),
        element("p", last, class_="quiet"),
    )


def page(*content: Content) -> str:
    """Return content as HTML with the style that everything in a notebook shares."""
    return as_html(element("div", element("style", STYLE), *content, class_="kata"))


def with_code(text: str) -> list[Content]:
    """Return a text with what is between backticks as code elements."""
    pieces = _CODE.split(in_notebook(text))
    return [element("code", one) if at % 2 else one for at, one in enumerate(pieces)]


def paragraphs(text: str) -> list[Content]:
    return [element("p", *with_code(line)) for line in text.splitlines() if line.strip()]


def _head(verdict: StageVerdict) -> Element:
    stage = stage_of(verdict.number)
    status = tr("almost there") if verdict.remark else tr(STATUSES[verdict.status])
    points = f" {points_of(verdict.points, verdict.max_points)}"
    return element(
        "p",
        element("strong", f"s{stage.number:02d} {tr(stage.title)}"),
        " ",
        element("span", status, class_=f"status {verdict.status}"),
        points + (tr(", but {remark}", remark=verdict.remark) if verdict.remark else ""),
        class_="head",
    )


def _body(kata: Kata, verdict: StageVerdict) -> list[Content]:
    if verdict.status == "not_started":
        message = verdict.tests[0].message
        if is_untouched(verdict):
            message = tr(
                "This is still the stub: `grader lesson {number}` explains what to write.",
                number=verdict.number,
            )
        return paragraphs(message)
    if verdict.import_error:
        return _message(verdict.tests[0].message)
    in_full = shown_in_full(verdict)
    wrong = [test for test in verdict.tests if test.is_wrong]
    shown: list[Content] = [_in_full(test, wrong) for test in in_full]
    if wrong:
        advice = mark("Stuck? `grader hint {number}` shows one more hint each time.")
        shown += paragraphs(tr(advice, number=verdict.number))
    if verdict.unexplained:
        advice = mark("Still unexplained? `grader report {number}` writes it up for an issue.")
        shown += paragraphs(tr(advice, number=verdict.number))
    said = {explained_by(test, wrong).explanation for test in in_full}
    others = [test for test in verdict.tests if test not in in_full]
    shown += [_folded(test, said) for test in others if test.is_wrong]
    shown += [_waiting(test) for test in others if test.outcome == "skipped"]
    passed = [test for test in others if test.outcome == "passed"]
    return [*shown, _passed(passed)] if passed else shown


def _in_full(test: TestVerdict, wrong: Iterable[TestVerdict]) -> Element:
    explained = explained_by(test, wrong)
    return element(
        "div",
        element("p", *_line(test)),
        *_message(test.message),
        element("p", lead_to(explained)) if explained is not test else None,
        _explanation(explained),
        class_="test",
    )


def _line(test: TestVerdict) -> list[Content]:
    name = tr("{function}: {test}", function=test.function, test=words_of(test))
    points = tr("({points} of {most})", points=test.points, most=test.max_points)
    return [
        element("span", _SIGNS[test.outcome], class_=f"status {test.outcome}"),
        f" {name}",
        element("span", f" {points}" if test.max_points else "", class_="quiet"),
    ]


def _explanation(test: TestVerdict) -> Element | None:
    """Return what is known about a failure; the first line may name a known mistake."""
    if not test.explanation:
        return None
    title, _, text = test.explanation.partition("\n")
    words = with_code(title)
    first = element("p", element("strong", *words)) if test.names else element("p", *words)
    return element("div", first, *paragraphs(text), class_="mistake")


def _message(message: str) -> list[Content]:
    """Return a message: its first line, what was called, and the values."""
    first, _, rest = message.partition("\n")
    shown: list[Content] = paragraphs(first)
    line, _, after = rest.partition("\n")
    for called in (tr("called: {call}", call=""), "called: "):
        if line.startswith(called):
            words = element("p", called, element("code", line.removeprefix(called)))
            shown, rest = [*shown, words], after
            break
    return [*shown, *map(_part, parts_of(rest))]


def _part(part: Part) -> Element:
    if isinstance(part, Pair):
        right = _values(tr(STARRED), part.got, part.wrong)
        left = _values(tr(EXPECTED), part.expected, [[False] * len(row) for row in part.expected])
        return element("div", left, right, class_="pair")
    if isinstance(part, Heat):
        return element("div", _legend(part), _heat(part))
    return element("pre", *with_code(part.text))


def _values(title: str, cells: list[list[str]], wrong: list[list[bool]]) -> Element:
    rows = [
        element("tr", *[_cell(cell, bad) for cell, bad in zip(row, marks, strict=True)])
        for row, marks in zip(cells, wrong, strict=True)
    ]
    return element("table", element("caption", title), *rows, class_="values")


def _cell(text: str, is_wrong: bool) -> Element:
    return element("td", f"{text}*", class_="wrong") if is_wrong else element("td", text)


def _legend(heat: Heat) -> Element:
    words = (tr("correct"), tr("slightly wrong"), tr("wrong"), tr("very wrong"))
    keys: list[Content] = []
    for at, (sign, word) in enumerate(zip(MARKS, words, strict=True)):
        keys += [" ", element("span", sign, class_=f"m{at}"), f" {word}"]
    return element("p", tr("{legend}:", legend=heat.legend), *keys, class_="quiet legend")


def _heat(heat: Heat) -> Element:
    runs: list[Content] = []
    for row in heat.rows:
        for sign, same in groupby(row):
            runs.append(element("span", "".join(same), class_=f"m{MARKS.index(sign)}"))
        runs.append("\n")
    return element("pre", *runs, class_="heat")


def _folded(test: TestVerdict, said: set[str]) -> Element:
    """Return another failing test, which opens to show its message."""
    explanation = None if test.explanation in said else _explanation(test)
    summary = element("summary", *_line(test))
    return element("details", summary, *_message(test.message), explanation)


def _waiting(test: TestVerdict) -> Element:
    return element("p", *_line(test), tr(": "), *with_code(test.message))


def _passed(tests: list[TestVerdict]) -> Element:
    title = tr_n("{count} test passed", "{count} tests passed", len(tests))
    rows = [element("li", *_line(test)) for test in tests]
    return element("details", element("summary", title), element("ul", *rows))


def _printed(verdict: StageVerdict) -> Element | None:
    if not (printed := verdict.printed.rstrip()):
        return None
    return element(
        "details",
        element("summary", tr("Your code printed")),
        element("pre", printed, class_="printed"),
        open="open",
    )


def _what_passed(kata: Kata, verdict: StageVerdict, following: Stage | None) -> list[Content]:
    why = _why(kata, verdict)
    return [*paragraphs(why), *paragraphs(_what_now(following))]


def _why(kata: Kata, verdict: StageVerdict) -> str:
    """Return why the reference is written as it is; empty if the stage has no code."""
    stage = stage_of(verdict.number)
    if not stage.has_code:
        return ""
    words = mark("Why the reference is written this way: {why}")
    if kata.has_reference:
        words = mark(
            "Why the reference is written this way (`grader compare {number}` shows both): {why}"
        )
    return tr(words, number=stage.number, why=why_so(kata, stage))


def _what_now(following: Stage | None) -> str:
    if following is None:
        return tr("All stages are done. `grader answer` runs your model.")
    return tr(
        "Done. Next: s{number:02d} {title}. `grader lesson {number}` explains it.",
        number=following.number,
        title=tr(following.title),
    )
