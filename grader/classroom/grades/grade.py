"""The grade of one person: what the points of the tests count, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from grader.classroom.graded_submission import stage_title
from grader.classroom.grades.lateness import parse_time
from grader.classroom.grades.people import Identities
from grader.classroom.grades.points import Points, as_points
from grader.classroom.grades.rules import GradeRules
from grader.stages import stage_of
from grader.verdict import StageVerdict

OVERRIDDEN = "overridden by the teacher"


@dataclass(frozen=True)
class Grade:
    """What a person gets, and what it is made of."""

    parts: dict[str, Points | None]  # what each stage counts, or each of several runs, by its name
    points: Points
    max_points: Points  # without bonus points, where these are extra credit

    def __str__(self) -> str:
        """Return the grade in words."""
        return f"{self.points} of {self.max_points} points"


class Grading:
    """Works out the grades of a class, each from a person's verdicts.

    Each stage is rounded to two decimals, then they are added up, then lateness takes its share.
    What the teacher decides about a stage replaces its points, and is late like the others; what
    the teacher decides about the whole grade replaces everything.
    """

    def __init__(self, rules: GradeRules, possible: Mapping[int, int]) -> None:
        """Set the rules, and the points of the tests of each stage that was graded."""
        self._rules, self._possible = rules, possible
        most = [
            rules.weights.get(one, possible[one]) for one in possible if not self._is_extra(one)
        ]
        self.max_points = added(most)

    @property
    def zero(self) -> Grade:
        """The grade of somebody who has handed in nothing, where that is a zero."""
        return Grade({stage_of(number).name: None for number in self._possible}, 0, self.max_points)

    def grade(
        self, verdicts: Iterable[StageVerdict], handed_in: str, whose: Identities
    ) -> tuple[Grade | None, tuple[str, ...]]:
        """Return a person's grade and what it depends on besides the tests, a sentence each.

        Args:
            verdicts: none if nothing was handed in, or could be graded.
            handed_in: when, in ISO 8601; '' if unknown.
            whose: what the person is called.

        Returns:
            the grade, or None where there are neither verdicts nor overrides.
        """
        stages = {one.number: self._counted(one) for one in verdicts}
        overrides = [one for one in self._rules.overrides if one.whose.fits(whose)]
        remarks = []
        for one in overrides:
            if one.stage is not None:
                stages[one.stage] = one.points
                title = stage_title(one.stage)
                remarks.append(f"{title} {OVERRIDDEN}: {one.reason}")
        graded = sorted({*self._possible, *stages})
        parts = {stage_of(number).name: stages.get(number) for number in graded}
        for one in overrides:
            if one.stage is None:
                said = f"{OVERRIDDEN}: {one.reason}"
                return Grade(parts, one.points, self.max_points), (said,)
        if not stages:
            return None, ()
        points, said_of_total = self._total(stages, handed_in, whose)
        return Grade(parts, points, self.max_points), (*remarks, *said_of_total)

    def _is_extra(self, stage: int) -> bool:
        return self._rules.bonus_cap is not None and stage_of(stage).bonus

    def _counted(self, verdict: StageVerdict) -> Points:
        weight = self._rules.weights.get(verdict.number)
        if weight is None or not verdict.max_points:
            return verdict.points
        return as_points(Fraction(weight) * verdict.points / verdict.max_points)

    def _total(
        self, stages: Mapping[int, Points], handed_in: str, whose: Identities
    ) -> tuple[Points, list[str]]:
        """Return the total of some stages after bonus and lateness, and a sentence on each."""
        remarks = []
        total = added(points for stage, points in stages.items() if not self._is_extra(stage))
        bonus = added(points for stage, points in stages.items() if self._is_extra(stage))
        cap = self._rules.bonus_cap
        if cap is not None and bonus > cap:
            remarks.append(f"{cap} of {bonus} bonus points count")
            bonus = cap
        total, policy = added((total, bonus)), self._rules.late_policy
        days = self._days_late(handed_in, whose)
        if policy and days:
            percent = policy.penalty(days)
            total = as_points(Fraction(total) * Fraction(100 - percent) / 100)
            remarks.append(f"{days} {'day' if days == 1 else 'days'} late: {percent}% off")
        return total, remarks

    def _days_late(self, handed_in: str, whose: Identities) -> int:
        for line in self._rules.late:
            if line.whose.fits(whose):
                if line.days_late is not None:
                    return line.days_late
                handed_in = line.handed_in
        policy, time = self._rules.late_policy, parse_time(handed_in)
        return policy.days_late(time) if policy and time else 0


def added(points: Iterable[Points]) -> Points:
    """Return the sum of points."""
    return as_points(sum(map(Decimal, points), Decimal()))
