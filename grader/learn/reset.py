"""Putting a stub back without losing what the learner wrote."""

from pathlib import Path

from grader.kata import Kata
from grader.learn.kept_texts import settle, write_beside
from grader.learn.lesson import forget_hints
from grader.stage import Stage
from grader.stubs import stub_for


def reset_stage(kata: Kata, stage: Stage) -> Path | None:
    """Put the stub of a stage back, and keep the learner's text in a file beside it.

    Returns:
        the file that holds the learner's text; None when there was none to keep.
    """
    path, stub = kata.exercise(stage), stub_for(kata, stage)
    kept = None
    if path.exists() and path.read_bytes() != stub.encode():
        kept = write_beside(path, path.read_bytes())
        settle(kata, stage)
    path.write_text(stub, encoding="utf-8")
    forget_hints(kata, stage)
    return kept
