"""The two things a test calls: `yours`, the code under test, and `reference`."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

from grader.calls.code_under_test import CodeUnderTest
from grader.calls.describe import describe_call, shorten
from grader.calls.outcome import STUB_MESSAGE, CallOutcome, Lost, Raised, Returned, WrongType
from grader.calls.plain_values import drained
from grader.calls.recipe import BUILDERS, Recipe, build
from grader.calls.request_writer import Callee
from grader.calls.retell import retold, retold_type
from grader.calls.stage_modules import StageModules
from grader.diagnosis.evidence import WrongValue
from grader.language import mark, tr
from grader.stage import Constant, Function
from grader.stages import STAGES
from grader.suite.difference import type_difference
from grader.suite.error_advice import advice_on
from grader.suite.failure import NotStarted, failure
from grader.verdict import Located

FUNCTIONS: dict[str, Function] = {one.name: one for stage in STAGES for one in stage.functions}
CONSTANTS: dict[str, Constant] = {one.name: one for stage in STAGES for one in stage.constants}
_LONGEST_SAID = 400  # characters of an error's message


@dataclass(frozen=True)
class Yours:
    """The code under test: `yours.rms_norm(x, weight, eps)` calls the learner's function."""

    _code: CodeUnderTest
    _reference: "Reference"

    def __getattr__(self, name: str) -> Any:
        if name in FUNCTIONS:
            return Called(self._code, Callee(name), self._reference)
        if name in CONSTANTS:
            return Made(self._code, self._reference, name, CONSTANTS[name].methods)
        raise AttributeError(name)


@dataclass(frozen=True, repr=False)
class Called:
    """One function of the code under test."""

    code: CodeUnderTest
    callee: Callee
    reference: "Reference"
    device: str | None = None
    seconds: float | None = None
    too_large: int | None = None

    def __call__(self, *args: Any) -> Any:
        """Call the function and return its value, checked to have the reference's type and shape.

        Raises:
            Failure: if it has another type or shape, or if no value came back.
            NotStarted: if a function it needs is still a stub.
        """
        __tracebackhide__ = True
        name, is_function = self.callee.name, self.callee.method is None
        if is_function and (methods := FUNCTIONS[name].returns_object):
            return Made(self.code, self.reference, name, methods, Recipe(name, args))
        value = self.value_of(args, self.outcomes([args])[0])
        if is_function and self.seconds is None:  # slow functions are not run twice
            problem = self.reference.type_problem(name, args, value)
            if problem:
                known = Located(relation=problem.split("\n")[0])
                raise failure(self.shown(args), problem, known)
        return value

    def outcomes(self, batch: Sequence[tuple[Any, ...]]) -> list[CallOutcome]:
        """Call it once for each tuple of arguments, and return the outcomes."""
        plain = [tuple(_plain(arg) for arg in args) for args in batch]
        return self.code.run(self.callee, plain, self.device, self.seconds, self.too_large)

    def on(self, device: str) -> "Called":
        """Return the same function with `device` as torch's default device during its calls."""
        return replace(self, device=device)

    def without_tensors_of(self, entries: int) -> "Called":
        """Return the same function, but with a MemoryError where it builds a tensor with `entries`
        entries or more."""
        return replace(self, too_large=entries)

    def within(self, seconds: float) -> "Called":
        """Return the same function with another time limit, for work that rightly takes long."""
        return replace(self, seconds=seconds)

    def value_of(self, args: Sequence[Any], outcome: CallOutcome) -> Any:
        """Return the value that a call returned, or fail with what happened instead."""
        __tracebackhide__ = True
        if isinstance(outcome, Returned):
            return outcome.value
        if isinstance(outcome, Raised) and outcome.is_stub:
            raise NotStarted(_not_written_yet(outcome.message))
        was_called = not isinstance(outcome, Lost) or outcome.called
        call = self.shown(args) if was_called else ""
        said, wrong = self.what_happened(outcome), None
        if isinstance(outcome, Raised) and self.callee.method is None:
            made = next(one for one in self.code.calls if one.outcome is outcome)
            wrong = WrongValue(made, outcome, None)
        raise failure(call, said, located_in(outcome), wrong)

    def what_happened(self, outcome: CallOutcome, who: str | None = None) -> str:
        """Describe the outcome of a call that gave no value; `who` is what was called, or "it"."""
        who = who or tr("it")
        if isinstance(outcome, Raised) and self.callee.made and not outcome.where:
            who = tr("calling `{method}` on what it returned", method=self.callee.method)
        if isinstance(outcome, Raised):
            told = retold(outcome)
            said = shorten(" ".join(map(str.strip, told.message.splitlines())), _LONGEST_SAID)
            error = {"error": told.shown_name, "said": said}
            words = tr("{who} raised {error} without a message", who=who, **error)
            if said:
                words = tr("{who} raised {error}: {said}", who=who, **error)
            return "\n".join(filter(None, [words, where_and_with_what(told), advice_on(outcome)]))
        if isinstance(outcome, WrongType):
            what = {"who": who, "type": retold_type(outcome.type_name.removeprefix("builtins."))}
            if "method" not in what["type"]:
                unknown = mark(
                    "{who} returned a {type}, or something with one inside, which the tests can't "
                    "compare"
                )
                words = tr(unknown, **what)
                advice = mark("`int(...)` or `float(...)` makes it plain Python.")
                if outcome.type_name == "numpy.ndarray":
                    advice = mark("`torch.from_numpy(...)` makes a tensor of it.")
                is_numpy = outcome.type_name.startswith("numpy.")
                return "\n".join([words, tr(advice)]) if is_numpy else words
            return tr(
                "{who} returned a {type}, which the tests can't compare: is a pair of parentheses "
                "missing?",
                **what,
            )
        assert isinstance(outcome, Lost)
        lost = {"who": who, "reason": outcome.reason}
        if not outcome.called:
            return tr("{who} was not called, because an earlier call gave {reason}", **lost)
        if not outcome.timed_out:
            return tr("{who} gave no answer: {reason}", **lost)
        return tr(
            "{who} gave {reason}: is there an endless loop in {function}?",
            function=self.callee.name,
            **lost,
        )

    def shown(self, args: Sequence[Any]) -> str:
        """Write a call the way messages show it."""
        return describe_call(self.callee.shown, [_plain(arg) for arg in args], self._parameters)

    def argument(self, index: int) -> str:
        """Name an argument, counted from 0, by the reference's parameter; if there is none, by its
        position."""
        names = self._parameters
        if index < len(names):
            return f"`{names[index]}`"
        return tr("number {number}", number=index + 1)

    @property
    def _parameters(self) -> list[str]:
        return self.reference.parameters(self.callee.name) if self.callee.method is None else []


@dataclass(frozen=True)
class Made:
    """An object that stays where the code runs, and whose methods are called there."""

    _code: CodeUnderTest
    _reference: "Reference"
    _name: str
    _methods: tuple[str, ...]
    recipe: Recipe | None = None

    def __getattr__(self, method: str) -> Called:
        if method not in self._methods:
            raise AttributeError(method)
        return Called(self._code, Callee(self._name, method, self.recipe), self._reference)


class Reference:
    """Trusted code, called directly: `reference.rms_norm(x, weight, eps)`."""

    def __init__(self, modules: StageModules) -> None:
        self._modules = modules
        self._made: WeakKeyDictionary[Recipe, Any] = WeakKeyDictionary()

    def __getattr__(self, name: str) -> Any:
        if name in FUNCTIONS:
            return self._calling(Callee(name))
        if name in CONSTANTS:
            methods = CONSTANTS[name].methods
            return SimpleNamespace(**{one: self._calling(Callee(name, one)) for one in methods})
        raise AttributeError(name)

    def _calling(self, callee: Callee) -> Callable[..., Any]:
        return lambda *args: self.call(callee, args)

    def call(self, callee: Callee, args: Sequence[Any]) -> Any:
        """Call a function, or a method of a declared constant."""
        called = self._modules.callee(callee.name, callee.method)
        return drained(called(*[self.follow(arg) for arg in args]))

    def type_problem(self, name: str, args: Sequence[Any], value: Any) -> str | None:
        """Describe what is wrong with the type or shape of a call's result; None if nothing is."""
        return type_difference(value, self.call(Callee(name), args))

    def constant(self, name: str) -> Any:
        """Return a declared constant, to be an argument of a recipe."""
        return self._modules.find(name)

    def follow(self, value: Any) -> Any:
        """Return what a recipe makes here; anything else is returned unchanged."""
        if not isinstance(value, Recipe):
            return value
        if value not in self._made:
            self._made[value] = self._make(value)
        return self._made[value]

    def _make(self, recipe: Recipe) -> Any:
        if recipe.maker == "tokenizer":
            return build(recipe)  # shared with the search for mistakes
        make = BUILDERS.get(recipe.maker) or self._modules.find(recipe.maker)
        return make(*[self.follow(arg) for arg in recipe.args])

    def parameters(self, name: str) -> list[str]:
        """Return the names of a function's parameters."""
        return list(inspect.signature(self._modules.find(name)).parameters)


def where_and_with_what(told: Raised) -> str:
    """Return the lines that an error in the reader's language passed through, and the values in the
    last of them."""
    values = tr("  with {values}", values=told.values) if told.values else ""
    return "\n".join(filter(None, [told.where, values]))


def _not_written_yet(message: str) -> str:
    """Return the message of a stub in the reader's language."""
    function = message.removesuffix(STUB_MESSAGE).removesuffix(" is ")
    told = tr("{function} is not written yet", function=function)
    return told if told.english == message else message


def located_in(outcome: CallOutcome) -> Located | None:
    """Return what is known of a call that gave no value."""
    if isinstance(outcome, Raised):
        told = retold(outcome)
        said = f"{told.shown_name}: {told.message}".split("\n")[0]
        return Located(told.line, relation=told.values or shorten(said, 200))
    if isinstance(outcome, WrongType):
        name = retold_type(outcome.type_name)
        return Located(relation=tr("a value of type {type}", type=name))
    if isinstance(outcome, Lost):
        return Located(relation=outcome.reason) if outcome.called else None
    return None


def _plain(value: Any) -> Any:
    """Return the recipe of an object that stays where the code runs; anything else unchanged."""
    return value.recipe if isinstance(value, Made) and value.recipe else value
