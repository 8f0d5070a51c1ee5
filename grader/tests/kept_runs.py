"""Tests that can't call what a variant replaces are run once for all variants.

A suite tests each function of its stage, and most mistakes are made in one of them. A test whose
calls can't reach a replaced function does exactly what it does on right code, so its verdict and
its calls are taken from there.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from grader.calls.code_under_test import CodeUnderTest
from grader.diagnosis.evidence import WrongValue
from grader.diagnosis.reach import Reach
from grader.suite import grade_stage
from grader.suite.graded_tests import GradedTest
from grader.tests.remembered_outcomes import RememberedCall, remembered_call
from grader.verdict import TestVerdict

_Ran = tuple[TestVerdict, WrongValue | None]
_run = grade_stage._run_test


@dataclass(frozen=True)
class _Kept:
    """What a test does on right code."""

    ran: _Ran
    calls: Sequence[RememberedCall]
    reached: frozenset[str]  # all that its calls may use


class KeptRuns:
    """The runs of a suite's tests on right code, always with the same seed."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._kept: dict[str, _Kept] = {}  # by the test's name

    @contextmanager
    def used_for(self, replaces: Mapping[str, Any]) -> Iterator[None]:
        """Run only the tests that some replaced function concerns; right code replaces nothing, and
        comes first."""
        run = partial(self._run, replaces) if replaces else self._keep
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(grade_stage, "_run_test", run)
            yield

    def _keep(self, code: CodeUnderTest, test: GradedTest, fixtures: Mapping[str, Any]) -> _Ran:
        ran = _run(code, test, fixtures)
        if "folder" not in test.fixtures:  # what its calls read there is gone afterwards
            calls = [remembered_call(call) for call in code.calls]
            reached = frozenset[str]().union(*map(self._reach.of, calls))
            self._kept[test.name] = _Kept(ran, calls, reached)
        return ran

    def _run(
        self,
        replaces: Mapping[str, Any],
        code: CodeUnderTest,
        test: GradedTest,
        fixtures: Mapping[str, Any],
    ) -> _Ran:
        kept = self._kept.get(test.name)
        if kept is None or kept.reached & replaces.keys():
            return _run(code, test, fixtures)
        code.calls += kept.calls
        return kept.ran
