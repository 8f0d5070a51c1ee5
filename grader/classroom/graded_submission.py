"""One submission, graded: the plain data that every export of a class starts from."""

from dataclasses import dataclass

from grader.verdict import StageVerdict


@dataclass(frozen=True)
class GradedSubmission:
    """What came of one submission.

    Attributes:
        key: what the submission is called; no other of its class is called so.
        name: whose it is, as people read it.
        student: the columns of the roster for this student; empty without a roster.
        seed: the seed of the random inputs.
        level: how well the worker was locked down.
        verdicts: one for each graded stage; none when the submission could not be graded at all.
        problems: what was wrong with the submission itself, a sentence each.
    """

    key: str
    name: str
    student: dict[str, str]
    seed: int
    level: str
    verdicts: tuple[StageVerdict, ...]
    problems: tuple[str, ...]

    @property
    def points(self) -> int:
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def max_points(self) -> int:
        return sum(verdict.max_points for verdict in self.verdicts)

    @property
    def was_graded(self) -> bool:
        return bool(self.verdicts)
