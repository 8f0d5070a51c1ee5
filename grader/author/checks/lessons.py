"""The lesson of a stage: its title, its sections, its minutes, and how it looks on GitHub."""

import re

from grader.home import Kata
from grader.stages import Stage

SECTIONS = ("What it is for", "By hand", "Put right", "Hints")


def lesson_problems(kata: Kata, stage: Stage) -> list[str]:
    """Look for what a lesson lacks."""
    page = kata.shown(kata.lesson(stage))
    text = kata.lesson(stage).read_text(encoding="utf-8")
    problems = []
    if not text.startswith(title := f"# Stage {stage.number}: "):
        problems.append(f"{page} does not begin with {title!r}: write its title like that")
    headings = re.findall(r"^## (.*?) *$", text, re.MULTILINE)
    for section in SECTIONS:
        if section not in headings:
            problems.append(f"{page} has no section {section!r}: write it")
    minutes = f"{stage.minutes} minutes, "
    if minutes not in " ".join(text.split()):
        problems.append(
            f"{page} does not say {minutes!r} as grader/stages.py does: change one of the two"
        )
    if text.count("<details>") != text.count("</details>"):
        problems.append(f"{page}: a <details> is not closed: every hint ends in </details>")
    if re.search(r"</summary>(?!\n\n)", text):
        problems.append(f"{page}: a </summary> has no empty line after it: GitHub needs one")
    return problems
