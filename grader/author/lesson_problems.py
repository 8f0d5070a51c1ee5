"""Check a lesson: its title, sections, picture, hints and links."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from rich.cells import cell_len

from grader.author.colab_badges import address_of_notebooks, with_badge
from grader.calls.stage_modules import reference_modules
from grader.kata import Kata
from grader.learn.hints import hints_of
from grader.learn.lesson import map_of_model
from grader.source_lines import lines_of_code
from grader.stage import Stage

SECTIONS = ("What it is for", "By hand", "Common errors elsewhere", "Hints")
SECTIONS_OF_CODE = ("Why the reference is written this way",)
HINTS = ("Hint 1: where to look", "Hint 2: what to do", "Hint 3: almost the line")
WIDEST_CODE = 76  # columns; a terminal with 80 wraps wider lines, which ruins drawings
_FEWEST_WORDS = 8  # that describe a picture, for people who can't see it
_SHORTEST_HINT = 40  # characters; a shorter hint says nothing
_LONGEST_NAMEABLE = 12  # characters of code that a hint may contain; more is the answer

_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
_FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def lesson_problems(kata: Kata, stage: Stage) -> list[str]:
    """Return what a lesson is missing."""
    page = kata.shown(kata.lesson(stage))
    text = kata.lesson(stage).read_text(encoding="utf-8")
    problems = []
    if not text.startswith(title := f"# Stage {stage.number}: "):
        problems.append(f"{page} does not start with {title!r}: start its title like that")
    headings = re.findall(r"^## (.*?) *$", text, re.MULTILINE)
    for section in SECTIONS + (SECTIONS_OF_CODE if stage.has_code else ()):
        if section not in headings:
            problems.append(f"{page} has no section {section!r}: write it")
    if (size := _size(kata, stage)) not in " ".join(text.split()):
        problems.append(
            f"{page} does not say {size!r}, as grader/stages.py and the solution have it: add it"
        )
    if map_of_model(stage) not in text:
        problems.append(f"{page} has no line {map_of_model(stage)!r}: write it above the sections")
    if with_badge(text, stage, address_of_notebooks(kata)) != text:
        problems.append(
            f"{page}: its badge isn't what pyproject.toml asks for: "
            "`python -m grader.author.colab_badges` writes it"
        )
    picture = f"pictures/{stage.name}.svg"
    shown = re.search(rf"!\[([^\]]*)\]\({picture}\)", text)
    if not shown:
        problems.append(
            f"{page} does not show {picture}: `python -m grader.plot.lesson_pictures` draws it; "
            "show it, with words for people who can't see it"
        )
    elif len(shown[1].split()) < _FEWEST_WORDS:
        problems.append(
            f"{page} describes {picture} in {len(shown[1].split())} words: say what it shows"
        )
    if text.count("<details>") != text.count("</details>"):
        problems.append(f"{page}: a <details> is not closed: end every hint with </details>")
    if re.search(r"</summary>(?!\n\n)", text):
        problems.append(f"{page}: a </summary> has no empty line after it: GitHub needs one")
    return problems + _wide_code(page, text)


def _size(kata: Kata, stage: Stage) -> str:
    """Return what the lesson should say about the stage's minutes and its solution's lines."""
    minutes = f"About {stage.minutes} minutes"
    if not stage.has_code:
        return minutes
    lines = len(lines_of_code(kata.solution(stage).read_text(encoding="utf-8")))
    return f"{minutes}, {lines} line{'' if lines == 1 else 's'}"


def _wide_code(page: str, text: str) -> list[str]:
    """Return the lines in code blocks that a terminal with 80 columns would wrap."""
    problems = []
    in_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif in_code and (width := cell_len(line)) > WIDEST_CODE:
            problems.append(
                f"{page}:{number} is a line of code {width} columns wide: break it so that it has "
                f"{WIDEST_CODE} or fewer, and look at it with `grader lesson` in 80 columns"
            )
    return problems


def hint_problems(kata: Kata, stage: Stage) -> list[str]:
    """Return which hints are missing, too short, or contain a whole line of the solution."""
    page, hints = kata.shown(kata.lesson(stage)), hints_of(kata, stage)
    problems = []
    if (titles := tuple(title for title, _ in hints)) != HINTS:
        problems.append(f"{page} has the hints {list(titles)}: it needs {list(HINTS)}")
    answers = sorted(_answers(kata, stage)) if stage.has_code else []
    for title, text in hints:
        if len(text) < _SHORTEST_HINT:
            problems.append(f"{page}: {title!r} is empty or too short: write it")
        problems += [
            f"{page}: {title!r} gives the answer away, `{answer}`: say it in words"
            for answer in answers
            if _squeezed(answer) in _squeezed(text)
        ]
    return problems


def _answers(kata: Kata, stage: Stage) -> set[str]:
    """Return what no hint may contain: constants, whole statements and returned expressions."""
    solution = reference_modules(kata.solutions).module(stage.number)
    constants = {str(getattr(solution, constant.name)) for constant in stage.constants}
    text = kata.solution(stage).read_text(encoding="utf-8")
    return constants | {code for code in _code_in(text) if len(code) > _LONGEST_NAMEABLE}


def _code_in(solution: str) -> Iterator[str]:
    functions = [node for node in ast.parse(solution).body if isinstance(node, ast.FunctionDef)]
    for node in (node for function in functions for node in ast.walk(function)):
        if isinstance(node, ast.stmt) and node not in functions:
            yield ast.unparse(node)
        if isinstance(node, ast.Return) and node.value is not None:
            yield ast.unparse(node.value)


def _squeezed(text: str) -> str:
    """Remove what doesn't matter in code: whitespace and the kind of quotes."""
    return re.sub(r"\s+", "", text).replace('"', "'")


def link_problems(kata: Kata, page: Path) -> list[str]:
    """Return the broken links of a Markdown page, without using the network."""
    text = _CODE.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))
    return [
        f"{kata.shown(page)} links to {target}, {why}: fix the link"
        for target in _LINK.findall(text)
        if (why := _why_dead(page, target))
    ]


def _why_dead(page: Path, target: str) -> str | None:
    """Return why a link is broken, or None if it isn't."""
    address = urlsplit(target)
    if address.scheme or address.netloc:
        sound = address.scheme in ("http", "https") and "." in address.netloc
        return None if sound else "which is not a web address"
    file = page.parent / address.path if address.path else page
    if not file.exists():
        return "which does not exist"
    if address.fragment and address.fragment not in anchors_of(file):
        return f"but {file.name} has no such heading"
    return None


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that GitHub makes from a page's headings."""
    anchors, seen = set(), Counter[str]()
    for heading in _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        anchors.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return anchors
