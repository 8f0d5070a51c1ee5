"""What the cells of a notebook define at their top level, and putting some of it together.

The code is untrusted. It is parsed, never run, and no step here recurses into it.
"""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.source_lines import first_line
from grader.stage import Stage
from grader.stages import STAGES

_MAGIC = re.compile(r"(?P<indent>[ \t]*)(?:[%!?]|\w+\s*=\s*[%!])[^\n]*")
_MOST_DEFINITIONS = 200  # in one stage's file
# What stubs import besides earlier stages, and other usual imports: a notebook that relies on the
# kata's magics, or on its kernel's state, may lack them.
_USUAL = {
    "Any": "from typing import Any",
    "Counter": "from collections import Counter",
    "F": "import torch.nn.functional as F",
    "Iterable": "from collections.abc import Iterable",
    "Iterator": "from collections.abc import Iterator",
    "Path": "from pathlib import Path",
    "base64": "import base64",
    "codecs": "import codecs",
    "json": "import json",
    "math": "import math",
    "np": "import numpy as np",
    "pairwise": "from itertools import pairwise",
    "random": "import random",
    "re": "import re",
    "regex": "import regex",
    "tiktoken": "import tiktoken",
    "torch": "import torch",
}
_EARLIER = {name: stage for stage in STAGES for name in stage.names}

_Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class _Definition:
    """A statement that defines names: its text, and where it is."""

    cell: int
    place: int  # among all definitions, in order
    text: str
    uses: frozenset[str]


class Definitions:
    """The definitions of a notebook's cells; of several with one name, the last counts."""

    def __init__(self) -> None:
        self._named: dict[str, list[_Definition]] = {}
        self._imports: dict[str, str] = {}  # the statement, by the name that it defines
        self._count = 0

    def add(self, cell: int, text: str) -> None:
        """Add a cell's definitions; a cell that can't be parsed has none."""
        module, text = parsed(text)
        lines = text.split("\n")
        for node in module.body if module else ():
            names = _defined_by(node)
            if isinstance(node, _Import):
                self._imports.update((name, _import_of(node, name)) for name in names)
            elif names:
                self._count += 1
                written = "\n".join(lines[first_line(node, lines) : node.end_lineno])
                one = _Definition(cell, self._count, written, _used_in(node))
                for name in names:
                    self._named.setdefault(name, []).append(one)

    def cells_of(self, name: str) -> tuple[int, ...]:
        """Return the numbers of the cells that define a name, in order."""
        return tuple(dict.fromkeys(one.cell for one in self._named.get(name, ())))

    def put_together(self, names: Sequence[str], stage: Stage) -> str:
        """Return a stage's file with the last definitions of some names, and what they use."""
        chosen: dict[int, _Definition] = {}
        waiting, seen = list(names), set(names)
        uses: set[str] = set()
        while waiting and len(chosen) < _MOST_DEFINITIONS:
            one = self._named[waiting.pop()][-1]
            chosen[one.place] = one
            uses |= one.uses
            helpers = one.uses - seen - set(_earlier_than(stage))
            waiting += [name for name in sorted(helpers) if name in self._named]
            seen |= helpers
        text = "\n\n\n".join(chosen[place].text for place in sorted(chosen))
        defined = {name for name in self._named if self._named[name][-1].place in chosen}
        return self._imported(uses - defined, stage) + text + "\n"

    def completed(self, text: str, stage: Stage) -> str:
        """Return the text of a whole stage's file with the imports that it lacks."""
        module, text = parsed(text)
        if module is None:
            return text  # the verdict says what is wrong in it
        defined = {name for node in module.body for name in _defined_by(node)}
        lacking = {name for node in module.body for name in _used_in(node)} - defined
        helpers = [
            name for name in sorted(lacking - set(_earlier_than(stage))) if name in self._named
        ]
        before = self.put_together(helpers, stage) if helpers else ""
        known = defined.union(helpers)
        return _after_future_imports(text, self._imported(lacking - known, stage) + before)

    def _imported(self, names: Iterable[str], stage: Stage) -> str:
        """Return import statements for names that are used and not defined."""
        earlier = _earlier_than(stage)
        lines = set()
        for name in names:
            if name in earlier:
                lines.add(f"from exercises.{earlier[name].name} import {name}")
            elif name in self._imports:
                lines.add(self._imports[name])
            elif name in _USUAL:
                lines.add(_USUAL[name])
        return "".join(f"{line}\n" for line in sorted(lines)) + ("\n\n" if lines else "")


def parsed(text: str) -> tuple[ast.Module | None, str]:
    """Return the statements of a cell, and its text.

    If it can't be parsed, try without the lines that only IPython understands. If that doesn't help
    either, return None and the text as it is.
    """
    for tried in (text, _without_magics(text)):
        try:
            return ast.parse(tried), tried
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
    return None, text


def _without_magics(text: str) -> str:
    return "\n".join(
        f"{found['indent']}pass" if (found := _MAGIC.fullmatch(line)) else line
        for line in text.split("\n")
    )


def _defined_by(node: ast.stmt) -> list[str]:
    """Return the names that a statement at the top level defines."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Import():
            return [(one.asname or one.name).split(".")[0] for one in node.names]
        case ast.ImportFrom():
            return [one.asname or one.name for one in node.names]
        case ast.Assign():
            return [one.id for one in node.targets if isinstance(one, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)) if node.value is not None:
            return [name]
    return []


def _used_in(node: ast.stmt) -> frozenset[str]:
    """Return the names that a statement uses and doesn't define itself."""
    loaded, bound = set(), set()
    for one in ast.walk(node):
        match one:
            case ast.Name(ctx=ast.Load()):
                loaded.add(one.id)
            case ast.Name():
                bound.add(one.id)
            case ast.arg():
                bound.add(one.arg)
            case ast.FunctionDef() | ast.ClassDef():
                bound.add(one.name)
    return frozenset(loaded - bound)


def _import_of(node: _Import, name: str) -> str:
    """Return a statement that imports one name as another statement does."""
    if isinstance(node, ast.ImportFrom):
        alias = next(one for one in node.names if (one.asname or one.name) == name)
        start = f"from {'.' * node.level}{node.module or ''} import {alias.name}"
    else:
        alias = next(one for one in node.names if (one.asname or one.name).split(".")[0] == name)
        start = f"import {alias.name}"
    return f"{start} as {alias.asname}" if alias.asname else start


def _earlier_than(stage: Stage) -> dict[str, Stage]:
    """Return the earlier stages by the names that a stage may import from them."""
    return {name: one for name, one in _EARLIER.items() if one.number < stage.number}


def _after_future_imports(text: str, added: str) -> str:
    """Return a text with code added where imports stand."""
    module, _ = parsed(text)
    first = [
        node
        for place, node in enumerate(module.body if module else [])
        if (isinstance(node, ast.ImportFrom) and node.module == "__future__")
        or (place == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    lines = text.split("\n")
    place = (first[-1].end_lineno or 0) if first else 0
    return "\n".join(lines[:place] + (added.split("\n")[:-1] if added else []) + lines[place:])
