"""The lesson of a stage: its title, sections, minutes, its looks on GitHub and on a terminal."""

import re

from rich.cells import cell_len

from grader.kata import Kata
from grader.stage import Stage

SECTIONS = ("What it is for", "By hand", "Put right", "Hints")
SECTIONS_OF_CODE = ("Why the reference is written so",)
WIDEST_CODE = 76  # columns; a terminal of 80 breaks wider lines, which ruins drawings
_FEWEST_WORDS = 8  # of a picture, for those who cannot see it


def lesson_problems(kata: Kata, stage: Stage) -> list[str]:
    """Look for what a lesson lacks."""
    page = kata.shown(kata.lesson(stage))
    text = kata.lesson(stage).read_text(encoding="utf-8")
    problems = []
    if not text.startswith(title := f"# Stage {stage.number}: "):
        problems.append(f"{page} does not begin with {title!r}: write its title like that")
    headings = re.findall(r"^## (.*?) *$", text, re.MULTILINE)
    for section in SECTIONS + (SECTIONS_OF_CODE if stage.has_code else ()):
        if section not in headings:
            problems.append(f"{page} has no section {section!r}: write it")
    minutes = f"{stage.minutes} minutes, "
    if minutes not in " ".join(text.split()):
        problems.append(
            f"{page} does not say {minutes!r} as grader/stages.py does: change one of the two"
        )
    picture = f"pictures/{stage.name}.svg"
    shown = re.search(rf"!\[([^\]]*)\]\({picture}\)", text)
    if not shown:
        problems.append(
            f"{page} does not show {picture}: `python -m grader.plot.lesson_pictures` draws it, "
            "show it with words for those who cannot see it"
        )
    elif len(shown[1].split()) < _FEWEST_WORDS:
        problems.append(
            f"{page} tells {picture} in {len(shown[1].split())} words: say what is seen"
        )
    if text.count("<details>") != text.count("</details>"):
        problems.append(f"{page}: a <details> is not closed: every hint ends in </details>")
    if re.search(r"</summary>(?!\n\n)", text):
        problems.append(f"{page}: a </summary> has no empty line after it: GitHub needs one")
    return problems + _wide_code(page, text)


def _wide_code(page: str, text: str) -> list[str]:
    """Look for lines of code blocks that a terminal of 80 columns would break."""
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
