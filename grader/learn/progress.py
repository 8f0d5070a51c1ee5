"""The learner's progress: the last verdict on each stage, with the key of what it depended on.

A verdict counts only while its key stays the same, so nothing outdated is believed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from grader.kata import Kata
from grader.learn.state_dir import read_state, save_state
from grader.stage import Stage
from grader.stages import stage_of
from grader.stubs import is_stub
from grader.verdict import StageVerdict
from grader.verdict_key import as_they_are_now, code_key, learner_key

NOT_CHECKED = ("not_checked", "outdated")  # a stage with such a status should be graded
_FILE = "progress.json"


@dataclass
class _Entry:
    """A verdict, the key of what it depended on, and that of the learner's code alone."""

    key: str
    verdict: StageVerdict
    code: str = ""


@dataclass
class _Content:
    last_passed: int | None = None
    stages: dict[int, _Entry] = field(default_factory=dict)
    first_passed: dict[int, date] = field(default_factory=dict)  # unknown for old passes


class Progress:
    """The learner's verdicts so far, stored in `.grader/progress.json`, at one moment: what they
    depend on is looked at once."""

    def __init__(self, kata: Kata) -> None:
        """Read the file; a missing or unreadable one counts as empty."""
        self.kata = kata
        self._read = as_they_are_now()
        self._content = read_state(kata, _FILE, _Content)

    def remember(self, verdict: StageVerdict, key: str) -> None:
        """Save a verdict on the learner's own code, with the key taken before the code was run;
        where that's impossible, say so."""
        code = code_key(self.kata, stage_of(verdict.number))
        before = self._content.stages.get(verdict.number)
        self._content.stages[verdict.number] = _Entry(key, verdict, code)
        if verdict.status == "passed":
            self._content.last_passed = verdict.number
            if before is None or before.verdict.status != "passed":
                self._content.first_passed.setdefault(verdict.number, date.today())
        save_state(self.kata, _FILE, self._content)

    def first_passed(self, stage: Stage) -> date | None:
        """Return the day on which a stage passed for the first time, or None if none is known."""
        return self._content.first_passed.get(stage.number)

    def current(self, stage: Stage) -> StageVerdict | None:
        """Return the verdict on a stage's files as they are now, or None if there is none."""
        entry = self._content.stages.get(stage.number)
        if entry is None or entry.key != learner_key(self.kata, stage, self._read):
            return None
        return entry.verdict

    def outdated(self, stage: Stage) -> StageVerdict | None:
        """Return the verdict that an older version of the kata or of its libraries gave on the
        stage's files as they are now, if that is the last one."""
        entry = self._content.stages.get(stage.number)
        if entry is None or self.current(stage) or entry.code != code_key(self.kata, stage):
            return None
        return entry.verdict

    def status(self, stage: Stage) -> str:
        """Return a stage's status: that of its verdict, or `outdated`, `not_started` or
        `not_checked`."""
        verdict = self.current(stage)
        if verdict:
            return verdict.status
        if self.outdated(stage):
            return "outdated"
        return "not_checked" if stage.has_code and self.is_edited(stage) else "not_started"

    def is_edited(self, stage: Stage) -> bool:
        """Return whether a stage's file is no longer a stub."""
        try:
            text = self.kata.exercise(stage).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return True
        return not is_stub(stage, text)

    def next_stage(self, passed: Collection[int], after: Stage | None = None) -> Stage | None:
        """Return the stage to do next, or None if all are done.

        That is the first unfinished stage after `after` (default: from the last one passed, which
        may have been changed since), then from the beginning. Before any stage has passed, it is
        the first one begun, or else the first. Left out are stages that an older version has
        passed, stages that wait for others, the stage that runs the learner's own stages until
        these pass, and bonus stages until all others are done.
        """
        others = [stage for stage in self.kata.stages if stage.number not in passed]
        passed = {*passed, *(stage.number for stage in others if self._had_passed(stage))}
        todo = [
            stage
            for stage in self.kata.stages
            if stage.number not in passed and not self._missing_before(stage, passed)
        ]
        todo = [stage for stage in todo if not stage.bonus] or todo
        start = after.number + 1 if after else self._content.last_passed
        if start is None:
            preferred = [stage for stage in todo if self.status(stage) != "not_started"]
        else:
            preferred = [stage for stage in todo if stage.number >= start]
        return next(iter(preferred or todo), None)

    def _had_passed(self, stage: Stage) -> bool:
        verdict = self.outdated(stage)
        return verdict is not None and verdict.status == "passed"

    def _missing_before(self, stage: Stage, passed: Collection[int]) -> bool:
        """Return whether stages that are here still have to pass before `stage` can."""
        needed = {earlier.number for earlier in self.kata.waits_for(stage)}
        if stage.own_stages:
            needed |= {one.number for one in self.kata.stages if one.number in stage.uses}
        return not needed.issubset(passed)


def passed_before(kata: Kata, stages: Sequence[Stage]) -> dict[int, StageVerdict]:
    """Return the verdicts on those stages that passed and have not changed since, by number."""
    current = map(Progress(kata).current, stages)
    return {one.number: one for one in current if one and one.status == "passed"}


def keep_verdict(kata: Kata, verdict: StageVerdict, key: str) -> None:
    """Save a verdict on the learner's own code, unless what it depends on has changed meanwhile.

    If two commands run at the same time, one verdict may be lost; that stage is then graded again.

    Args:
        key: the stage's key, taken before the code was run.
    """
    if learner_key(kata, stage_of(verdict.number)) == key:
        Progress(kata).remember(verdict, key)
