"""From what was handed in to what came of it: every submission of a class is graded once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.intake import Entry, take_in
from grader.classroom.journal import Journal, Key
from grader.classroom.local_grader import Graders, Job
from grader.classroom.roster import Student
from grader.classroom.submission import Submission
from grader.verdict import StageVerdict


@dataclass(frozen=True)
class Result:
    """What came of one submission; `obstacle` is what on this machine has kept it from being graded
    or written down, and is gone with a later run."""

    graded: GradedSubmission
    obstacle: str | None = None


class Grading:
    """Grades the submissions of a class that the journal does not know yet."""

    def __init__(
        self, journal: Journal, suites: str, seed: int, stages: Sequence[int], taken: Path
    ) -> None:
        """Say what results hang on; `taken` is the folder that stage files are copied to."""
        self._journal, self._suites, self._taken = journal, suites, taken
        self._seed, self._stages = seed, tuple(stages)

    def results(self, entries: Sequence[Entry], graders: Graders) -> Iterator[Result]:
        """Give the result of each entry, as it is known: not in their order."""
        known: list[Result] = []
        waiting: dict[Path, list[Submission]] = {}  # by the folder that is graded for them

        def jobs() -> Iterator[Job]:
            first_of: dict[str, Path] = {}
            for submission in take_in(entries, self._taken):
                earlier = self._earlier(submission, graders.levels)
                if submission.obstacle or not submission.files:
                    known.append(self._result(submission, (), graders.levels[0]))
                elif earlier is not None:
                    known.append(self._result(submission, *earlier))
                elif first_of.get(submission.sha256) in waiting:  # two have handed in the same
                    waiting[first_of[submission.sha256]].append(submission)
                else:
                    first_of[submission.sha256] = submission.folder
                    waiting[submission.folder] = [submission]
                    yield Job(submission.folder, self._stages, self._seed)

        for done in graders.grade(jobs()):
            submissions = waiting.pop(done.job.folder)
            trouble = None
            if done.obstacle:
                submissions = [replace(one, obstacle=done.obstacle) for one in submissions]
            else:
                trouble = self._note(self._key(submissions[0], done.level), done.verdicts)
            for submission in submissions:
                yield self._result(submission, done.verdicts, done.level, trouble)
            yield from known
            known.clear()
        yield from known

    def _key(self, submission: Submission, level: str) -> Key:
        return Key(submission.sha256, self._suites, self._seed, self._stages, level)

    def _earlier(
        self, submission: Submission, levels: Sequence[str]
    ) -> tuple[tuple[StageVerdict, ...], str] | None:
        """Give the verdicts of an earlier run and their level, if that is one of today's."""
        for level in levels:
            verdicts = self._journal.get(self._key(submission, level))
            if verdicts is not None:
                return verdicts, level
        return None

    def _note(self, key: Key, verdicts: tuple[StageVerdict, ...]) -> str | None:
        """Write a result to the journal; say why when that fails."""
        try:
            self._journal.add(key, verdicts)
        except OSError as error:
            return f"could not be written to the journal: {error.strerror}"
        return None

    def _result(
        self,
        submission: Submission,
        verdicts: tuple[StageVerdict, ...],
        level: str,
        trouble: str | None = None,
    ) -> Result:
        obstacle = submission.obstacle or trouble
        problems = (*submission.problems, *filter(None, [submission.obstacle]))
        # A roster knows better than a folder what somebody is called.
        name = Student(submission.student).name or submission.name
        whose = submission.key, name, submission.student
        return Result(GradedSubmission(*whose, self._seed, level, verdicts, problems), obstacle)
