"""The pytest side of the suites: `pytest tests/test_s09_rms_norm.py` grades the learner's file.

The module under test runs in this process, so that a debugger works. The fixtures are the same as
in `grader check`, and so is the verdict.
"""

from bdb import BdbQuit
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.calls.code_under_test import CodeUnderTest
from grader.editions import find_kata
from grader.errors import UsageError
from grader.pytest_plugin.debugger import DebugChannel, place_of_load_error, place_to_open
from grader.seeds import fresh_seed
from grader.stage import Stage
from grader.stages import STAGES
from grader.suite.failure import NotStarted, Unavailable
from grader.suite.grade_stage import (
    TestContext,
    code_under_test,
    failure_message,
    load_message,
    unwritten_in,
    what_comes_first,
)
from grader.suite.graded_tests import graded_test, is_real
from grader.targets import find_target
from grader.workers.warm_torch import warm_torch

SEED = pytest.StashKey[int]()
FIXTURES = ("yours", "reference", "rng", "folder", "tiny_weights")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("llama 3 kata")
    group.addoption(
        "--target",
        default="exercises",
        help="whose code to grade: exercises (default), solutions, or a folder like exercises/",
    )
    group.addoption("--seed", type=int, default=None, help="repeat the random inputs of a run")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real: needs the files of the real model")
    warm_torch()
    worker = getattr(config, "workerinput", None)  # under xdist, the controller fixes the seed
    config.stash[SEED] = worker["kata_seed"] if worker else _seed_of_run(config)


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
    return f"llama 3 kata: grading {target}, seed {config.stash[SEED]}"


def pytest_itemcollected(item: pytest.Item) -> None:
    if is_real(getattr(item, "function", None)):
        item.add_marker("real")


def _stage_of(path: Path) -> Stage | None:
    return next((stage for stage in STAGES if path.stem == f"test_{stage.name}"), None)


@pytest.fixture(scope="module")
def kata_channel() -> DebugChannel:
    """The way to the code under test, which is in this process."""
    return DebugChannel()


@pytest.fixture(scope="module")
def kata_code(
    request: pytest.FixtureRequest, kata_channel: DebugChannel
) -> Iterator[CodeUnderTest]:
    """The code under test of this suite's stage."""
    kata = find_kata(request.config.rootpath)
    stage = _stage_of(request.path)
    assert stage is not None, f"{request.path.name} belongs to no stage"
    try:
        target = find_target(kata, request.config.getoption("--target"))
    except UsageError as error:
        pytest.exit(str(error), returncode=2)
    code = code_under_test(kata, stage, target, lambda: kata_channel)
    yield code
    code.close()


@pytest.fixture(scope="module")
def kata_setting(request: pytest.FixtureRequest, kata_code: CodeUnderTest) -> TestContext:
    """What the tests of this suite are given besides the code."""
    kata = find_kata(request.config.rootpath)
    seed = request.config.stash[SEED]
    try:
        return TestContext(kata, kata.oracle(kata_code.stage, seed))
    except UsageError as error:
        pytest.exit(str(error), returncode=2)


@pytest.fixture(scope="module")
def kata_first(request: pytest.FixtureRequest, kata_code: CodeUnderTest) -> str | None:
    """Which stages must pass before this suite says anything."""
    kata = find_kata(request.config.rootpath)
    return what_comes_first(kata, kata_code, request.config.stash[SEED])


@pytest.fixture
def kata_fixtures(
    request: pytest.FixtureRequest,
    kata_code: CodeUnderTest,
    kata_channel: DebugChannel,
    kata_setting: TestContext,
    kata_first: str | None,
) -> Iterator[Any]:
    """All fixtures of one graded test, by name."""
    if kata_first:
        pytest.skip(f"not started: {kata_first}")
    if not kata_code.load():
        failed = pytest.fail.Exception(load_message(kata_code), pytrace=False)
        raise failed.with_traceback(place_of_load_error(kata_channel))
    kata_code.calls.clear()
    kata_channel.raised.clear()
    if unwritten := unwritten_in(kata_code):
        pytest.skip(f"not started: {unwritten}")
    name = request.function.__name__
    wanted = [fixture for fixture in FIXTURES if fixture in request.fixturenames]
    with kata_setting.fixtures(kata_code, name, wanted) as fixtures:
        yield fixtures


def _fixture(name: str) -> Any:
    @pytest.fixture(name=name)
    def give(kata_fixtures: dict[str, Any]) -> Any:
        return kata_fixtures[name]

    return give


yours, reference, rng, folder, tiny_weights = map(_fixture, FIXTURES)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Turn what a graded test may raise into pytest's outcomes, and name the mistake."""
    function = getattr(item, "function", None)
    if graded_test(function) is None:
        yield
        return
    try:
        yield
    except (pytest.exit.Exception, BdbQuit):  # the user has left the debugger
        raise
    except UsageError as error:  # no verdict on the code
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    except NotStarted as reason:
        raise pytest.skip.Exception(f"not started: {reason}") from None
    except Unavailable as reason:
        raise pytest.skip.Exception(str(reason)) from None
    except Exception as error:
        code = item.funcargs["kata_code"]  # type: ignore[attr-defined]
        message = _explain(item, code, error)
        channel = item.funcargs["kata_channel"]  # type: ignore[attr-defined]
        place = place_to_open(channel, error, str(item.path))
        raise pytest.fail.Exception(message, pytrace=False).with_traceback(place) from None


def _explain(item: pytest.Item, code: CodeUnderTest, error: Exception) -> str:
    message = failure_message(error, code)
    setting, folder = (item.funcargs.get(name) for name in ("kata_setting", "folder"))  # type: ignore[attr-defined]
    found = setting.answers.name_mistake(item.name, code.calls, folder)
    return f"{message}\n\n{found.text}" if found else message
