"""Warnings are shown with what the learner's code prints, and without the reference's lines."""

from pathlib import Path

from grader.stages import stage_of
from grader.tests.clone import clone_into

STAGE = stage_of(14)
WARNS = """
    import warnings
    warnings.warn("mine")
    attention_scores(q[None], k[None])
    return"""


def test_a_warning_shows_no_line_of_the_reference(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.solve(STAGE.name)
    file = clone.root / "exercises" / f"{STAGE.name}.py"
    begin, _, end = file.read_text(encoding="utf-8").rpartition("\n    return")
    file.write_text(f"{begin}{WARNS}{end}", encoding="utf-8")
    shown = clone.run("check", str(STAGE.number)).stdout
    printed = " ".join(shown.partition("Your code printed:")[2].split())
    assert f"{STAGE.name}.py, line " in printed and ": UserWarning: mine" in printed
    assert "UserWarning: The use of `x.T`" in printed
    assert "k.T" not in printed and "solutions" not in printed and str(tmp_path) not in printed
