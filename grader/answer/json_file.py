"""Read a checkpoint's JSON files; anything wrong with one is a UsageError that names it."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.answer.folder_kinds import refuse_pointer
from grader.errors import UsageError
from grader.write_files import reason_of

_TOO_MANY = 10**6  # of anything in a model; to list the weights of so many layers takes minutes


def read_json(path: Path) -> Any:
    """Return the contents of a JSON file."""
    refuse_pointer(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not valid JSON: {error}") from None
    except OSError as error:
        raise UsageError(f"{path} can't be read: {reason_of(error)}") from None


def read_object(path: Path, example: str) -> dict[str, Any]:
    """Return the contents of a JSON file that holds an object.

    Args:
        example: what it should look like, for the message.
    """
    whole = read_json(path)
    if not isinstance(whole, dict):
        raise UsageError(f"{path} is not a JSON object: it should look like {example}")
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
        where: the words before a name if the object is part of another, such as "rope_scaling ".

    Raises:
        UsageError: if one is absent or something else.
    """
    for name in (*integers, *numbers):
        value: Any = found.get(name)
        if value is None and name in optional:
            continue
        if name not in found:
            what = f"{path}: {where}" if where else f"{path} "
            raise UsageError(f"{what}has no {name!r}: add the value that the model's authors give")
        types = (int,) if name in integers else (int, float)
        limit = _TOO_MANY if name in integers else math.inf
        if type(value) not in types or not 0 < value < limit:
            kind = f"integer below {_TOO_MANY:,}" if name in integers else "number"
            raise UsageError(f"{path}: {where}{name!r} is {value!r}, expected a positive {kind}")
