"""The rule for naming mistakes, tested with a table of the tests that each mistake fails."""

from collections.abc import Callable, Mapping, Sequence

from grader.calls.code_under_test import Call
from grader.calls.outcome import Returned
from grader.calls.request_writer import Callee
from grader.diagnosis.evidence import TestRun, name_mistakes
from grader.diagnosis.known_mistakes import Mistake, Pair


def made_in(*functions: str, name: str = "slip") -> Mistake:
    return Mistake(name, name, "It is wrong. See.", dict.fromkeys(functions))


def run(name: str, function: str, failed: bool, points: int = 1) -> TestRun:
    call = Call(Callee(function), (), None, Returned(1))
    return TestRun(name, function, failed, points, (call,), None)


class Table:
    """A witness that knows which tests each mistake fails, and for which all failures are equal."""

    def __init__(self, fails: Mapping[str, set[str]], mistakes: Sequence[Mistake]) -> None:
        self._fails, self._mistakes = fails, mistakes

    def explaining(self, runs: Sequence[TestRun]) -> list[Mistake]:
        return [one for one in self._mistakes if all(self.explains(one, run) for run in runs)]

    def explains(self, mistake: Mistake, run: TestRun) -> bool:
        return run.name in self._fails[mistake.name]

    def contradicts(self, mistake: Mistake, run: TestRun) -> bool:
        return run.name in self._fails[mistake.name]

    def pairs(
        self,
        failing: Sequence[TestRun],
        passing: Sequence[TestRun],
        possible: Callable[[Mistake], bool],
    ) -> list[Pair]:
        return []

    def pair_explains(self, pair: Pair, run: TestRun) -> bool:
        return False


def names(runs: Sequence[TestRun], fails: Mapping[Mistake, set[str]]) -> dict[str, str]:
    witness = Table({one.name: tests for one, tests in fails.items()}, list(fails))
    return {test: told.name for test, told in name_mistakes(runs, witness).items()}


def test_a_test_without_points_is_not_named_where_nothing_explains_the_others() -> None:
    runs = [run("values", "caller", True), run("property", "caller", True, points=0)]
    slip = made_in("caller")
    assert names(runs, {slip: {"property"}}) == {}
    assert names(runs[1:], {slip: {"property"}}) == {"property": "slip"}


def test_a_test_without_points_is_not_named_while_another_function_is_unexplained() -> None:
    runs = [run("values", "callee", True), run("property", "caller", True, points=0)]
    slip, below = made_in("caller"), made_in("callee", name="below")
    assert names(runs, {slip: {"property"}}) == {}
    assert names(runs, {slip: {"property"}, below: {"values"}}) == {
        "property": "slip",
        "values": "below",
    }


def test_a_mistake_in_a_function_whose_tests_pass_is_none() -> None:
    runs = [run("sizes", "callee", False), run("values", "caller", True)]
    slip = made_in("callee")
    assert names(runs, {slip: {"sizes", "values"}}) == {}
    assert names(runs, {slip: {"values"}}) == {"values": "slip"}


def test_a_wrong_callee_explains_its_caller() -> None:
    runs = [run("sizes", "callee", True), run("values", "caller", True)]
    below, above = made_in("callee", name="below"), made_in("caller", name="above")
    assert names(runs, {above: {"values"}, below: {"sizes", "values"}}) == {
        "sizes": "below",
        "values": "below",
    }
    apart = {above: {"values"}, below: {"sizes"}}
    assert names(runs, apart) == {"sizes": "below", "values": "above"}
