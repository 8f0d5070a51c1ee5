"""What each person of an invented class hands in: cheap stage files that say whose they are."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from grader.stage import Stage
from grader.stages import STAGES
from grader.tests.course_systems.people import People, Student

Files = dict[str, bytes]  # by their path in what is handed in

_CODE = [stage for stage in STAGES if stage.has_code and not stage.bonus]
_FEWEST = 3  # stage files
_CLOSE_NAMES = (
    lambda stage: f"{stage.name} (1).py",
    lambda stage: f"{stage.name}-1.py",
    lambda stage: f"{stage.name.capitalize()}.py",
    lambda stage: f"{stage.name}.py.txt",
)
_ENCODINGS: tuple[Callable[[str], bytes], ...] = (
    lambda text: text.replace("\n", "\r\n").encode("utf-8"),
    lambda text: text.encode("utf-8-sig"),
    lambda text: text.encode("utf-16"),
)


@dataclass(frozen=True)
class Work:
    """What somebody hands in, before a course system has taken it."""

    files: Files
    stages: frozenset[str]  # the names of the stage files in it


Kind = Callable[[People, Student], Work]


def mark_of(student: Student) -> str:
    """Return the text that is in every stage file of a student, and in nobody else's."""
    return f"handed in by {student.number:04}"


def stage_files(people: People, student: Student) -> Work:
    """Return some stage files, one of them with a close name or in another encoding."""
    rng = people.rng("files", student)
    stages = sorted(
        rng.sample(_CODE, rng.randint(_FEWEST, len(_CODE))), key=lambda stage: stage.number
    )
    files = {f"{stage.name}.py": _code(stage, mark_of(student)).encode() for stage in stages}
    odd = rng.choice(stages)
    if rng.random() < 0.2:
        name = rng.choice(_CLOSE_NAMES)(odd)
        files[name] = files.pop(f"{odd.name}.py")
    elif rng.random() < 0.2:
        encode = rng.choice(_ENCODINGS)
        files[f"{odd.name}.py"] = encode(_code(odd, mark_of(student)))
    return Work(files, frozenset(f"{stage.name}.py" for stage in stages))


def folder(people: People, student: Student) -> Work:
    """Return stage files in `exercises/`, at times with an old copy beside them."""
    work = stage_files(people, student)
    files = _below("exercises", work.files)
    if people.rng("copies", student).random() < 0.3:
        old = {f"{one.name}.py": _code(one, "an old copy").encode() for one in _CODE}
        copied = sorted(work.stages & set(work.files))  # no rival of a file with a close name
        files |= _below("backup", {name: old[name] for name in copied})
    return Work(files, work.stages)


def handout(people: People, student: Student) -> Work:
    """Return a handout with stage files in `exercises/` and the handout's own in other folders."""
    work = stage_files(people, student)
    files = _below("exercises", work.files) | _below("stubs", _stubs())
    for stage in _CODE:
        files[f"tests/test_{stage.name}.py"] = b"def test_nothing() -> None:\n    pass\n"
    files["README.md"] = b"# The kata\n"
    files["pyproject.toml"] = b'[project]\nname = "kata"\n'
    return Work(files, work.stages)


def checkout(people: People, student: Student) -> Work:
    """Return a checkout of the whole kata, with everything that looks like a stage file."""
    work = handout(people, student)
    files = {path: text for path, text in work.files.items() if not path.startswith("stubs/")}
    for place in ("solutions", "mistakes", "grader/author/right_ways"):
        files |= _below(place, {f"{one.name}.py": _code(one, place).encode() for one in _CODE})
    return Work(files, work.stages)


def repository(people: People, student: Student) -> Work:
    """Return a clone: a handout in a folder with `.git`."""
    work = handout(people, student)
    files = work.files | {
        ".git/HEAD": b"ref: refs/heads/main\n",
        ".git/config": b"[core]\n\trepositoryformatversion = 0\n",
        ".gitignore": b"__pycache__/\n",
    }
    return Work(files, work.stages)


def notebook(people: People, student: Student) -> Work:
    """Return a notebook whose cells define the functions, as Jupyter or Colab saves it."""
    rng = people.rng("notebook", student)
    work = stage_files(people, student)
    chosen = [stage for stage in _CODE if f"{stage.name}.py" in work.stages]
    sources = ["import torch\nimport matplotlib.pyplot as plt\n%matplotlib inline"]
    if in_colab := rng.random() < 0.5:
        sources.insert(0, "!pip install -q tiktoken regex")
    for stage in chosen:
        sources.append(_code(stage, mark_of(student)).partition("import torch\n")[2].strip())
        sources.append(f"print({stage.names[0]})")
    made = _notebook(sources, in_colab)
    return Work({rng.choice(("kata.ipynb", "Untitled0.ipynb", "Llama 3.ipynb")): made}, work.stages)


def nothing_but_text(_people: People, _student: Student) -> Work:
    """Return a hand-in without any stage file."""
    return Work({}, frozenset())


def choose(people: People, student: Student, kinds: dict[Kind, int]) -> tuple[Kind, random.Random]:
    """Return one of some kinds of hand-ins, by weight, and a generator for what else to decide."""
    rng = people.rng("kind", student)
    (kind,) = rng.choices(list(kinds), list(kinds.values()))
    return kind, rng


def _code(stage: Stage, mark: str) -> str:
    lines = [f'"""Stage {stage.number}."""', "", "import torch", ""]
    lines += [f'{constant.name} = "{mark}"' for constant in stage.constants]
    for function in stage.functions:
        lines += ["", "", f"def {function.name}(*arguments):", f'    return "{mark}", torch']
    return "\n".join([*lines, ""])


def _stubs() -> Files:
    return {
        f"{stage.name}.py": "\n\n".join(
            f'def {function.name}(*arguments):\n    raise NotImplementedError("a stub")\n'
            for function in stage.functions
        ).encode()
        for stage in _CODE
    }


def _below(place: str, files: Files) -> Files:
    return {f"{place}/{path}": text for path, text in files.items()}


def _notebook(sources: list[str], in_colab: bool) -> bytes:
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# My kata"]}
    ]
    for number, source in enumerate(sources, 1):
        cell: dict[str, object] = {
            "cell_type": "code",
            "execution_count": number,
            "metadata": {"id": f"cell{number}"} if in_colab else {},
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        cells.append(cell)
    metadata: dict[str, object] = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    if in_colab:
        metadata["colab"] = {"provenance": []}
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    return json.dumps(whole, indent=1).encode()
