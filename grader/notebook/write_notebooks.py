"""Write notebooks made from the lessons: one for each part, with a cell to write in per stage."""

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.kata import Kata
from grader.language import in_a_row, mark, tr
from grader.notebook.cell_text import cell_text
from grader.notebook.lesson_page import closing_for_notebook, lesson_for_notebook
from grader.plot.named_pictures import names_for
from grader.stage import Stage
from grader.stages import STAGES, part_of
from grader.stubs import stub_for
from grader.write_files import naming_out, write_whole

PACKAGE = "llama3-kata"  # what Colab installs, unless another address is given
_NO_NBFORMAT = mark(
    "notebooks need nbformat, which isn't installed: `python -m pip install nbformat ipykernel`"
)
_SETUP = """\
# {remark}
import sys

if "google.colab" in sys.modules:
    %pip install --quiet {address}
%load_ext grader"""
_SOURCES = mark("Source: ")  # how the last paragraph of a lesson begins
_KINDS = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def write_notebooks(
    kata: Kata, stages: Sequence[Stage], out: Path, address: str
) -> list[tuple[Path, bool]]:
    """Write one notebook for each part that has some of the stages.

    A notebook that is there already may have somebody's work in it, so it is left as it is.

    Args:
        out: the folder to write to.
        address: what `pip install` gets on Colab: a package, or a wheel's address.

    Returns:
        each notebook's file, and whether it was written now.

    Raises:
        UsageError: if nbformat isn't installed, or a file can't be written.
    """
    try:
        import nbformat
    except ImportError:
        raise UsageError(tr(_NO_NBFORMAT)) from None
    done = []
    with naming_out(out):
        out.mkdir(parents=True, exist_ok=True)
        for part, members in groupby(stages, part_of):
            path = out / notebook_name(part)
            is_new = not path.exists()
            if is_new:
                notebook = nbformat.from_dict(notebook_of(kata, part, list(members), address))
                nbformat.validate(notebook)
                write_whole(path, nbformat.writes(notebook) + "\n")
            done.append((path, is_new))
    return done


def notebook_of(kata: Kata, part: str, stages: Sequence[Stage], address: str) -> dict[str, Any]:
    """Return the notebook of a part as nbformat's version 4.5 has it."""
    cells = [
        _markdown("about", _about(part, stages)),
        _code("setup", _setup(address)),
        *(cell for stage in stages for cell in _cells_of(kata, stage)),
    ]
    if any(stage.own_stages for stage in stages) and kata.closing_lesson.is_file():
        cells.append(_markdown(kata.closing_lesson.stem, closing_for_notebook(kata)))
    return {"cells": cells, "metadata": _KINDS, "nbformat": 4, "nbformat_minor": 5}


def notebook_name(part: str) -> str:
    """Return a part's file name; its number puts the files in the order of the parts."""
    number = list(dict.fromkeys(map(part_of, STAGES))).index(part) + 1
    return f"{number}-{re.sub(r'[^a-z0-9]+', '-', part.lower())}.ipynb"


def _about(part: str, stages: Sequence[Stage]) -> str:
    listed = "\n".join(
        tr(
            "- Stage {number}: {title}. {objective}",
            number=one.number,
            title=tr(one.title),
            objective=tr(one.objective),
        )
        for one in stages
    )
    how = tr(
        "Each stage has a lesson and a cell to write your code in. Run that cell, and the verdict "
        "appears below it. Your code is saved in `exercises/`, where the commands in a terminal "
        "find it, too. `%map` shows all stages, and `%hint` helps when you are stuck."
    )
    return f"# {tr(part)}\n\n{listed}\n\n{how}"


def _setup(address: str) -> str:
    remark = tr("Run this cell first. It adds the kata's commands to this notebook.")
    return _SETUP.format(remark=remark, address=address)


def _cells_of(kata: Kata, stage: Stage) -> list[dict[str, Any]]:
    lesson, source = _apart(lesson_for_notebook(kata, stage))
    cells = [_markdown(f"{stage.name}-lesson", lesson)]
    if stage.has_code:
        cells += [
            _markdown(f"{stage.name}-task", _task(kata, stage)),
            _code(f"{stage.name}-code", f"%%stage {stage.number}\n{_code_of(kata, stage)}"),
        ]
    else:
        cells += [
            _code(f"{stage.name}-check", f"%check {stage.number}"),
            _code(f"{stage.name}-answer", "%answer"),
        ]
    return [*cells, _markdown(f"{stage.name}-source", source)] if source else cells


def _apart(lesson: str) -> tuple[str, str]:
    """Return a lesson without its sources, and the sources."""
    sources = "|".join({_SOURCES, tr(_SOURCES)})
    if found := re.search(rf"\n\n(?=(?:{sources})(?!.*\n\n(?:{sources})))", lesson, re.S):
        return lesson[: found.start()].strip(), lesson[found.end() :]
    return lesson, ""


def _task(kata: Kata, stage: Stage) -> str:
    words = tr(
        "**Your turn.** Write {names} below and run the cell. `%hint {number}` shows one more hint "
        "each time.",
        names=in_a_row(f"`{name}`" for name in stage.names),
        number=stage.number,
    )
    if not kata.has_reference:
        return words
    after = tr(
        "Once it passes, {pictures} draws what your code computes, and `%compare {number}` shows "
        "it beside the reference.",
        pictures=tr(" and ").join(f"`%plot {name}`" for name in names_for(stage)),
        number=stage.number,
    )
    return tr("{first} {second}", first=words, second=after)


def _code_of(kata: Kata, stage: Stage) -> str:
    """Return the learner's code, or the stub."""
    try:
        text = kata.exercise(stage).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        text = stub_for(kata, stage)
    return cell_text(text)


def _markdown(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def _code(name: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "source": text,
        "execution_count": None,
        "outputs": [],
    }


def in_words(kata: Kata, written: Sequence[tuple[Path, bool]]) -> list[str]:
    """Return a line for each notebook that `write_notebooks` returned."""
    return [
        kata.shown(path)
        if is_new
        else tr("{file} is there already, so it was left as it is", file=kata.shown(path))
        for path, is_new in written
    ]
