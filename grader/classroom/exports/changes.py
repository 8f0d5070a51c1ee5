"""What has changed since the last run: whose points, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.classroom.exports.csv_text import BOM, Cell, as_csv
from grader.classroom.graded_class import GradedClass
from grader.classroom.graded_submission import stage_title
from grader.classroom.grades.class_rows import PENDING, ClassRow, is_decided
from grader.classroom.grades.grade import OVERRIDDEN
from grader.classroom.grades.points import Points
from grader.classroom.grades.same_people import JoinedPerson, join_people, names_of
from grader.classroom.run_settings import Run
from grader.stages import stage_of

TOTAL = "total"


@dataclass(frozen=True)
class Change:
    """One number that was different before."""

    person: str
    stage: str  # or `total`
    before: Points | None  # None: there was no grade
    after: Points | None
    why: str

    def __str__(self) -> str:
        before, after = (("none" if one is None else one) for one in (self.before, self.after))
        return f"{self.person}, {self.stage}: {before} before, now {after} ({self.why})"


def changes_between(before: GradedClass, after: GradedClass) -> list[Change]:
    """Return every stage and every total that differs, in the order of the people."""
    people, _ = join_people([before.rows, after.rows], _names_and_key)
    was_matched, is_matched = _matched(before), _matched(after)
    return [
        change
        for one in people
        # An open submission that is matched now, or the other way round, is its owner's change.
        if not (one.rows[1] is None and _key(one.row) in is_matched)
        and not (one.rows[0] is None and _key(one.row) in was_matched)
        for change in _changes_of(one, before.run, after.run)
    ]


def _matched(graded: GradedClass) -> set[str]:
    """Return the keys of the submissions that belong to somebody in the roster."""
    return {_key(row) for row in graded.rows if row.columns} - {""}


def _key(row: ClassRow) -> str:
    return row.result.key if row.result else ""


def _names_and_key(row: ClassRow) -> frozenset[str]:
    """Return what tells people without ids apart: the submission, where there is one."""
    key = "" if row.columns else _key(row)
    return frozenset([f"submission {key}"]) if key else names_of(row)


def _changes_of(person: JoinedPerson, earlier: Run, now: Run) -> Iterator[Change]:
    before, after = person.rows
    name, everything = person.row.name, dict[str, None]()  # the reasons, each once, in order
    was, has = (row.grade.parts if row and row.grade else {} for row in (before, after))
    for number in sorted({*earlier.stages, *now.stages}):
        stage = stage_of(number).name
        if was.get(stage) != has.get(stage):
            why = _unknown(after, _of_stage(number, before, after, earlier, now))
            yield Change(name, stage, was.get(stage), has.get(stage), "; ".join(why))
            everything.update(dict.fromkeys(why))
    old, new = (row.points if row else None for row in (before, after))
    if old != new:
        if earlier.absent_as != now.absent_as and after and after.is_absent:
            everything["--absent changed"] = None
        everything.update(dict.fromkeys((*_of_remarks(before, after), *_of_hand_in(before, after))))
        yield Change(name, TOTAL, old, new, "; ".join(_unknown(after, list(everything))))


def _of_stage(
    number: int, before: ClassRow | None, after: ClassRow | None, earlier: Run, now: Run
) -> list[str]:
    """Return why a stage counts something else than before."""
    reasons = _of_hand_in(before, after)
    if (number in earlier.stages) != (number in now.stages):
        reasons.append("not graded before" if number in now.stages else "not graded any more")
    old, new = (row.result if row else None for row in (before, after))
    if not reasons and old and new and _tested(number, before) != _tested(number, after):
        causes = {
            "the files changed": old.files != new.files,
            "the suites or the grader changed": earlier.suites != now.suites,
            "the seed changed": earlier.seed != now.seed,
            "the sandbox changed": old.level != new.level,
        }
        reasons += [cause for cause, is_so in causes.items() if is_so]
    if earlier.rules.weights.get(number) != now.rules.weights.get(number):
        reasons.append("the weights changed")
    return reasons + _of_remarks(before, after, stage_title(number))


def _of_hand_in(before: ClassRow | None, after: ClassRow | None) -> list[str]:
    if before is None or after is None:
        return ["not in the last run" if before is None else "not in the class any more"]
    if before.is_pending and not after.is_pending and not is_decided(after):
        still = "no open submission may be theirs any more"
        return [still if after.is_absent else "a submission was matched"]
    if after.is_pending and not before.is_absent:
        return ["the submission is open again"]
    if before.is_absent != after.is_absent:
        return ["handed in since" if before.is_absent else "nothing is handed in any more"]
    return []


def _tested(number: int, row: ClassRow | None) -> int | None:
    """Return the points of a stage's tests."""
    verdicts = row.result.verdicts if row and row.result else ()
    return next((one.points for one in verdicts if one.number == number), None)


def _of_remarks(before: ClassRow | None, after: ClassRow | None, about: str = "") -> list[str]:
    """Return the remarks that are new, and those that are gone."""
    old, new = (
        [one for one in row.remarks if one.startswith(about) and one != PENDING] if row else []
        for row in (before, after)
    )
    gone = [f"no longer {one}" for one in old if one not in new]
    return [one for one in new if one not in old] + gone


def _unknown(after: ClassRow | None, reasons: list[str]) -> list[str]:
    """Return the reasons; or the only one left if there is none."""
    overridden = after is not None and any(OVERRIDDEN in one for one in after.remarks)
    return reasons or ["the override changed" if overridden else "graded again"]


def as_changes(changes: Sequence[Change]) -> str:
    """Return changes as a CSV; an empty number is no grade."""
    rows = (
        [one.person, one.stage, _cell(one.before), _cell(one.after), one.why] for one in changes
    )
    return BOM + as_csv([["person", "stage", "before", "after", "why"], *rows])


def _cell(points: Points | None) -> Cell:
    return "" if points is None else points
