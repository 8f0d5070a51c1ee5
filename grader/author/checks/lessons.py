"""The lesson of a stage: its title, its sections, its minutes, and how it looks on GitHub."""

import re

from grader.home import Kata
from grader.stages import Stage

SECTIONS = ("What it is for", "By hand", "Put right", "Hints")
SECTIONS_OF_CODE = ("Why the reference is written so",)


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
    if not re.search(rf"!\[[^\]]+\]\({picture}\)", text):
        problems.append(
            f"{page} does not show {picture}: add it to `grader/plot/lessons.py`, draw it with "
            f"`python -m grader.plot.lessons`, and show it with words for those who cannot see it"
        )
    if text.count("<details>") != text.count("</details>"):
        problems.append(f"{page}: a <details> is not closed: every hint ends in </details>")
    if re.search(r"</summary>(?!\n\n)", text):
        problems.append(f"{page}: a </summary> has no empty line after it: GitHub needs one")
    return problems
