"""How the points of tests become grades: what a teacher asked for, kept with a run's results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from grader.classroom.grades.lateness import (
    EXAMPLE,
    LateLine,
    LatePolicy,
    parse_late_policy,
    parse_time,
    read_late,
)
from grader.classroom.grades.overrides import Override, read_overrides
from grader.classroom.grades.people import (
    Identities,
    check_that_each_fits_one,
    check_that_none_is_twice,
)
from grader.classroom.grades.points import Points, parse_points
from grader.classroom.grades.weights import read_weights
from grader.errors import UsageError

AbsentAs = Literal["empty", "zero"]  # the points of those who handed in nothing
NONE = "none"  # as the value of an option: forget what an earlier run was told


@dataclass(frozen=True)
class GradeRules:
    """How the points of tests become grades; without any rule they are the grades."""

    weights: dict[int, Points] = field(default_factory=dict)  # at most, by stage; none: its own
    bonus_cap: Points | None = None  # None: bonus stages count like the others
    late_policy: LatePolicy | None = None
    late: tuple[LateLine, ...] = ()  # where the download's own times aren't what counts
    overrides: tuple[Override, ...] = ()

    def __str__(self) -> str:
        """Return the rules in words; '' if there are none."""
        cap, policy = self.bonus_cap, self.late_policy
        parts = [
            f"weights for {_count(len(self.weights), 'stage')}" if self.weights else "",
            f"at most {cap} bonus points" if cap is not None else "",
            f"late policy: {policy.text}" if policy else "",
            f"{_count(len(self.late), 'line')} about who was late" if self.late else "",
            _count(len(self.overrides), "override") if self.overrides else "",
        ]
        return "; ".join(filter(None, parts))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


NO_RULES = GradeRules()

_READERS: dict[str, Callable[[str], object]] = {  # by the name of the option and of the field
    "weights": lambda text: read_weights(Path(text)),
    "bonus_cap": lambda text: _bonus_cap(text),
    "late_policy": parse_late_policy,
    "late": lambda text: read_late(Path(text)),
    "overrides": lambda text: read_overrides(Path(text)),
}


def changed_rules(earlier: GradeRules, given: Mapping[str, str]) -> GradeRules:
    """Return the rules of an earlier run, replaced where an option says something else.

    Args:
        given: the options by name, such as `late_policy`; `none` forgets an earlier run's.

    Raises:
        UsageError: if an option can't be used.
    """
    nothing = GradeRules()
    changed: dict[str, Any] = {
        name: getattr(nothing, name) if text == NONE else _READERS[name](text)
        for name, text in given.items()
    }
    return replace(earlier, **changed)


def _bonus_cap(text: str) -> Points:
    points = parse_points(text)
    if points is None:
        raise UsageError(f"--bonus-cap {text}: write a number of points, for example 5")
    return points


@dataclass(frozen=True)
class Member:
    """A person of a class, as far as rules about persons need to know."""

    identities: Identities
    handed_in: str  # ISO 8601; '' if the download doesn't say


def check_rules(rules: GradeRules, stages: Sequence[int], people: Sequence[Member]) -> None:
    """Refuse rules that don't fit a class.

    Raises:
        UsageError: if a line fits nobody or several, a stage has no weight, or a time can't be
            compared.
    """
    for number in stages:
        if rules.weights and number not in rules.weights:
            raise UsageError(
                f"--weights: stage {number} is graded, but has no line: add {number},0 if it "
                "doesn't count"
            )
    everybody = [one.identities for one in people]
    late, overrides = rules.late, rules.overrides
    check_that_each_fits_one([one.whose for one in late], everybody)
    check_that_each_fits_one([one.whose for one in overrides], everybody)
    for override in overrides:
        if override.stage not in (None, *stages):
            raise UsageError(f"{override.whose.where}: stage {override.stage} is not graded here")
    for identities in everybody:
        check_that_none_is_twice([one.whose for one in late if one.whose.fits(identities)])
        mine = [one for one in overrides if one.whose.fits(identities)]
        for stage in {one.stage for one in mine}:
            check_that_none_is_twice([one.whose for one in mine if one.stage == stage])
    _check_lateness(
        rules, [*(one.handed_in for one in people), *(one.handed_in for one in rules.late)]
    )


def _check_lateness(rules: GradeRules, times: Sequence[str]) -> None:
    policy = rules.late_policy
    if policy is None:
        if rules.late:
            raise UsageError(f"--late needs --late-policy, for example {EXAMPLE!r}")
        return
    if policy.due is None and (not rules.late or any(one.handed_in for one in rules.late)):
        raise UsageError(
            f"--late-policy: it doesn't say when it was due: write, such as {EXAMPLE!r}"
        )
    for time in filter(None, map(parse_time, times)):
        policy.days_late(time)
