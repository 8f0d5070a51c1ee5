"""Decode a worker's untrusted reply into plain outcomes.

Whatever does not have the very form that `call_server` writes is refused as a ValueError.
"""

from collections.abc import Collection
from typing import Any

from grader.calls.message_budget import MessageBudget
from grader.calls.outcome import CallOutcome, Raised, Returned, WrongType
from grader.calls.packing import unpack
from grader.calls.values import tensors_in

LONGEST_TEXT = 4000  # characters of a message; the way to an error is six lines
LONGEST_NAME = 200


def read_loaded(data: bytes, own: Collection[int]) -> tuple[int, Raised] | list[str]:
    """Read what came of loading: the number of the stage that failed and how, or the names that
    the learner's own stages lack."""
    answer = _dict(unpack(data, MessageBudget()))
    if "error" in answer:
        if answer["stage"] not in own:
            raise ValueError("not a stage that was loaded")
        return answer["stage"], _raised(answer["error"])
    return [_text(name, LONGEST_NAME) for name in _list(answer.get("missing"))]


def read_outcomes(data: bytes, count: int, device: str | None) -> list[CallOutcome]:
    """Read what came of `count` calls with `device` as torch's default device."""
    budget = MessageBudget()  # one for all of them together
    answers = _list(unpack(data, budget))
    if len(answers) != count:
        raise ValueError(f"{len(answers)} answers to {count} calls")
    return [_outcome(_dict(answer), budget, device) for answer in answers]


def read_times(data: bytes, count: int) -> list[float] | Raised:
    """Read how many seconds a call took each time it was made; there is one call."""
    answer = _dict(unpack(data, MessageBudget()))
    if "error" in answer:
        return _raised(answer["error"])
    times = _list(answer.get("times"))
    if count != 1 or not times or any(type(seconds) is not float for seconds in times):
        raise ValueError("not times")
    return times


def _outcome(answer: dict[Any, Any], budget: MessageBudget, device: str | None) -> CallOutcome:
    if "error" in answer:
        return _raised(answer["error"])
    if "unsupported" in answer:
        return WrongType(_text(answer["unsupported"], LONGEST_NAME))
    value, changed = answer.get("value"), _list(answer.get("changed"))
    if type(value) is not bytes or any(type(place) is not int or place < 0 for place in changed):
        raise ValueError("not what a call returned")
    returned = Returned(unpack(value, budget), tuple(changed))
    if device != "meta" and _lacks_values(returned.value):
        return WrongType("tensor on the device 'meta'")
    return returned


def _lacks_values(value: Any) -> bool:
    """Return whether there is a tensor without values somewhere: torch compares such a one in
    Python, and loads its compiler for that, which takes seconds and writes to the disk."""
    return any(tensor.device.type == "meta" for tensor in tensors_in(value))


def _raised(error: Any) -> Raised:
    error = _dict(error)
    name = _text(error.get("class_name"), LONGEST_NAME)
    if not name.isidentifier():
        raise ValueError("not the name of a class")
    texts = (_text(error.get(part), LONGEST_TEXT) for part in ("message", "where"))
    return Raised(name, *texts)


def _dict(value: Any) -> dict[Any, Any]:
    if type(value) is not dict:
        raise ValueError("not a dict")
    return value


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise ValueError("not a list")
    return value


def _text(value: Any, longest: int) -> str:
    if type(value) is not str:
        raise ValueError("not a text")
    return value if len(value) <= longest else value[:longest] + " ... (it goes on)"
