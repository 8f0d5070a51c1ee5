"""Find the lines of a stage file where gradients end or are made impossible.

While the model runs, every torch function that the file calls is looked at. A gradient ends where
something that has one goes in, and a number or a tensor without one comes out, unless gradients are
switched off there. A value is changed in place where torch counts a new version of it.
"""

import linecache
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from grader.language import tr

_PLAIN = ("item", "tolist", "numpy", "__float__", "__array__")  # they return no tensor
_STAGE = re.compile(r"s\d\d_\w+\.py")
_OFF = re.compile(
    r"^(?!\s*(?:from|import)\b)[^#]*?((?:torch\.)?(?:no_grad|inference_mode|set_grad_enabled))\b"
)
_FRAME = re.compile(r'File "(.+)", line (\d+)')


@dataclass
class Lines:
    """What was found in a stage file: line numbers, with the names of the operations there."""

    ends: dict[int, str] = field(default_factory=dict)  # where a gradient ends
    changes: dict[int, str] = field(default_factory=dict)  # where a value is changed in place
    off: dict[int, str] = field(default_factory=dict)  # where gradients are switched off
    needed: int | None = None  # the line that needs a value which is changed later


def watched(path: Path, run: Callable[[], object]) -> tuple[Lines, BaseException | None]:
    """Run something, and return what was found in a file, and what was raised."""
    lines, error = Lines(), None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with torch.autograd.set_detect_anomaly(True, check_nan=False), _Spy(str(path), lines):
                run()
        except Exception as raised:
            error = raised
    for one in caught:
        found = [int(n) for name, n in _FRAME.findall(str(one.message)) if name == str(path)]
        lines.needed = found[-1] if found else lines.needed
    return lines, error


def shown(path: Path, number: int) -> str:
    """Return a line as error messages name it, indented."""
    linecache.checkcache(str(path))
    text = linecache.getline(str(path), number).strip()
    return tr("  in {file}, line {line}: {text}", file=path.name, line=number, text=text)


class _Spy(TorchFunctionMode):
    """Looks at the torch functions that a file calls."""

    def __init__(self, path: str, lines: Lines) -> None:
        super().__init__()
        self._path, self._lines = path, lines

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        tensors = list(_tensors([*args, *(kwargs or {}).values()]))
        versions = [tensor._version for tensor in tensors if not tensor.is_inference()]
        result = func(*args, **(kwargs or {}))
        frame = _frame_in(self._path)
        if frame is not None and tensors:
            number, name = int(frame.f_lineno), _name_of(func)
            depends = any(tensor.requires_grad for tensor in tensors)
            if depends and not torch.is_grad_enabled() and (switch := _switch(self._path, frame)):
                self._lines.off.setdefault(*switch)
            elif depends and _ends(func, result):
                self._lines.ends.setdefault(number, name)
            if versions != [tensor._version for tensor in tensors if not tensor.is_inference()]:
                self._lines.changes.setdefault(number, name)
        return result


def _ends(func: Any, result: Any) -> bool:
    if getattr(func, "__name__", "") in _PLAIN:
        return True
    found = [one for one in _tensors([result]) if one.is_floating_point() or one.is_complex()]
    return bool(found) and not any(one.requires_grad for one in found)


def _tensors(values: Any) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)


def _frame_in(path: str) -> Any:
    """Return a file's frame that is running now, if no other stage's code runs inside it."""
    at: Any = sys._getframe(2)
    while at is not None:
        name = at.f_code.co_filename
        if name == path:
            return at
        if _STAGE.fullmatch(Path(name).name):
            return None
        at = at.f_back
    return None


def _switch(path: str, frame: Any) -> tuple[int, str] | None:
    """Return the line of a file that switches gradients off, and what does it there.

    It is looked for in the functions that are running, from the inside out, and then in the whole
    file. If it isn't there, another stage does it.
    """
    linecache.checkcache(path)
    lines = linecache.getlines(path)
    places = []
    while frame is not None:
        if frame.f_code.co_filename == path:
            places.append(range(frame.f_lineno, frame.f_code.co_firstlineno - 1, -1))
        frame = frame.f_back
    for place in (*places, range(1, len(lines) + 1)):
        for number in place:
            if found := _OFF.search(lines[number - 1]):
                return number, found[1]
    return None


def _name_of(func: Any) -> str:
    """Return how a function is written in code, such as `detach` or `float`."""
    name = str(getattr(func, "__name__", ""))
    if name in ("__get__", "__set__"):  # a property, such as `.data`
        return f".{getattr(func.__self__, '__name__', name)}"
    return name.strip("_") if name.startswith("__") else name
