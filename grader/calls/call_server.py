"""The side that holds the learner's code: takes requests as bytes, gives back answers as bytes.

The same server works in this process (plain pytest) and in a worker (`grader check`), so both
give the same verdict. What it is asked is `load` (a stage's files), `call` (one function, a batch
of arguments) or `time` (one call, again and again). An argument is the bytes of a plain value, or
the number of a recipe.
"""

import contextlib
import importlib
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from grader.calls.recipe import BUILDERS
from grader.calls.stage_modules import StageModules
from grader.calls.values import Unsupported, pack, unpack
from grader.stage import Constant
from grader.stages import STAGES, stage_of

Argument = bytes | int
FRAMES = 3  # of a long traceback, so many are shown from its beginning and from its end


class CallServer:
    """Answers requests about one stage's code."""

    def __init__(
        self, modules: StageModules | None = None, made: Mapping[int, Any] | None = None
    ) -> None:
        """Begin with nothing loaded, or with code and followed recipes that are there already."""
        self._modules = modules or StageModules({})
        self._own_files: frozenset[str] = frozenset()
        self._made: dict[int, Any] = dict(made or {})  # what each recipe made
        self._failed: dict[int, BaseException] = {}  # recipes that could not be followed
        self._spoilt: dict[int, list[int]] = {}  # the arguments that following a recipe changed
        self._shared: dict[int, bytes] = {}  # shared data as it was sent

    def answer(self, request: bytes) -> bytes:
        """Do what a request asks; whatever the learner's code raises becomes part of the answer."""
        message = unpack(request)
        if message["do"] == "load":
            return pack(self._load(message))
        if message["do"] == "time":
            ((recipes, arguments),) = message["calls"]
            limits = message["runs"], message["seconds"]
            return pack(self._time(message["target"], recipes, arguments, *limits))
        device = message["device"]
        with torch.device(device) if device else contextlib.nullcontext():
            return pack([self._call(message["target"], *call) for call in message["calls"]])

    def _load(self, message: dict[str, Any]) -> dict[str, Any]:
        """Run the stage files that are the learner's own, and say which names they lack."""
        files = {number: Path(path) for number, path in message["files"].items()}
        self._modules = StageModules(files, register=True)
        self._own_files = frozenset(str(files[number]) for number in message["own"])
        missing = []
        for number in message["own"]:
            try:
                module = self._modules.module(number)
            except BaseException as error:
                _let_the_user_leave(error)
                return {"error": self._described(error), "stage": number}
            missing += [name for name in stage_of(number).names if not hasattr(module, name)]
        return {"missing": missing}

    def _call(
        self, target: list[Any], recipes: list[list[Any]], arguments: list[Argument]
    ) -> dict[str, Any]:
        try:
            for number, maker, needs in recipes:
                self._follow(number, maker, needs)
            called = self._resolve(*target)
            values = [self._value(argument) for argument in arguments]
            result = called(*values)
            changed = self._spoilt.get(target[2], []) + self._changed(values, arguments)
            return {"value": pack(result), "changed": changed}
        except Unsupported as error:
            return {"unsupported": str(error)}
        except BaseException as error:
            _let_the_user_leave(error)
            return {"error": self._described(error)}

    def _time(
        self,
        target: list[Any],
        recipes: list[list[Any]],
        arguments: list[Argument],
        most_runs: int,
        most_seconds: float,
    ) -> dict[str, Any]:
        """Make one call up to `most_runs` times, and give how many seconds each took."""
        try:
            for number, maker, needs in recipes:
                self._follow(number, maker, needs)
            called = self._resolve(*target)
            times: list[float] = []
            spent = 0.0
            while not times or (len(times) < most_runs and spent < most_seconds):
                values = [self._value(argument) for argument in arguments]
                begun = time.perf_counter()
                result = called(*values)
                times.append(time.perf_counter() - begun)
                spent += times[-1]
                del result
            self._changed(values, arguments)  # puts shared data right
            return {"times": times}
        except BaseException as error:
            _let_the_user_leave(error)
            return {"error": self._described(error)}

    def _described(self, error: BaseException) -> dict[str, str]:
        return describe_error(error, self._own_files)

    def _follow(self, number: int, maker: str, needs: list[Argument]) -> None:
        """Make what a recipe describes, and keep it under the recipe's number."""
        if maker == "value":
            (self._shared[number],) = needs  # type: ignore[assignment]
        try:
            values = [self._value(argument) for argument in needs]
            if maker in BUILDERS:
                self._made[number] = BUILDERS[maker](*values)
            else:
                made = getattr(self._module_with(maker), maker)
                self._made[number] = made(*values) if callable(made) else made  # or a constant
                self._spoilt[number] = self._changed(values, needs)
        except BaseException as error:  # every call that needs it fails like this
            _let_the_user_leave(error)
            self._failed[number] = error

    def _value(self, argument: Argument) -> Any:
        if isinstance(argument, bytes):
            return unpack(argument)
        if argument in self._failed:
            raise self._failed[argument]
        return self._made[argument]

    def _changed(self, values: list[Any], arguments: list[Argument]) -> list[int]:
        """Give the places of the arguments that a call has changed."""
        pairs = enumerate(zip(values, arguments, strict=True))
        return [place for place, (value, argument) in pairs if self._has_changed(value, argument)]

    def _has_changed(self, value: Any, argument: Argument) -> bool:
        """Tell whether a call changed an argument; shared data is then put right for later."""
        sent = argument if isinstance(argument, bytes) else self._shared.get(argument)
        if sent is None or _packs_to(value, sent):
            return False
        if isinstance(argument, int):
            self._made[argument] = unpack(sent)
        return True

    def _module_with(self, name: str) -> ModuleType:
        """Find the stage that defines a name: the one under test first, then the earlier ones."""
        for number in sorted(self._modules.files, reverse=True):
            if name in stage_of(number).names:
                return self._modules.module(number)
        raise AttributeError(name)

    def _resolve(self, name: str, method: str | None, made: int | None) -> Any:
        """Find what is called: a function, or a method of a constant or of a made object."""
        if made is not None:
            return getattr(self._value(made), str(method))
        value = getattr(self._module_with(name), name)
        if method is None:
            return value
        constants = [
            constant for number in self._modules.files for constant in stage_of(number).constants
        ]
        constant = next(constant for constant in constants if constant.name == name)
        return getattr(made_constant(constant, value), method)


def made_constant(constant: Constant, value: Any) -> Any:
    """Turn a learner's constant into the object whose methods are graded."""
    if not value:
        raise NotImplementedError(f"{constant.name} is not written yet")
    module, _, function = constant.made_with.rpartition(".")
    return getattr(importlib.import_module(module), function)(value)


def _packs_to(value: Any, sent: bytes) -> bool:
    try:
        return pack(value) == sent
    except Unsupported:  # something that does not travel was put into it
        return False


def _let_the_user_leave(error: BaseException) -> None:
    """Raise again what is not the code's but the user's: Ctrl-C, or quitting a debugger."""
    if isinstance(error, KeyboardInterrupt) or type(error).__module__ in (
        "bdb",
        "_pytest.outcomes",
    ):
        raise error


def describe_error(error: BaseException, own_files: frozenset[str]) -> dict[str, str]:
    """Reduce an exception to plain text: the builtin class it comes from, its message, and the
    lines of the learner's own files that it passed through."""
    builtin = next(cls for cls in type(error).__mro__ if cls.__module__ == "builtins")
    frames = traceback.extract_tb(error.__traceback__)
    lines = [_line_of(frame) for frame in frames if frame.filename in own_files]
    if lines and (inner := _reference_inside(frames, own_files)):
        lines.append(f"  which calls {inner.name} of the reference ({Path(inner.filename).name})")
    if isinstance(error, SyntaxError) and error.filename in own_files:
        text = (error.text or "").strip()
        lines = [f"  in {Path(error.filename).name}, line {error.lineno}: {text}"]
    if len(lines) > 2 * FRAMES:
        left_out = len(lines) - 2 * FRAMES
        lines[FRAMES:-FRAMES] = [f"  ... {left_out} more calls ..."]
    message = _message_of(error)
    return {"class": builtin.__name__, "message": message, "where": "\n".join(lines)}


def _reference_inside(
    frames: Sequence[traceback.FrameSummary], own_files: frozenset[str]
) -> traceback.FrameSummary | None:
    """Find the function of an earlier stage that the last line of the learner's has called."""
    last = max(i for i, frame in enumerate(frames) if frame.filename in own_files)
    stage_files = {f"{stage.name}.py" for stage in STAGES}
    inner = (frame for frame in frames[last + 1 :] if Path(frame.filename).name in stage_files)
    return next(inner, None)


def _line_of(frame: traceback.FrameSummary) -> str:
    return f"  in {Path(frame.filename).name}, line {frame.lineno}: {frame.line}"


def _message_of(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    if isinstance(error, KeyError) and len(error.args) == 1 and isinstance(error.args[0], str):
        return error.args[0]  # str() of a KeyError would put quotes around it
    try:
        return str(error)
    except Exception:  # a learner's own exception may fail even at this
        return ""
