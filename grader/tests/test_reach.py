"""What a call of right code may use, so that only mistakes in that are tried."""

from collections.abc import Callable, Set
from functools import wraps
from types import ModuleType
from typing import Any

import pytest

from grader.calls.channel import LocalChannel
from grader.calls.code_under_test import Call, CodeUnderTest
from grader.calls.outcome import Returned
from grader.calls.recipe import Recipe, item
from grader.calls.request_writer import Callee
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.reach import Reach, names_used
from grader.diagnosis.variant import modules_with
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES, stage_of
from grader.suite import grade_stage

SEVERAL = [stage for stage in STAGES if len(stage.names) > 1]
CODE = """
from functools import cache
LIMIT = 3
def helper(x): return x + LIMIT
def alone(x): return x
def outer(xs): return [one for one in map(lambda x: helper(x), xs)]
@cache
def cached(x): return x
def calls_cached(x): return cached(x)
class Box:
    def value(self): return 1
def makes_a_box(): return Box().value()
"""


@pytest.fixture(scope="module")
def module() -> ModuleType:
    made = ModuleType("made")
    exec(CODE, vars(made))
    return made


def reach(kata: Kata, number: int, callee: Callee, *args: Any) -> Set[str]:
    stage = stage_of(number)
    call = Call(callee, args, None, Returned(None))
    return Reach(reference_modules(kata.solutions, stage), stage).of(call)


def test_names_inside_a_nested_function_and_in_what_it_calls_are_found(module: ModuleType) -> None:
    assert {"outer", "helper", "LIMIT"} <= names_used(module, "outer")
    assert {"alone", "cached"}.isdisjoint(names_used(module, "outer"))


@pytest.mark.parametrize("name", ["calls_cached", "makes_a_box"])
def test_code_that_is_not_looked_into_may_use_everything(module: ModuleType, name: str) -> None:
    assert {"outer", "alone", "LIMIT"} <= names_used(module, name)


def test_a_call_reaches_the_functions_that_its_own_calls(kata: Kata) -> None:
    assert {"train_step", "batch_loss"} <= reach(kata, 31, Callee("train_step"))
    assert "train_step" not in reach(kata, 31, Callee("batch_loss"))
    assert "stream_text" not in reach(kata, 24, Callee("generate"))


def test_a_call_reaches_what_makes_its_arguments_and_its_object(kata: Kata) -> None:
    argument = item(Recipe("train_step", (1, 2)), 0)
    assert "train_step" in reach(kata, 31, Callee("batch_loss"), argument)
    assert "train_step" in reach(kata, 31, Callee("batch_loss", "copy", argument))


@pytest.mark.parametrize("stage", SEVERAL, ids=lambda stage: stage.name)
def test_no_call_uses_a_function_that_it_does_not_reach(
    kata: Kata, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The suite of each stage with several functions is run on right code that records them."""
    reference, entered = reference_modules(kata.solutions, stage), set[str]()
    modules = modules_with(reference, stage, {})
    reach, run = Reach(reference, stage), grade_stage._run_test
    functions = vars(modules.module(stage.number))

    def recording(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any) -> Any:
            entered.add(name)
            return function(*args)

        return call

    def compare(code: Any, test: Any, fixtures: Any) -> Any:
        entered.clear()
        ran = run(code, test, fixtures)
        used = frozenset[str]().union(*map(reach.of, code.calls))
        assert entered <= used, test.name
        return ran

    monkeypatch.setattr(grade_stage, "_run_test", compare)
    for one in stage.functions:
        functions[one.name] = recording(one.name, functions[one.name])
    code = CodeUnderTest.loaded(stage, LocalChannel(modules))
    assert grade_stage.grade_code(kata, code, 0).status == "passed"
