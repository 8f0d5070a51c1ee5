"""Grade every submission of a class once: results in the journal are not computed again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.intake.copy_stage_files import (
    TakenSubmission,
    copy_stage_files,
    seed_of_inputs,
)
from grader.classroom.journal import Journal, Key, Verdicts
from grader.classroom.list_submissions import ListedSubmission
from grader.classroom.local_grader import Grader, Job
from grader.classroom.roster import Student
from grader.classroom.run_settings import Run
from grader.write_files import reason_of


@dataclass(frozen=True)
class GradingResult:
    """A graded submission.

    `obstacle` is a problem of this machine that prevented grading it or writing the result; a later
    run may not have it.
    """

    graded: GradedSubmission
    files: Path  # the folder with its stage files
    obstacle: str | None = None


class JournaledGrader:
    """Grades the submissions of a class that are not in the journal yet."""

    def __init__(self, journal: Journal, run: Run, taken: Path) -> None:
        """Set what results depend on; `taken` is the folder that stage files are copied to."""
        self._journal, self._run, self._taken = journal, run, taken

    def results(
        self, listed: Sequence[ListedSubmission], graders: Grader
    ) -> Iterator[GradingResult]:
        """Yield the result of each submission as soon as it is known, in any order."""
        same: dict[str, list[TakenSubmission]] = {}  # by their hash; the first one is graded
        for submission in copy_stage_files(listed, self._taken):
            earlier = self._earlier(submission, graders.levels)
            if submission.obstacle or not submission.files:
                yield self._result(submission, (), graders.levels[0])
            elif earlier is not None:
                yield self._result(submission, *earlier)
            else:
                same.setdefault(submission.sha256, []).append(submission)
        waiting = {submissions[0].folder: submissions for submissions in same.values()}
        stages = self._run.stages
        jobs = [Job(folder, stages, self._seed(whose[0])) for folder, whose in waiting.items()]
        for done in graders.grade(jobs):
            submissions = waiting[done.job.folder]
            trouble = None
            if done.obstacle:
                submissions = [replace(one, obstacle=done.obstacle) for one in submissions]
            else:
                try:
                    self._journal.add(self._key(submissions[0], done.level), done.verdicts)
                except OSError as error:
                    trouble = f"could not be written to the journal: {reason_of(error)}"
            for submission in submissions:
                yield self._result(submission, done.verdicts, done.level, trouble)

    def _seed(self, submission: TakenSubmission) -> int:
        return seed_of_inputs(self._run.seed, submission)

    def _key(self, submission: TakenSubmission, level: str) -> Key:
        run = self._run
        return Key(submission.sha256, run.suites, run.seed, run.stages, level)

    def _earlier(
        self, submission: TakenSubmission, levels: Sequence[str]
    ) -> tuple[Verdicts, str] | None:
        """Return the verdicts of an earlier run and their level, if that is one of today's."""
        for level in levels:
            if (verdicts := self._journal.get(self._key(submission, level))) is not None:
                return verdicts, level
        return None

    def _result(
        self,
        submission: TakenSubmission,
        verdicts: Verdicts,
        level: str,
        trouble: str | None = None,
    ) -> GradingResult:
        problems = (*submission.problems, *filter(None, [submission.obstacle]))
        # The roster's name is better than the folder's.
        names = [Student(columns).name for columns in submission.students]
        name = " and ".join(filter(None, names)) or submission.name
        hand_in = submission.hand_in
        graded = GradedSubmission(
            key=submission.key,
            name=name,
            students=submission.students,
            seed=self._seed(submission),
            level=level,
            verdicts=verdicts,
            problems=problems,
            hand_in=submission.name,
            hand_in_files=hand_in.file_names,
            people=hand_in.people,
            handed_in=hand_in.handed_in,
            files=submission.sha256,
        )
        return GradingResult(graded, submission.folder, submission.obstacle or trouble)
