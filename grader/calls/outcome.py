"""What came of one call."""

from dataclasses import dataclass
from typing import Any

from grader.calls.places import Place

STUB_MESSAGE = "not written yet"  # the stubs raise NotImplementedError(f"{function} is not ...")


@dataclass(frozen=True)
class Returned:
    """The call came back: its value, and which arguments it had changed (counted from 0)."""

    value: Any
    changed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Raised:
    """The call raised: the nearest builtin class, the message, the way there through the learner's
    own files, a line each, the number of the last of these, and what it was made of."""

    class_name: str
    message: str
    where: str = ""
    line: int | None = None
    values: str = ""

    @property
    def is_stub(self) -> bool:
        return self.class_name == "NotImplementedError" and self.message.endswith(STUB_MESSAGE)


@dataclass(frozen=True)
class WrongType:
    """The call returned something that is no plain value; this is the type's name."""

    type_name: str


@dataclass(frozen=True)
class Lost:
    """No answer: the code took too long (`timed_out`) or ended its process; `reason` says how."""

    reason: str
    timed_out: bool


@dataclass(frozen=True)
class Seen:
    """A value that an expression of the code had during a call; of a call of a stage's function
    also its name and its arguments, by position and by name. What doesn't travel is None."""

    place: Place
    function: str | None
    args: list[Any]
    kwargs: dict[str, Any]
    value: Any


CallOutcome = Returned | Raised | WrongType | Lost
