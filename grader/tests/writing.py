"""Models that write, opened in the tests' own process."""

import shutil
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.answer.chosen_stages import ChosenStages
from grader.generate.options import Options
from grader.generate.writer import Run, Writer
from grader.generate.writing_stages import choose_writing_stages
from grader.kata import Kata

QUIET = Console(quiet=True)


def options(checkpoint: Path | None = None, **others: Any) -> Options:
    """Return options that write a few tokens of the reference, always the same."""
    usual = {"tokens": 12, "temperature": 0.0, "top_p": 1.0, "seed": 5, "target": "solutions"}
    return Options(checkpoint=checkpoint, **{**usual, **others})


def writer_of(kata: Kata, chosen_options: Options, own: frozenset[int] = frozenset()) -> Writer:
    """Return a loaded writer.

    Args:
        own: the stages that count as the learner's, though all files are the reference's.
    """
    chosen = choose_writing_stages(kata, QUIET, chosen_options)
    assert chosen is not None
    writer = Writer(kata, QUIET, ChosenStages(chosen.files, own), chosen_options)
    writer.load(QUIET, "cpu")
    return writer


def written(writer: Writer, prompt: str) -> Run:
    """Let a writer continue a prompt."""
    run = Run(writer.text.encode(prompt), writer.options.tokens)
    assert list(writer.write(run))
    return run


def copied(kata: Kata, name: str, folder: Path) -> Path:
    """Copy a tiny checkpoint into a folder, where it can be changed."""
    shutil.copytree(kata.tiny_weights / name, folder / name)
    return folder / name
