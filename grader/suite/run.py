"""Running a stage's graded tests against a student, one verdict a test."""

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from grader.diagnosis.catalogue import mistakes_of
from grader.diagnosis.diagnose import Diagnosis
from grader.diagnosis.mistake import Mistake
from grader.home import Kata
from grader.stages import Stage
from grader.student.channel import Channel
from grader.student.outcome import Lost, Raised
from grader.student.space import grading_files, reference_space
from grader.student.stubs import unwritten_names
from grader.student.student import Student
from grader.suite.code import Reference, Yours
from grader.suite.collect import GradedTest, collect
from grader.suite.describe import describe
from grader.suite.failure import Failure, NotStarted, Unavailable
from grader.suite.rng import Rng
from grader.verdict import Outcome, StageVerdict, TestVerdict

_diagnoses: WeakKeyDictionary[Student, Diagnosis] = WeakKeyDictionary()


@cache
def reference_of(solutions: Path) -> Reference:
    """Give the reference as suites call it."""
    return Reference(reference_space(solutions))


@dataclass(frozen=True)
class Setting:
    """What a test may ask for besides the code: its fixtures by name."""

    kata: Kata
    seed: int
    folders_in: Path | None = None  # where `folder` is made, for code that can read only there

    @contextmanager
    def fixtures(self, student: Student, test_name: str, wanted: Collection[str]) -> Iterator[Any]:
        """Make the fixtures that a test asks for."""
        reference = reference_of(self.kata.solutions)
        make: dict[str, Callable[[], Any]] = {
            "yours": lambda: Yours(student, reference),
            "reference": lambda: reference,
            "rng": lambda: Rng(self.seed, test_name),
            "tiny_weights": lambda: self.kata.tiny_weights,
        }
        if "folder" not in wanted:
            yield {name: make[name]() for name in wanted}
            return
        with tempfile.TemporaryDirectory(prefix="kata-", dir=self.folders_in) as folder:
            Path(folder).chmod(0o755)  # the worker may be another user's
            make["folder"] = lambda: Path(folder)
            yield {name: make[name]() for name in wanted}


def grade_stage(
    kata: Kata, stage: Stage, target: Path, seed: int, open_channel: Callable[[], Channel]
) -> StageVerdict:
    """Grade one stage of the code in `target`."""
    with closing(student_of(kata, stage, target, open_channel)) as student:
        return grade_student(kata, student, seed)


def student_of(
    kata: Kata, stage: Stage, target: Path, open_channel: Callable[[], Channel]
) -> Student:
    """Give the student whose code for a stage stands in `target`."""
    return Student(stage, grading_files(stage, target, kata.solutions), open_channel)


def grade_student(
    kata: Kata, student: Student, seed: int, folders_in: Path | None = None
) -> StageVerdict:
    """Run all tests of a student's stage."""
    stage = student.stage
    tests = collect(kata.suite(stage))
    if not student.load():
        message = load_message(student)
        verdicts = [_untested(test, "error", message) for test in tests]
        return StageVerdict(
            stage.number, stage.slug, tuple(verdicts), student.printed(), import_error=True
        )
    setting = Setting(kata, seed, folders_in)
    if unwritten := unwritten_in(student):
        verdicts = [_untested(test, "skipped", unwritten) for test in tests]
        return StageVerdict(stage.number, stage.slug, tuple(verdicts))
    # Hidden tests come last, so that nothing that code has seen there can turn up in another's.
    hidden_last = sorted(tests, key=lambda test: test.hidden)
    done = {test.name: run_test(setting, student, test) for test in hidden_last}
    verdicts = [done[test.name] for test in tests]
    return StageVerdict(stage.number, stage.slug, tuple(verdicts), student.printed())


def _untested(test: GradedTest, outcome: Outcome, message: str) -> TestVerdict:
    return TestVerdict(
        test.name, test.function, outcome, 0, test.points, message, hidden=test.hidden
    )


def unwritten_in(student: Student) -> str | None:
    """Say what is still to be written for a stage that runs the learner's own stages together."""
    if not student.stage.own_stages:
        return None
    names = unwritten_names(student.own_files)
    return f"still to write: {', '.join(names)}" if names else None


def run_test(setting: Setting, student: Student, test: GradedTest) -> TestVerdict:
    """Run one test; whatever the code under test did, a verdict comes of it."""
    student.calls.clear()
    verdict = partial(TestVerdict, test.name, test.function, hidden=test.hidden)
    with setting.fixtures(student, test.name, test.fixtures) as fixtures:
        try:
            test.run(**fixtures)
        except NotStarted as reason:
            return verdict("skipped", 0, test.points, str(reason))
        except Unavailable as reason:
            return verdict("skipped", 0, 0, str(reason), unavailable=True)
        except Exception as error:
            message = failure_message(error, student)
            if found := name_mistake(setting.kata, student):
                return verdict("failed", 0, test.points, message, found.name, found.text)
            return verdict("failed", 0, test.points, message)
    return verdict("passed", test.points, test.points)


def failure_message(error: Exception, student: Student) -> str:
    """Say why a test failed. Anything but a Failure means that a value was so strange that the test
    stumbled over it, which is the value's fault: on the reference no test does."""
    if isinstance(error, Failure) or not student.calls:
        return str(error)
    call = student.calls[-1]
    value = getattr(call.outcome, "value", None)
    return (
        f"{call.target.shown} returned {describe(value)}\n"
        f"The test cannot work with that: {type(error).__name__}: {error}"
    )


def name_mistake(kata: Kata, student: Student) -> Mistake | None:
    """Name the known mistake that explains the calls of the test that just failed, if one does."""
    if student not in _diagnoses:
        mistakes = mistakes_of(kata, student.stage)
        reference = reference_space(kata.solutions)
        _diagnoses[student] = Diagnosis(mistakes, reference, student.stage)
    return _diagnoses[student].name(student.calls)


def load_message(student: Student) -> str:
    """Say why a stage's file could not be imported, and what to do."""
    error, name = student.load_error, f"{student.load_stage.name}.py"
    if isinstance(error, Lost):
        return f"{name} cannot be imported: {error.reason}"
    assert isinstance(error, Raised)
    where = f"\n{error.where}" if error.where else ""
    text = f"{name} cannot be imported: {error.class_name}: {error.message}{where}"
    if error.class_name == "FileNotFoundError":
        return f"{name} is not there; `grader reset {student.load_stage.slug}` puts the stub back"
    return text
