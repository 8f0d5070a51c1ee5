"""The outcomes of a call."""

from dataclasses import dataclass
from typing import Any

from grader.calls.places import Place

# The environment variable that limits how much of an error's text is accepted (`replies`).
LONGEST_TEXT_SET_IN = "LLAMA3_LONGEST_TEXT"
STUB_MESSAGE = "not written yet"  # the stubs raise NotImplementedError(f"{function} is not ...")


@dataclass(frozen=True)
class Returned:
    """The call returned: its value, and which arguments it changed (counted from 0)."""

    value: Any
    changed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Raised:
    """The call raised: the nearest builtin class, the message, the traceback through the learner's
    own files, the number of the last of these lines, the values in it, and the name of the class
    itself if it isn't builtin, such as `re.error`."""

    class_name: str
    message: str
    where: str = ""
    line: int | None = None
    values: str = ""
    own_name: str = ""

    @property
    def shown_name(self) -> str:
        """The name that Python shows."""
        return self.own_name or self.class_name

    @property
    def is_stub(self) -> bool:
        return self.class_name == "NotImplementedError" and self.message.endswith(STUB_MESSAGE)


@dataclass(frozen=True)
class WrongType:
    """The call returned something that isn't a plain value; this is the type's name."""

    type_name: str


@dataclass(frozen=True)
class Lost:
    """No answer: the code took too long (`timed_out`) or ended its process; `reason` says which.
    The call wasn't even made (`called`) if an earlier call of the function took too long."""

    reason: str
    timed_out: bool
    called: bool = True


@dataclass(frozen=True)
class Seen:
    """The value of an expression of the code during a call; for a call of a stage's function also
    its name and its arguments, by position and by name. What can't be sent is None."""

    place: Place
    function: str | None
    args: list[Any]
    kwargs: dict[str, Any]
    value: Any


CallOutcome = Returned | Raised | WrongType | Lost
