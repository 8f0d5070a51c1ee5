"""Run a stage's graded tests against the code under test, one verdict per test."""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from grader.calls.channel import Channel
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.describe import describe
from grader.calls.outcome import Lost, Raised
from grader.calls.retell import retold
from grader.diagnosis.evidence import TestRun, WrongValue
from grader.diagnosis.known_mistakes import Named
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import in_a_row, tr
from grader.stage import Stage
from grader.stubs import unwritten_names
from grader.suite.error_advice import advice_on
from grader.suite.failure import Failure, NotStarted, Unavailable
from grader.suite.graded_tests import GradedTest, collect
from grader.suite.oracle import Oracle
from grader.suite.yours_and_reference import Yours
from grader.verdict import Located, StageVerdict, TestOutcome, TestVerdict, map_texts

_MOST_LOCATED = 3  # failing tests of a function that are looked at


@dataclass(frozen=True)
class TestContext:
    """What a test may ask for: its fixtures by name."""

    kata: Kata
    answers: Oracle
    folders_in: Path | None = None  # where `folder` is made and stays, if code can only read there

    @contextmanager
    def fixtures(
        self, code: CodeUnderTest, test_name: str, wanted: Collection[str]
    ) -> Iterator[Any]:
        """Provide the fixtures that a test asks for."""
        reference = self.answers.reference(test_name)
        fixtures = {
            "yours": Yours(code, reference),
            "reference": reference,
            "rng": self.answers.rng(test_name),
            "tiny_weights": self.kata.tiny_weights,
        }
        with ExitStack() as made:
            if "folder" in wanted:
                fixtures["folder"] = made.enter_context(self._folder(test_name))
            yield {name: fixtures[name] for name in wanted}

    @contextmanager
    def _folder(self, test_name: str) -> Iterator[Path]:
        """Make an empty folder. In `folders_in` it has the test's name, since messages may quote
        its path and must be the same in every run."""
        if self.folders_in is None:
            temporary = tempfile.TemporaryDirectory(
                prefix="kata-",
                ignore_cleanup_errors=True,  # Windows can't remove a file that code still has open
            )
            with temporary as name:
                yield Path(name)
        else:
            folder = self.folders_in / test_name
            folder.mkdir()
            folder.chmod(0o755)  # the worker may be another user's
            yield folder


def grade_stage(
    kata: Kata, stage: Stage, target: Path, seed: int, open_channel: Callable[[], Channel]
) -> StageVerdict:
    """Grade one stage of the code in `target`.

    Args:
        target: a folder laid out like `exercises/`.
        seed: the seed of the random inputs.
        open_channel: starts a worker; called again if one is lost.

    Raises:
        UsageError: if a handout's recordings can't be used.
        Superseded: if the channel reports a newer request.
        OSError: if this machine can't grade the stage, for example because the disk is full.
    """
    with closing(code_under_test(kata, stage, target, open_channel)) as code:
        return grade_code(kata, code, seed)


def code_under_test(
    kata: Kata, stage: Stage, target: Path, open_channel: Callable[[], Channel]
) -> CodeUnderTest:
    """Return the code of a stage in `target`."""
    files = kata.stage_files(stage, target)
    return CodeUnderTest(stage, files, open_channel, own_earlier=kata.own_earlier(stage))


def grade_code(
    kata: Kata, code: CodeUnderTest, seed: int, folders_in: Path | None = None
) -> StageVerdict:
    """Run all tests of the stage of `code`; the caller closes `code`.

    Args:
        folders_in: where the `folder` fixture is made, if the worker can only read there.

    Raises: the same as `grade_stage`.
    """
    stage = code.stage
    if first := what_comes_first(kata, code, seed):
        return untested_stage(kata, stage, "skipped", first)
    if not code.load():
        verdict = untested_stage(kata, stage, "error", load_message(code))
        return replace(verdict, printed=code.printed(), import_error=True)
    context = TestContext(kata, kata.oracle(stage, seed), folders_in)
    if unwritten := unwritten_in(code):
        return untested_stage(kata, stage, "skipped", unwritten)
    tests = collect(kata.suite(stage))
    # Hidden tests come last, so that nothing that code sees in them can show up in other tests.
    hidden_last = sorted(tests, key=lambda test: test.hidden)
    done = {verdict.name: verdict for verdict in run_tests(context, code, hidden_last)}
    verdicts = tuple(done[test.name] for test in tests)
    return StageVerdict(stage.number, stage.slug, verdicts, code.printed())


def untested_stage(kata: Kata, stage: Stage, outcome: TestOutcome, message: str) -> StageVerdict:
    """Return a verdict for a stage whose tests did not run: 0 points for every test."""
    text = str(message)  # JSON takes no subclass
    verdicts = tuple(
        TestVerdict(test.name, test.function, outcome, 0, test.points, text, hidden=test.hidden)
        for test in collect(kata.suite(stage))
    )
    return StageVerdict(stage.number, stage.slug, verdicts)


def what_comes_first(kata: Kata, code: CodeUnderTest, seed: int) -> str | None:
    """Return which earlier stages must pass before this one can be graded, if any."""
    if not kata.waits_for(code.stage):
        return None
    unfinished = kata.unfinished(
        code.stage,
        code.folder,
        lambda stage: grade_stage(kata, stage, code.folder, seed, code.open_channel),
    )
    if not unfinished:
        return None
    *names, last = [f"s{stage.number:02d}" for stage in unfinished]
    listed = tr("{some} and {last}", some=in_a_row(names), last=last) if names else last
    return tr("finish {stages} first", stages=listed)


def unwritten_in(code: CodeUnderTest) -> str | None:
    """Return what is still unwritten for a stage that runs the learner's own stages together."""
    if not code.stage.own_stages:
        return None
    names = unwritten_names(code.own_files)
    return tr("still to write: {names}", names=in_a_row(names)) if names else None


def run_tests(
    context: TestContext, code: CodeUnderTest, tests: Sequence[GradedTest]
) -> list[TestVerdict]:
    """Run tests one after another, and explain those that fail; every test gets a verdict, whatever
    the code under test does."""
    verdicts: list[TestVerdict] = []
    runs: list[TestRun] = []
    with ExitStack() as folders:  # kept, because known mistakes are tried in them later
        for test in tests:
            code.calls.clear()
            made = context.fixtures(code, test.name, test.fixtures)
            fixtures = folders.enter_context(made)
            verdict, wrong = _run_test(code, test, fixtures)
            verdicts.append(verdict)
            if verdict.outcome != "skipped":
                failed, calls = verdict.outcome == "failed", tuple(code.calls)
                what = test.name, test.function, failed, test.points, calls
                runs.append(TestRun(*what, fixtures.get("folder"), wrong, test.hidden))
        if not any(run.failed for run in runs):
            return verdicts
        named = context.answers.name_mistakes(runs)
        located = _located(context, code, [run for run in runs if run.name not in named])
    return [_told(one, named.get(one.name), located.get(one.name)) for one in verdicts]


def _located(
    context: TestContext, code: CodeUnderTest, unnamed: Sequence[TestRun]
) -> dict[str, Located]:
    """Find the place where each function goes wrong, in the first of its tests that nothing
    explains, or else in the next ones. Visible tests come first, and of these the ones with
    points."""
    runs: dict[str, list[TestRun]] = defaultdict(list)
    for run in sorted(unnamed, key=lambda run: (run.hidden, not run.points)):
        last = run.calls[-1] if run.calls else None
        if run.failed and run.wrong:
            runs[run.function].append(run)
        elif run.failed and last and isinstance(last.outcome, Raised) and not last.callee.method:
            raised = replace(run, wrong=WrongValue(last, last.outcome, None))
            runs[run.function].append(raised)
    found: dict[str, Located] = {}
    for of_one_function in runs.values():
        for run in of_one_function[:_MOST_LOCATED]:
            with suppress(Exception):  # unforeseen values: the verdict does without
                if located := context.answers.locate(run, code.record):
                    found[run.name] = located
                    break
    return found


def _told(verdict: TestVerdict, named: Named | None, located: Located | None) -> TestVerdict:
    if named:
        told = replace(verdict, mistake=named.name, mistakes=named.names)
        return map_texts(str, replace(told, explanation=named.text))  # JSON takes no subclass
    if located:
        known = verdict.located.relation if verdict.located else None
        whole = replace(located, relation=located.relation or known)
        return map_texts(str, replace(verdict, located=whole, explanation=located.text))
    return verdict


def _run_test(
    code: CodeUnderTest, test: GradedTest, fixtures: Mapping[str, Any]
) -> tuple[TestVerdict, WrongValue | None]:
    """Run one test; return its verdict and the wrong value that made it fail, if any."""
    verdict = partial(TestVerdict, test.name, test.function, hidden=test.hidden)
    try:
        test.run(**fixtures)
    except (UsageError, OSError):  # not the code's, whose own errors are outcomes
        raise
    except NotStarted as reason:
        return verdict("skipped", 0, test.points, str(reason)), None
    except Unavailable as reason:
        return verdict("skipped", 0, 0, str(reason), unavailable=True), None
    except Failure as failure:
        told = verdict("failed", 0, test.points, str(failure), located=failure.located)
        return told, failure.wrong
    except Exception as error:
        return verdict("failed", 0, test.points, failure_message(error, code)), None
    return verdict("passed", test.points, test.points), None


def failure_message(error: Exception, code: CodeUnderTest) -> str:
    """Return why a test failed. Any exception except Failure means that the test could not compare
    a value. The value is to blame: on the reference, no test fails like that."""
    if isinstance(error, Failure) or not code.calls:
        return str(error)
    call = code.calls[-1]
    value = getattr(call.outcome, "value", None)
    words = tr(
        "{call} returned {value}\nThe test can't compare this value: {type}: {error}",
        call=call.callee.shown,
        value=describe(value),
        type=type(error).__name__,
        error=error,
    )
    return str(words)


def load_message(code: CodeUnderTest) -> str:
    """Return why a stage's file could not be imported, and what to do."""
    error, name = code.load_error, f"{code.load_stage.name}.py"
    if isinstance(error, Lost):
        return tr("{file} cannot be imported: {reason}", file=name, reason=error.reason)
    assert isinstance(error, Raised)
    if error.class_name == "FileNotFoundError" and not error.where:  # not raised by the code
        return tr(
            "{file} is not there; `grader reset {slug}` puts the stub back",
            file=name,
            slug=code.load_stage.slug,
        )
    told = retold(error)
    reason = f"{told.shown_name}: {told.message}"
    words = tr("{file} cannot be imported: {reason}", file=name, reason=reason)
    return "\n".join(filter(None, [words, told.where, advice_on(error)]))
