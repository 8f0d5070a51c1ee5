"""The reference with some functions replaced by a known mistake's versions.

A variant runs in the judging process, and its values are not packed: a failing test is compared
with hundreds of variant calls, and packing would take longer than the calls.
"""

from collections.abc import Mapping
from typing import Any

from grader.calls.caller import Caller, on_device
from grader.calls.channel import LocalChannel
from grader.calls.code_under_test import Call, CodeUnderTest
from grader.calls.outcome import CallOutcome
from grader.calls.plain_values import identical, plain_copy
from grader.calls.recipe import Recipe, build
from grader.calls.stage_modules import StageModules
from grader.stage import Stage


def modules_with(
    reference: StageModules, stage: Stage, replaces: Mapping[str, Any]
) -> StageModules:
    """Return the reference up to a stage, with some of the stage's functions replaced."""
    files = {number: path for number, path in reference.files.items() if number <= stage.number}
    earlier = {number: reference.module(number) for number in files if number < stage.number}
    modules = StageModules(files, loaded=earlier)
    if replaces:  # a stage without code has no file
        vars(modules.module(stage.number)).update(replaces)
    return modules


def code_with(reference: StageModules, stage: Stage, replaces: Mapping[str, Any]) -> CodeUnderTest:
    """Return the reference with some names replaced, as code under test in this process.

    Args:
        replaces: functions or constants of `stage`, by name; empty for the reference itself.
    """
    return CodeUnderTest.loaded(stage, LocalChannel(modules_with(reference, stage, replaces)))


class Variant(Caller):
    """Repeats the calls that a test made."""

    def outcome(self, call: Call) -> CallOutcome:
        """Return the outcome of a call."""
        callee = call.callee
        with on_device(call.device):
            made = [callee.name, callee.method, callee.made]
            return self._call(made, call.args, call.too_large)

    def _made_by(self, recipe: Recipe) -> Any:
        """Return what a recipe makes, following it when it is first needed."""
        if recipe not in self._made and recipe not in self._failed:
            if recipe.maker == "tokenizer":  # nothing can change it, so all variants share it
                self._made[recipe] = build(recipe)
            else:
                self._follow(recipe, recipe.maker, recipe.args)
        return super()._made_by(recipe)

    def _value(self, argument: Any) -> Any:
        is_recipe = isinstance(argument, Recipe)
        return self._made_by(argument) if is_recipe else plain_copy(argument)

    def _has_changed(self, value: Any, argument: Any) -> bool:
        if not isinstance(argument, Recipe):
            return not identical(value, argument)
        if argument.maker != "value" or identical(value, argument.args[0]):
            return False
        self._made[argument] = plain_copy(argument.args[0])
        return True

    def _leaving(self, result: Any) -> Any:
        return plain_copy(result)
