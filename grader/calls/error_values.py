"""Describe the values in the line that raised, by name; tensors by dtype and shape."""

import ast
import linecache
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from types import CodeType, TracebackType
from typing import Any

import torch

from grader.calls.plain_values import dtype_name

MOST = 6  # values shown
LONGEST = 40  # characters of a string or of bytes
_TURNED = ("T", "mT")  # attributes of a tensor that transpose it


def values_at(at: TracebackType) -> str:
    """Return the values in the expression that raised: `q: float32 [7, 8], k: float32 [5, 8]`; ''
    if nothing in it has a name."""
    frame = at.tb_frame
    text = _expression(frame.f_code, at.tb_lasti)
    values = {**frame.f_globals, **frame.f_locals}
    shown = {name: _shown(value) for name, value in _named(text, values)}
    known = [f"{name}: {value}" for name, value in shown.items() if value]
    return ", ".join(known[:MOST])


def _expression(code: CodeType, instruction: int) -> str:
    """Return the text of the expression that an instruction belongs to; '' if unknown."""
    first, last, begin, end = next(islice(code.co_positions(), instruction // 2, None))
    if first is None or last is None or begin is None or end is None:
        return ""
    lines = [linecache.getline(code.co_filename, one).encode() for one in range(first, last + 1)]
    if not lines[-1]:
        return ""
    lines[-1] = lines[-1][:end]  # columns count bytes
    lines[0] = lines[0][begin:]
    return b"".join(lines).decode(errors="replace")


def _named(text: str, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the named values in an expression with their names, from left to right."""
    try:
        tree = ast.parse(f"({text})", mode="eval")
    except (SyntaxError, ValueError):  # a statement
        return
    ahead: list[ast.AST] = [tree.body]
    while ahead:
        node = ahead.pop(0)
        found = _value_of(node, values)
        if found is not None:
            yield ast.unparse(node), found[0]
        else:
            ahead[:0] = ast.iter_child_nodes(node)


def _value_of(node: ast.AST, values: dict[str, Any]) -> tuple[Any] | None:
    """Return the value of a name, of a tensor's `.T`, of an entry of a dict, or of an entry or a
    part of a list or a tensor. Nothing else is evaluated, since that could do anything."""
    match node:
        case ast.Name(id=name) if name in values:
            return (values[name],)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if attribute in _TURNED:
            value = values.get(name)
            if type(value) is torch.Tensor and value.ndim >= 2:
                return (getattr(value, attribute),)
        case ast.Subscript(value=inner, slice=key) if whole := _value_of(inner, values):
            with suppress(Exception):  # no such index, or no literals
                return _entry(whole[0], _key(key))
    return None


def _key(node: ast.expr | None) -> Any:
    """Return a key or an index that consists of literals; ValueError if it doesn't."""
    match node:
        case None:
            return None
        case ast.Slice(lower, upper, step):
            return slice(_key(lower), _key(upper), _key(step))
        case ast.Tuple(elts):
            return tuple(map(_key, elts))
    return ast.literal_eval(node)


def _entry(value: Any, key: Any) -> tuple[Any] | None:
    """Return an entry of a dict, an entry or a part of a list, a tuple or a tensor, if there is
    one."""
    if type(value) is dict and key in value:
        return (value[key],)
    if type(value) in (list, tuple) and isinstance(key, (int, slice)):
        return (value[key],)
    if type(value) is torch.Tensor and all(map(_is_index, key if type(key) is tuple else [key])):
        return (value[key],)
    return None


def _is_index(key: Any) -> bool:
    return key is None or key is ... or type(key) in (int, slice)


def _shown(value: Any) -> str:
    """Describe a plain value in a few words; '' for anything else, such as a function."""
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        return f"{dtype_name(value.dtype)} {list(value.shape)}"
    if value is None or type(value) in (bool, int, float, complex):
        return repr(value)
    if type(value) in (str, bytes):
        # Not how long it is: a temporary folder's path has another length on another machine.
        return repr(value) if len(value) <= LONGEST else f"a long {type(value).__name__}"
    if type(value) in (list, tuple, dict):
        return f"{type(value).__name__} of {len(value)}"
    return ""
