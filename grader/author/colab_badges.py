"""Give every lesson a badge that opens its notebook: `python -m grader.author.colab_badges`.

The address of the published notebooks is `colab` in pyproject.toml. While it is empty, the lessons
have no badges.
"""

import re
import tomllib

from grader.editions import find_kata
from grader.kata import Kata
from grader.learn.lesson import BADGE
from grader.notebook.write_notebooks import notebook_name
from grader.stage import Stage
from grader.stages import part_of

_IMAGE = "https://colab.research.google.com/assets/colab-badge.svg"
_TITLE = re.compile(r"\A# .*\n\n")


def address_of_notebooks(kata: Kata) -> str:
    """Return the address of the folder with the notebooks; empty if they aren't published."""
    whole = tomllib.loads((kata.root / "pyproject.toml").read_text(encoding="utf-8"))
    return str(whole["tool"]["llama3-kata"]["colab"]).rstrip("/")


def with_badge(lesson: str, stage: Stage, address: str) -> str:
    """Return a lesson with its badge below the title, or without one if there is no address."""
    plain = BADGE.sub("", lesson)
    if not address:
        return plain
    badge = f"[![Open in Colab]({_IMAGE})]({address}/{notebook_name(part_of(stage))})\n\n"
    return _TITLE.sub(lambda title: title[0] + badge, plain)


def main() -> None:
    """Bring the badges of all lessons up to date."""
    kata = find_kata()
    address = address_of_notebooks(kata)
    for stage in kata.stages:
        path = kata.lesson(stage)
        before = path.read_text(encoding="utf-8")
        after = with_badge(before, stage, address)
        if after != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            print(kata.shown(path))


if __name__ == "__main__":
    main()
