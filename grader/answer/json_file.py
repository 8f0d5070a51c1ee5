"""Read a checkpoint's JSON files; anything wrong with one is a UsageError that names it."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.answer.folder_kinds import refuse_pointer
from grader.errors import UsageError
from grader.language import tr
from grader.write_files import reason_of

_TOO_MANY = 10**6  # of anything in a model; to list the weights of so many layers takes minutes


def read_json(path: Path) -> Any:
    """Return the contents of a JSON file."""
    refuse_pointer(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        words = tr("{path} is not valid JSON: {error}", path=path, error=error)
        raise UsageError(words) from None
    except OSError as error:
        words = tr("{path} can't be read: {reason}", path=path, reason=reason_of(error))
        raise UsageError(words) from None


def read_object(path: Path, example: str) -> dict[str, Any]:
    """Return the contents of a JSON file that holds an object.

    Args:
        example: what it should look like, for the message.
    """
    whole = read_json(path)
    if not isinstance(whole, dict):
        words = tr(
            "{path} is not a JSON object: it should look like {example}",
            path=path,
            example=example,
        )
        raise UsageError(words)
    return whole


def check_numbers(
    path: Path,
    found: Mapping[str, Any],
    integers: Sequence[str],
    numbers: Sequence[str],
    optional: Sequence[str] = (),
    where: str = "",
) -> None:
    """Check that an object has positive numbers under these names.

    Args:
        optional: those of the names that may be absent or null.
        where: the name of the object if it is part of another, such as "rope_scaling".

    Raises:
        UsageError: if one is absent or something else.
    """
    for name in (*integers, *numbers):
        value: Any = found.get(name)
        if value is None and name in optional:
            continue
        if name not in found:
            raise UsageError(_absent(path, where, name))
        types = (int,) if name in integers else (int, float)
        limit = _TOO_MANY if name in integers else math.inf
        if type(value) not in types or not 0 < value < limit:
            entry = f"{where} {name!r}".lstrip()
            raise UsageError(_not_a_number(path, entry, value, name in integers))


def _absent(path: Path, where: str, name: str) -> str:
    if where:
        return tr(
            "{path}: {where} has no {name!r}: add the value that the model's authors give",
            path=path,
            where=where,
            name=name,
        )
    return tr(
        "{path} has no {name!r}: add the value that the model's authors give", path=path, name=name
    )


def _not_a_number(path: Path, entry: str, value: object, is_integer: bool) -> str:
    if not is_integer:
        return tr(
            "{path}: {entry} is {value!r}, expected a positive number",
            path=path,
            entry=entry,
            value=value,
        )
    return tr(
        "{path}: {entry} is {value!r}, expected a positive integer below {limit:,}",
        path=path,
        entry=entry,
        value=value,
        limit=_TOO_MANY,
    )
