"""The pytest plugin for the suites: `pytest tests/test_s09_rms_norm.py` grades the learner's file.

The module under test runs in this process, so that a debugger works. The fixtures and the verdict
are the same as in `grader check`.
"""

import sys
from bdb import BdbQuit
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from grader.calls.channel import LocalChannel
from grader.editions import find_kata, installed_kata
from grader.errors import UsageError
from grader.language import tr
from grader.learn.kept_language import use_kept_language
from grader.pytest_plugin.debugger import DebugChannel
from grader.seeds import fresh_seed
from grader.stages import STAGES
from grader.suite.failure import NotStarted, Unavailable
from grader.suite.grade_stage import (
    TestContext,
    code_under_test,
    failure_message,
    load_message,
    run_tests,
    unwritten_in,
    what_comes_first,
)
from grader.suite.graded_tests import GradedTest, collect, graded_test, is_real
from grader.targets import find_target
from grader.workers.warm_torch import warm_torch

SEED = pytest.StashKey[int]()
FIXTURES = ("yours", "reference", "rng", "folder", "tiny_weights")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("llama 3 kata")
    whose = tr("whose code to grade: exercises (default), solutions, or a folder like exercises/")
    group.addoption("--target", default="exercises", help=whose)
    group.addoption("--seed", type=int, help=tr("repeat the random inputs of a run"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real: needs the files of the real model")
    config.args = _where_suites_are(config)
    warm_torch()
    worker = getattr(config, "workerinput", None)  # under xdist, the controller chooses the seed
    config.stash[SEED] = worker["kata_seed"] if worker else _seed_of_run(config)


def _where_suites_are(config: pytest.Config) -> list[str]:
    """Return pytest's arguments, which name the package's suites in a folder of `grader init`."""
    try:
        kata = find_kata(config.rootpath)
    except UsageError:
        return config.args
    if kata.own is None:
        return config.args
    if config.args_source is not pytest.Config.ArgsSource.ARGS:  # none are given
        return [str(kata.root / "tests")]
    here = config.invocation_params.dir
    found = [(here / argument.partition("::")[0]).exists() for argument in config.args]
    return [
        argument if is_here else str(kata.root / argument)
        for argument, is_here in zip(config.args, found, strict=True)
    ]


def _seed_of_run(config: pytest.Config) -> int:
    try:
        return fresh_seed(config.getoption("--seed"), find_kata(config.rootpath).seeds)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["kata_seed"] = node.config.stash[SEED]


def pytest_report_header(config: pytest.Config) -> str:
    target = config.getoption("--target")
    seed = config.stash[SEED]
    return tr("llama 3 kata: grading {target}, seed {seed}", target=target, seed=seed)


def pytest_itemcollected(item: pytest.Item) -> None:
    if is_real(getattr(item, "function", None)):
        item.add_marker("real")


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Name a suite in the installed package as `_where_suites_are` understands it."""
    suites = installed_kata() / "tests"
    if module_path.parent != suites or suites.is_relative_to(parent.config.rootpath):
        return None  # pytest's own name is right
    nodeid = f"tests/{module_path.name}"
    return pytest.Module.from_parent(parent, path=module_path, nodeid=nodeid)


class GradedSuite:
    """The code under test of one suite, and the context in which the suite's tests run."""

    def __init__(self, config: pytest.Config, path: Path) -> None:
        use_kept_language()
        self._kata, self._seed = find_kata(config.rootpath), config.stash[SEED]
        stage = next((stage for stage in STAGES if path.stem == f"test_{stage.name}"), None)
        assert stage is not None, f"{path.name} belongs to no stage"
        self._stage = stage
        self._target = find_target(self._kata, config.getoption("--target"))
        self._explanations: dict[str, dict[str, str]] = {}  # by function, by test
        self.channel = DebugChannel()
        self.code = code_under_test(self._kata, stage, self._target, lambda: self.channel)
        self.context = TestContext(self._kata, self._kata.oracle(stage, self._seed))

    @cached_property
    def first(self) -> str | None:
        """Which stages must pass before this suite can grade; None if none."""
        return what_comes_first(self._kata, self.code, self._seed)

    def explanation(self, test: GradedTest) -> str:
        """Return the explanation of a test's failure, or '' if there is none.

        An explanation must fit the function's other tests as well, so all of them run once more,
        silently.
        """
        if test.function not in self._explanations:
            tests = collect(self._kata.suite(self._stage))
            own = [one for one in tests if one.function == test.function]
            with _silenced():
                code = code_under_test(self._kata, self._stage, self._target, LocalChannel)
                verdicts = run_tests(self.context, code, own)
            explained = {verdict.name: verdict.explanation for verdict in verdicts}
            self._explanations[test.function] = explained
        return self._explanations[test.function][test.name]


@contextmanager
def _silenced() -> Iterator[None]:
    """Discard what code prints, and ignore its breakpoints."""
    hook, sys.breakpointhook = sys.breakpointhook, lambda *_, **__: None
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            yield
    finally:
        sys.breakpointhook = hook


@pytest.fixture(scope="module")
def kata_suite(request: pytest.FixtureRequest) -> Iterator[GradedSuite]:
    """The suite that a test belongs to."""
    try:
        suite = GradedSuite(request.config, request.path)
    except UsageError as error:
        pytest.exit(str(error), returncode=2)
    yield suite
    suite.code.close()


@pytest.fixture
def kata_fixtures(request: pytest.FixtureRequest, kata_suite: GradedSuite) -> Iterator[Any]:
    """The fixtures that one graded test asks for, by name."""
    code, channel = kata_suite.code, kata_suite.channel
    if kata_suite.first:
        pytest.skip(tr("not started: {reason}", reason=kata_suite.first))
    if not code.load():
        failed = pytest.fail.Exception(load_message(code), pytrace=False)
        raise failed.with_traceback(channel.place_of_load_error())
    code.calls.clear()
    channel.raised.clear()
    if unwritten := unwritten_in(code):
        pytest.skip(tr("not started: {reason}", reason=unwritten))
    wanted = [fixture for fixture in FIXTURES if fixture in request.fixturenames]
    with kata_suite.context.fixtures(code, request.function.__name__, wanted) as fixtures:
        yield fixtures


def _fixture(name: str) -> Any:
    @pytest.fixture(name=name)
    def give(kata_fixtures: dict[str, Any]) -> Any:
        return kata_fixtures[name]

    return give


yours, reference, rng, folder, tiny_weights = map(_fixture, FIXTURES)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Turn what a graded test raises into pytest's outcomes, and add the explanation."""
    function = getattr(item, "function", None)
    test = graded_test(function)
    if test is None:
        yield
        return
    try:
        yield
    except (pytest.exit.Exception, BdbQuit):  # the user quit the debugger
        raise
    except UsageError as error:  # this says nothing about the code
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    except NotStarted as reason:
        raise pytest.skip.Exception(tr("not started: {reason}", reason=reason)) from None
    except Unavailable as reason:
        raise pytest.skip.Exception(str(reason)) from None
    except Exception as error:
        suite: GradedSuite = item.funcargs["kata_suite"]  # type: ignore[attr-defined]
        message = failure_message(error, suite.code)
        if explanation := suite.explanation(test):
            message += f"\n\n{explanation}"
        place = suite.channel.place_to_open(error, str(item.path))
        raise pytest.fail.Exception(message, pytrace=False).with_traceback(place) from None
