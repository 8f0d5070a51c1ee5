"""Running a stage's graded tests against a student, one verdict a test."""

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.grading_files import files_to_grade, own_earlier
from grader.home import Kata
from grader.stages import Stage
from grader.student.channel import Channel
from grader.student.outcome import Lost, Raised
from grader.student.stubs import unwritten_names
from grader.student.student import Student
from grader.suite.answers import Answers, answers_for
from grader.suite.code import Yours
from grader.suite.collect import GradedTest, collect
from grader.suite.describe import describe
from grader.suite.failure import Failure, NotStarted, Unavailable
from grader.verdict import Outcome, StageVerdict, TestVerdict


@dataclass(frozen=True)
class Setting:
    """What a test may ask for besides the code: its fixtures by name."""

    kata: Kata
    answers: Answers
    folders_in: Path | None = None  # where `folder` is made, for code that can read only there

    @contextmanager
    def fixtures(self, student: Student, test_name: str, wanted: Collection[str]) -> Iterator[Any]:
        """Make the fixtures that a test asks for."""
        reference = self.answers.reference(test_name)
        make: dict[str, Callable[[], Any]] = {
            "yours": lambda: Yours(student, reference),
            "reference": lambda: reference,
            "rng": lambda: self.answers.rng(test_name),
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
    files = files_to_grade(kata, stage, target)
    return Student(stage, files, open_channel, own_earlier=own_earlier(kata, stage))


def grade_student(
    kata: Kata, student: Student, seed: int, folders_in: Path | None = None
) -> StageVerdict:
    """Run all tests of a student's stage."""
    stage = student.stage
    tests = collect(kata.suite(stage))
    if first := what_comes_first(kata, student, seed):
        verdicts = [untested(test, "skipped", first) for test in tests]
        return StageVerdict(stage.number, stage.slug, tuple(verdicts))
    if not student.load():
        message = load_message(student)
        verdicts = [untested(test, "error", message) for test in tests]
        return StageVerdict(
            stage.number, stage.slug, tuple(verdicts), student.printed(), import_error=True
        )
    setting = Setting(kata, answers_for(kata, stage, seed), folders_in)
    if unwritten := unwritten_in(student):
        verdicts = [untested(test, "skipped", unwritten) for test in tests]
        return StageVerdict(stage.number, stage.slug, tuple(verdicts))
    # Hidden tests come last, so that nothing that code has seen there can turn up in another's.
    hidden_last = sorted(tests, key=lambda test: test.hidden)
    done = {test.name: run_test(setting, student, test) for test in hidden_last}
    verdicts = [done[test.name] for test in tests]
    return StageVerdict(stage.number, stage.slug, tuple(verdicts), student.printed())


def untested(test: GradedTest, outcome: Outcome, message: str) -> TestVerdict:
    """Give the verdict on a test that did not run."""
    return TestVerdict(
        test.name, test.function, outcome, 0, test.points, message, hidden=test.hidden
    )


def what_comes_first(kata: Kata, student: Student, seed: int) -> str | None:
    """Say which earlier stages must pass before this one can be graded, if any."""
    if kata.handout is None:
        return None
    from grader.handout.waiting import unfinished

    def grade(stage: Stage) -> StageVerdict:
        return grade_stage(kata, stage, student.folder, seed, student.open_channel)

    names = [f"s{stage.number:02d}" for stage in unfinished(kata, student, grade)]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
    return f"finish {listed} first" if names else None


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
        except UsageError:  # no verdict on the code
            raise
        except NotStarted as reason:
            return verdict("skipped", 0, test.points, str(reason))
        except Unavailable as reason:
            return verdict("skipped", 0, 0, str(reason), unavailable=True)
        except Exception as error:
            message = failure_message(error, student)
            folder = fixtures.get("folder")
            if found := setting.answers.name_mistake(test.name, student.calls, folder):
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
