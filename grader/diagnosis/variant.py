"""The reference with some of it replaced: what code with a known mistake does.

A variant is called in the process that judges, and values go to it and come from it as they are: a
failing test is held against hundreds of calls of variants, and to pack each of their values would
take longer than the calls.
"""

from collections.abc import Mapping
from typing import Any

from grader.calls.call_server import CallServer
from grader.calls.caller import Caller, on_device
from grader.calls.channel import LocalChannel
from grader.calls.code_under_test import Call, CodeUnderTest
from grader.calls.outcome import CallOutcome
from grader.calls.recipe import Recipe, build
from grader.calls.stage_modules import StageModules
from grader.calls.values import identical, plain_copy
from grader.stage import Stage


def modules_with(
    reference: StageModules, stage: Stage, replaces: Mapping[str, Any]
) -> StageModules:
    """Return the reference up to a stage, with some of the stage's functions replaced."""
    files = {number: path for number, path in reference.files.items() if number <= stage.number}
    modules = StageModules(files, patches={stage.number: replaces})
    for earlier in files:
        if earlier < stage.number:
            modules.adopt(earlier, reference.module(earlier))
    return modules


def code_with(reference: StageModules, stage: Stage, replaces: Mapping[str, Any]) -> CodeUnderTest:
    """Return the same as code under test, for a suite to run against."""
    channel = LocalChannel(CallServer(modules_with(reference, stage, replaces)))
    return CodeUnderTest.loaded(stage, channel)


class Variant(Caller):
    """Makes again the calls that a test has made."""

    def outcome(self, call: Call) -> CallOutcome:
        """Return what comes of a call."""
        callee = call.callee
        for needed in (callee.made, *call.args):
            self._know(needed)
        made = callee.made.number if callee.made else None
        with on_device(call.device):
            return self._call(callee.name, callee.method, made, call.args)

    def _know(self, argument: Any) -> None:
        """Follow a recipe, and those it needs, the first time it is met."""
        if not isinstance(argument, Recipe) or argument.number in self._made | self._failed:
            return
        if argument.maker == "tokenizer":  # nothing can change it, so all variants share it
            self._made[argument.number] = build(argument)
            return
        for needed in argument.args:
            self._know(needed)
        self._follow(argument.number, argument.maker, argument.args)

    def _value(self, argument: Any) -> Any:
        if not isinstance(argument, Recipe):
            return plain_copy(argument)
        return self._made_by(argument.number)

    def _has_changed(self, value: Any, argument: Any) -> bool:
        if isinstance(argument, Recipe):
            if argument.maker != "value" or identical(value, argument.args[0]):
                return False
            self._made[argument.number] = plain_copy(argument.args[0])
            return True
        return not identical(value, argument)

    def _leaving(self, result: Any) -> Any:
        return plain_copy(result)
