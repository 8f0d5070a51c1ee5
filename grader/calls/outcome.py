"""What came of one call."""

from dataclasses import dataclass
from typing import Any

STUB_MESSAGE = "not written yet"  # the stubs raise NotImplementedError(f"{function} is not ...")


@dataclass(frozen=True)
class Returned:
    """The call came back: its value, and which arguments it had changed (counted from 0)."""

    value: Any
    changed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Raised:
    """The call raised: the nearest builtin class, the message, and the way there through the
    learner's own files, a line each."""

    class_name: str
    message: str
    where: str = ""

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


CallOutcome = Returned | Raised | WrongType | Lost
