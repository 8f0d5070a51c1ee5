"""Code by people who knew the stages but not the suites: `strangers/STAGE.md`.

A case replaces some of a stage's functions, and is wrong or right. The file is named after the
stage. The title of a case says which of the two it is, and its name; a block of code follows.
Between them there may be the mistakes its verdict must name, the reason why its suite can't fail it
yet, or the reason why only the benchmark grades it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from grader.kata import Kata
from grader.stage import Stage

_CASES = Path(__file__).with_name("strangers")
_CASE = re.compile(
    r"^## (?P<kind>wrong|right): (?P<name>\w+)\n\n"
    r"(?:Named: (?P<named>[\w, ]+)\n\n)?"
    r"(?:Escapes: (?P<escapes>[^\n]+)\n\n)?"
    r"(?:Not in the tests: (?P<left_out>[^\n]+)\n\n)?"
    r"```python\n(?P<code>.*?)\n```$",
    re.MULTILINE | re.DOTALL,
)
# The imports at the top of a learner's file.
_BEFORE = """
import base64, json, math, os, re
from pathlib import Path
import torch
import torch.nn as nn
import torch.nn.functional as F
"""


@dataclass(frozen=True)
class Case:
    """A piece of code that somebody wrote for a stage."""

    stage: Stage
    name: str
    is_right: bool
    code: str
    named: frozenset[str]  # the known mistakes that its verdict must name
    escapes: str  # why it passes although it is wrong
    left_out: str  # why the tests don't grade it

    def write(self, kata: Kata, folder: Path) -> None:
        """Write it into a folder, after the reference's text, whose functions it redefines."""
        solution = kata.solution(self.stage).read_text(encoding="utf-8")
        text = solution.replace("from solutions.", "from exercises.")
        path = folder / f"{self.stage.name}.py"
        path.write_text(f"{text}\n{_BEFORE}\n{self.code}\n", encoding="utf-8")


def cases_of(stage: Stage) -> list[Case]:
    """Return the cases of a stage, if there are any."""
    path = _CASES / f"{stage.name}.md"
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    found = [
        Case(
            stage,
            case["name"],
            case["kind"] == "right",
            case["code"],
            frozenset((case["named"] or "").split(", ")) - {""},
            case["escapes"] or "",
            case["left_out"] or "",
        )
        for case in _CASE.finditer(text)
    ]
    assert len(found) == text.count("\n## "), f"{path}: a case has the wrong format"
    return found
