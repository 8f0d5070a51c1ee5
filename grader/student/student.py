"""The grader's view of one stage's code: calls go in, outcomes come out, whatever happens there."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from grader.stages import Stage, stage_of
from grader.student.channel import Channel, WorkerLost
from grader.student.outcome import Lost, Outcome, Raised, Returned, WrongType
from grader.student.recipe import Recipe
from grader.student.values import pack, unpack

T = TypeVar("T")

TEST_SECONDS = 10.0  # honest code answers within a fraction of a second


@dataclass(frozen=True)
class Target:
    """What is called: a function, a constant's method, or a method of what a recipe makes."""

    name: str
    method: str | None = None
    made: Recipe | None = None

    @property
    def shown(self) -> str:
        return f"{self.name}.{self.method}" if self.method else self.name


@dataclass(frozen=True)
class Call:
    """One call and what came of it."""

    target: Target
    args: tuple[Any, ...]
    device: str | None
    outcome: Outcome


class Student:
    """One stage's code behind a channel; a new channel is opened when one is lost."""

    def __init__(
        self,
        stage: Stage,
        files: dict[int, Path],
        open_channel: Callable[[], Channel],
        seconds: float = TEST_SECONDS,
    ) -> None:
        self.stage = stage
        self.calls: list[Call] = []  # since the current test began
        self.load_error: Raised | Lost | None = None
        self.load_stage = stage
        self._files, self._open_channel, self._seconds = files, open_channel, seconds
        self._channel: Channel | None = None
        self._missing: list[str] = []
        self._known_recipes: set[int] = set()
        self._lost: dict[str, Lost] = {}  # functions that have timed out
        self._printed = ""

    @classmethod
    def loaded(cls, stage: Stage, channel: Channel, recipes: Collection[int] = ()) -> "Student":
        """Make a student whose code is already there, on the other side of `channel`, and so is
        what these `recipes` make."""
        student = cls(stage, {}, lambda: channel)
        student._channel = channel
        student._known_recipes = set(recipes)
        return student

    @property
    def own_numbers(self) -> list[int]:
        return [self.stage.number] if self.stage.has_code else list(self.stage.uses)

    @property
    def own_files(self) -> list[Path]:
        return [self._files[number] for number in self.own_numbers]

    def load(self) -> bool:
        """Import the code; False, with `load_error` set, when that fails."""
        if self._channel is None and self.load_error is None:
            self._channel = self._open_channel()
            self._known_recipes = set()
            files = {number: str(path) for number, path in self._files.items()}
            request = pack({"do": "load", "files": files, "own": self.own_numbers})
            try:
                answer = unpack(self._channel.ask(request, self._seconds))
                if "error" in answer:
                    self.load_stage = stage_of(answer["stage"])
                    self.load_error = _raised(answer["error"])
                else:
                    self._missing = [str(name) for name in answer["missing"]]
            except WorkerLost as lost:
                self._drop_channel()
                self.load_error = Lost(str(lost), lost.timed_out)
            except (ValueError, KeyError, TypeError, StopIteration):
                self.load_error = Lost("its answer made no sense", timed_out=False)
        return self.load_error is None

    def run(
        self,
        target: Target,
        batch: Sequence[tuple[Any, ...]],
        device: str | None = None,
        seconds: float | None = None,
    ) -> list[Outcome]:
        """Call a function once for every tuple of arguments.

        When the code is lost on the way, all outcomes of the batch say so; a function that has
        timed out is not called again.
        """
        outcomes = self._outcomes(target, batch, device, seconds or self._seconds)
        self.calls += [
            Call(target, args, device, outcome)
            for args, outcome in zip(batch, outcomes, strict=True)
        ]
        return outcomes

    def time(
        self,
        target: Target,
        args: tuple[Any, ...],
        most_runs: int,
        most_seconds: float,
        seconds: float | None = None,
    ) -> list[float] | Raised | Lost:
        """Make one call again and again, and give how many seconds each took, measured where the
        code runs.

        Args:
            most_runs: stops after so many calls,
            most_seconds: or when they have taken so long together; there is at least one.
            seconds: the time limit for all of them.
        """
        asked = {"do": "time", "runs": most_runs, "seconds": most_seconds}
        return self._ask(target, [args], asked, _times, seconds or self._seconds)

    def _outcomes(
        self,
        target: Target,
        batch: Sequence[tuple[Any, ...]],
        device: str | None,
        seconds: float,
    ) -> list[Outcome]:
        def read(answers: Any) -> list[Outcome]:
            return [_outcome(answer) for _, answer in zip(batch, answers, strict=True)]

        found = self._ask(target, batch, {"do": "call", "device": device}, read, seconds)
        return found if isinstance(found, list) else [found] * len(batch)

    def _ask(
        self,
        target: Target,
        batch: Sequence[tuple[Any, ...]],
        asked: dict[str, Any],
        read: Callable[[Any], T],
        seconds: float,
    ) -> T | Raised | Lost:
        """Send a request about some calls, and read the answer; or say why there is none."""
        if target.name in self._missing:
            message = f"{self.stage.name}.py does not define {target.name}"
            return Raised("AttributeError", message)
        if target.name in self._lost:
            return self._lost[target.name]
        if not self.load():
            assert self.load_error is not None
            return self.load_error
        assert self._channel is not None
        try:
            request = pack({**asked, **self._calls(target, batch)})
            return read(unpack(self._channel.ask(request, seconds)))
        except WorkerLost as lost:
            self._drop_channel()
            gone = Lost(str(lost), lost.timed_out)
            if lost.timed_out:
                self._lost[target.name] = gone
            return gone
        except (ValueError, KeyError, TypeError):
            self._drop_channel()
            return Lost("its answer made no sense", timed_out=False)

    def _calls(self, target: Target, batch: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
        """Write what is called with which arguments the way a request has it."""
        calls = []
        for args in batch:
            recipes: list[list[Any]] = []
            if target.made is not None:
                self._tell(target.made, recipes)
            calls.append([recipes, [self._argument(arg, recipes) for arg in args]])
        made = target.made.number if target.made else None
        return {"target": [target.name, target.method, made], "calls": calls}

    def _argument(self, value: Any, recipes: list[list[Any]]) -> bytes | int:
        if isinstance(value, Recipe):
            self._tell(value, recipes)
            return value.number
        return pack(value)

    def _tell(self, recipe: Recipe, recipes: list[list[Any]]) -> None:
        """Add a recipe that the other side does not know yet, and those it needs, to a request."""
        if recipe.number not in self._known_recipes:
            if recipe.maker == "value":
                needs: list[bytes | int] = [_packed(recipe)]
            else:
                needs = [self._argument(arg, recipes) for arg in recipe.args]
            recipes.append([recipe.number, recipe.maker, needs])
            self._known_recipes.add(recipe.number)

    def printed(self) -> str:
        """Give what the code has printed so far."""
        return self._printed + (self._channel.printed() if self._channel else "")

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._channel is not None:
            self._drop_channel()

    def _drop_channel(self) -> None:
        assert self._channel is not None
        self._channel.close()
        self._printed += self._channel.printed()
        self._channel = None


@lru_cache(maxsize=16)
def _packed(shared: Recipe) -> bytes:
    """Pack shared data once, however many workers and mistakes it is sent to."""
    return pack(shared.args[0])


def _raised(error: dict[str, Any]) -> Raised:
    return Raised(str(error["class"]), str(error["message"]), str(error["where"]))


def _outcome(answer: dict[str, Any]) -> Outcome:
    if "error" in answer:
        return _raised(answer["error"])
    if "unsupported" in answer:
        return WrongType(str(answer["unsupported"]))
    return Returned(unpack(answer["value"]), tuple(int(index) for index in answer["changed"]))


def _times(answer: dict[str, Any]) -> list[float] | Raised:
    if "error" in answer:
        return _raised(answer["error"])
    return [float(seconds) for seconds in answer["times"]]
