"""Decode a worker's untrusted reply into plain outcomes.

Anything not in the exact form that `call_server` writes is refused with a ValueError.
"""

import os
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from grader.calls.message_budget import MessageBudget
from grader.calls.outcome import LONGEST_TEXT_SET_IN, CallOutcome, Raised, Returned, Seen, WrongType
from grader.calls.packing import unpack
from grader.calls.places import Place
from grader.calls.plain_values import tensors_in
from grader.calls.recorder import MOST_SEEN
from grader.language import tr

T = TypeVar("T")

# Characters of a message or a traceback, which has at most seven lines. Platforms set fewer.
LONGEST_TEXT = int(os.environ.get(LONGEST_TEXT_SET_IN, "4000"))
LONGEST_NAME = 200
LONGEST_VALUES = 400  # of the values in the line that raised


def read_loaded(data: bytes, own: Collection[int]) -> tuple[int, Raised] | list[str]:
    """Read the result of loading: the number of the stage that failed and how, or the names that
    the learner's own stages lack."""
    answer = _only(dict, unpack(data, MessageBudget()))
    if "error" in answer:
        stage = _only(int, answer.get("stage"))
        if stage not in own:
            raise ValueError("not a stage that was loaded")
        return stage, _raised(answer["error"])
    return [_text(name, LONGEST_NAME) for name in _only(list, answer.get("missing"))]


def read_outcomes(data: bytes, count: int, device: str | None) -> list[CallOutcome]:
    """Read the outcomes of `count` calls with `device` as torch's default device."""
    budget = MessageBudget()  # one for all of them together
    answers = _only(list, unpack(data, budget))
    if len(answers) != count:
        raise ValueError(f"{len(answers)} answers to {count} calls")
    return [_outcome(_only(dict, answer), budget, device) for answer in answers]


def read_seen(data: bytes, places: Mapping[int, Place]) -> list[Seen]:
    """Read what the code computed during a call."""
    seen = []
    entries = _only(list, unpack(data, MessageBudget()))
    if len(entries) > MOST_SEEN:
        raise ValueError("more values than are recorded of a call")
    for entry in entries:
        number, name, given, value = _only(tuple, entry)
        known = name is None or _text(name, LONGEST_NAME).isidentifier()
        if number not in places or not known:
            raise ValueError("not a place in the file")
        positional, by_name = _only(list, given)
        args, kwargs = _only(list, positional), _only(dict, by_name)
        seen.append(Seen(places[number], name, args, kwargs, value))
    return seen


def read_times(data: bytes) -> list[float] | Raised:
    """Read how many seconds a call took each time."""
    answer = _only(dict, unpack(data, MessageBudget()))
    if "error" in answer:
        return _raised(answer["error"])
    times = [_only(float, seconds) for seconds in _only(list, answer.get("times"))]
    if not times:
        raise ValueError("no times")
    return times


def _outcome(answer: dict[Any, Any], budget: MessageBudget, device: str | None) -> CallOutcome:
    if "error" in answer:
        return _raised(answer["error"])
    if "unsupported" in answer:
        return WrongType(_text(answer["unsupported"], LONGEST_NAME))
    changed = [_only(int, index) for index in _only(list, answer.get("changed"))]
    if min(changed, default=0) < 0:
        raise ValueError("not the index of an argument")
    value = unpack(_only(bytes, answer.get("value")), budget)
    # Torch compares tensors without values in Python, and loads its compiler for it, which takes
    # seconds and writes to the disk.
    if device != "meta" and any(tensor.device.type == "meta" for tensor in tensors_in(value)):
        return WrongType("tensor on the device 'meta'")
    return Returned(value, tuple(changed))


def _raised(error: Any) -> Raised:
    error = _only(dict, error)
    name = _text(error.get("class_name"), LONGEST_NAME)
    if not name.isidentifier():
        raise ValueError("not the name of a class")
    message, where = (_text(error.get(part), LONGEST_TEXT) for part in ("message", "where"))
    line = error.get("line")
    values = _text(error.get("values"), LONGEST_VALUES)
    own = _text(error.get("own_name"), LONGEST_NAME)
    if own and not all(part.isidentifier() for part in own.split(".")):
        raise ValueError("not the name of a class")
    return Raised(name, message, where, line if line is None else _only(int, line), values, own)


def _only(kind: type[T], value: Any) -> T:
    """Return a value if it is of exactly this type."""
    if type(value) is not kind:
        raise ValueError(f"not a {kind.__name__}")
    return value


def _text(value: Any, longest: int) -> str:
    text = _only(str, value)
    return text if len(text) <= longest else text[:longest] + tr(" ... (it goes on)")
