"""Code by people who knew the stages and nothing of their suites: `strangers/STAGE.md`.

A case is what somebody wrote in the place of a stage's functions, wrong or right. The file's name
is the stage's; a title says which of both it is and what it does, and a block of code follows.
Beside it may stand what its verdict must name, why its suite can't fail it yet, or why only the
benchmark grades it.
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
# What learners import, whose files keep their first lines.
_BEFORE = """
import base64, json, math, os, re
from pathlib import Path
import torch
import torch.nn as nn
import torch.nn.functional as F
"""


@dataclass(frozen=True)
class Case:
    """What somebody wrote for a stage."""

    stage: Stage
    name: str
    is_right: bool
    code: str
    named: frozenset[str]  # the known mistakes that its verdict must name, if it must any
    escapes: str  # why it passes though it is wrong
    left_out: str  # why the tests don't grade it

    def write(self, kata: Kata, folder: Path) -> None:
        """Hand it in: behind the reference's text of the stage, whose functions it replaces."""
        solution = kata.solution(self.stage).read_text(encoding="utf-8")
        text = solution.replace("from solutions.", "from exercises.")
        path = folder / f"{self.stage.name}.py"
        path.write_text(f"{text}\n{_BEFORE}\n{self.code}\n", encoding="utf-8")


def cases_of(stage: Stage) -> list[Case]:
    """Return the cases of a stage; none where nobody has written any."""
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
    assert len(found) == text.count("\n## "), f"{path}: a case is not written as the others are"
    return found
