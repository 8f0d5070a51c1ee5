"""A graded class under pseudonyms: everything in it is new, or was looked through for names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.classroom.graded_class import GradedClass
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.grades.lateness import LateLine, parse_time
from grader.classroom.grades.overrides import Override
from grader.classroom.grades.people import PersonLine
from grader.classroom.grades.rules import GradeRules
from grader.classroom.privacy.known_people import NameRemover
from grader.classroom.run_settings import WHOLE, Run
from grader.classroom.submission_names import distinct_keys
from grader.verdict import StageVerdict, map_texts

_REASON = "decided by the teacher"
# With the seeds, or the hashes of files, who has the files could find out whose results are whose.
_NO_SEED = 0


@dataclass(frozen=True)
class _Part:
    """A row, and the pseudonym of its person."""

    row: ClassRow
    pseudonym: str

    @property
    def line(self) -> PersonLine:
        """How rules name the person now."""
        return PersonLine("", (self.pseudonym,))


def without_names(
    class_: GradedClass, pseudonyms: Sequence[str], remover: NameRemover
) -> tuple[Run, list[GradedSubmission]]:
    """Return the settings and the submissions of a class under pseudonyms, sorted by these.

    Args:
        class_: the whole class.
        pseudonyms: one for each of its rows, in order.
        remover: takes names out of texts.
    """
    parts = [_Part(*pair) for pair in zip(class_.rows, pseudonyms, strict=True)]
    keys, whose = _keys_of(parts), dict[str, list[_Part]]()
    for part in parts:
        if part.row.result:
            whose.setdefault(part.row.result.key, []).append(part)
    graded = [_submission(keys[key], some, remover) for key, some in whose.items()]
    graded.sort(key=lambda one: one.key)
    return _run(class_.run, parts, [one.key for one in graded]), graded


def _run(run: Run, parts: Sequence[_Part], keys: Sequence[str]) -> Run:
    absent = [part.pseudonym for part in parts if part.row.result is None]
    columns = dict(zip(absent, run.absent, strict=True))  # both are in the same order
    pending = [name for name in absent if columns[name] in run.pending]
    return Run(
        seed=_NO_SEED,
        stages=run.stages,
        suites=run.suites,
        shard=WHOLE,
        listed=tuple(keys),
        absent=tuple({"name": name} for name in sorted(absent)),
        problems=(),
        pending=tuple({"name": name} for name in sorted(pending)),
        absent_as=run.absent_as,
        rules=_rules(run.rules, parts),
    )


def _submission(key: str, parts: Sequence[_Part], remover: NameRemover) -> GradedSubmission:
    one = parts[0].row.result
    assert one is not None
    names = sorted(part.pseudonym for part in parts)
    return GradedSubmission(
        key=key,
        name=" and ".join(names),
        students=tuple({"name": name} for name in names),
        seed=_NO_SEED,
        level=one.level,
        verdicts=tuple(_stage(verdict, remover) for verdict in one.verdicts),
        problems=(),  # they have the names of files, and many a file is named after its author
    )


def _stage(verdict: StageVerdict, remover: NameRemover) -> StageVerdict:
    tests = tuple(map_texts(remover.plain, test) for test in verdict.tests)
    return replace(verdict, tests=tests, printed="")


def _rules(rules: GradeRules, parts: Sequence[_Part]) -> GradeRules:
    """Return the rules about the same people under their pseudonyms."""
    late = [line for part in parts if (line := _late_line(rules, part))]
    overrides = [
        Override(part.line, one.points, _REASON, one.stage)
        for one in rules.overrides
        for part in parts
        if one.whose.fits(part.row.identities)
    ]
    return replace(rules, late=tuple(late), overrides=tuple(overrides))


def _late_line(rules: GradeRules, part: _Part) -> LateLine | None:
    """Return how many days late somebody was, without the time, which others may know, too."""
    policy = rules.late_policy
    if policy is None:
        return None
    handed_in = part.row.result.handed_in if part.row.result else ""
    for line in rules.late:
        if line.whose.fits(part.row.identities):
            if line.days_late is not None:
                return LateLine(part.line, "", line.days_late)
            handed_in = line.handed_in
    time = parse_time(handed_in)
    return LateLine(part.line, "", policy.days_late(time)) if time else None


def _keys_of(parts: Sequence[_Part]) -> Mapping[str, str]:
    """Return the new key of each submission, by its old one."""
    names: dict[str, list[str]] = {}
    for part in parts:
        if part.row.result:
            names.setdefault(part.row.result.key, []).append(part.pseudonym)
    new = distinct_keys("_".join(sorted(some)) for some in names.values())
    return dict(zip(names, new, strict=True))
