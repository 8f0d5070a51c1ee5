"""Find the lines of a stage file where gradients end or are made impossible.

While the model runs, every torch function that the file calls is looked at. A gradient ends where
something that has one goes in, and a number or a tensor without one comes out. A value is changed
in place where torch counts a new version of it.
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

_PLAIN = ("item", "tolist", "numpy", "__float__", "__array__")  # they return no tensor
_STAGE = re.compile(r"s\d\d_\w+\.py")
_FRAME = re.compile(r'File "(.+)", line (\d+)')


@dataclass
class Lines:
    """What was found in a stage file: line numbers, with the names of the operations there."""

    ends: dict[int, str] = field(default_factory=dict)  # where a gradient ends
    changes: dict[int, str] = field(default_factory=dict)  # where a value is changed in place
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
    """Return a line as error messages name it."""
    linecache.checkcache(str(path))
    return f"in {path.name}, line {number}: {linecache.getline(str(path), number).strip()}"


class _Spy(TorchFunctionMode):
    """Looks at the torch functions that a file calls."""

    def __init__(self, path: str, lines: Lines) -> None:
        super().__init__()
        self._path, self._lines = path, lines

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        tensors = list(_tensors([*args, *(kwargs or {}).values()]))
        versions = [tensor._version for tensor in tensors if not tensor.is_inference()]
        result = func(*args, **(kwargs or {}))
        if (number := _line_in(self._path)) is not None and tensors:
            name = _name_of(func)
            if any(tensor.requires_grad for tensor in tensors) and _ends(func, result):
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


def _line_in(path: str) -> int | None:
    """Return the line of a file that is running now, if no other stage's code runs inside it."""
    at: Any = sys._getframe(2)
    while at is not None:
        name = at.f_code.co_filename
        if name == path:
            return int(at.f_lineno)
        if _STAGE.fullmatch(Path(name).name):
            return None
        at = at.f_back
    return None


def _name_of(func: Any) -> str:
    """Return how a function is written in code, such as `detach` or `float`."""
    name = str(getattr(func, "__name__", ""))
    if name in ("__get__", "__set__"):  # a property, such as `.data`
        return f".{getattr(func.__self__, '__name__', name)}"
    return name.strip("_") if name.startswith("__") else name
