"""A learner's progress: verdicts, each with the key of what it depended on.

A verdict counts only while its key is the same, so nothing outdated is shown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from grader.kata import Kata
from grader.learn.state_dir import read_state, write_state
from grader.stage import Stage
from grader.stages import stage_of
from grader.stubs import is_stub
from grader.verdict import StageVerdict
from grader.verdict_key import learner_key

_FILE = "progress.json"


@dataclass
class _Entry:
    """A verdict, and the key of what it depended on."""

    key: str
    verdict: StageVerdict


@dataclass
class _Content:
    last_passed: int | None = None
    stages: dict[int, _Entry] = field(default_factory=dict)


class Progress:
    """The learner's verdicts so far, stored in `.grader/progress.json`."""

    def __init__(self, kata: Kata) -> None:
        """Read the stored verdicts."""
        self.kata = kata
        self._content = read_state(kata, _FILE, _Content)

    def remember(self, verdict: StageVerdict, key: str) -> None:
        """Keep a verdict on the learner's own code, with its key from before it was run."""
        self._content.stages[verdict.number] = _Entry(key, verdict)
        if verdict.status == "passed":
            self._content.last_passed = verdict.number
        write_state(self.kata, _FILE, self._content)

    def current(self, stage: Stage) -> StageVerdict | None:
        """Return the verdict on a stage with its present files; None if there is none."""
        entry = self._content.stages.get(stage.number)
        if entry is None or entry.key != learner_key(self.kata, stage):
            return None
        return entry.verdict

    def status(self, stage: Stage) -> str:
        """Return the status of a stage: its verdict's, `not_started`, or `not_checked`."""
        verdict = self.current(stage)
        if verdict:
            return verdict.status
        return "not_checked" if stage.has_code and self.is_edited(stage) else "not_started"

    def is_edited(self, stage: Stage) -> bool:
        """Return whether a stage's file is no longer a stub."""
        try:
            text = self.kata.exercise(stage).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return True
        return not is_stub(stage, text)

    def next_stage(self, passed: Collection[int], after: Stage | None = None) -> Stage | None:
        """Return the stage to do now; None if all are done.

        This is the first unfinished stage after `after` (default: the stage passed last), wrapping
        around. Before anything has passed, it is the first one that has been started, or else the
        first. Stages that wait for others are skipped, and bonus stages come after all others.
        """
        todo = [
            stage
            for stage in self.kata.stages
            if stage.number not in passed
            and all(earlier.number in passed for earlier in self.kata.waits_for(stage))
        ]
        todo = [stage for stage in todo if not stage.bonus] or todo
        start = after.number if after else self._content.last_passed
        if start is None:
            preferred = [stage for stage in todo if self.status(stage) != "not_started"]
        else:
            preferred = [stage for stage in todo if stage.number > start]
        return next(iter(preferred or todo), None)


def passed_before(kata: Kata, stages: Sequence[Stage]) -> dict[int, StageVerdict]:
    """Return the verdicts on stages that the learner has passed and not changed since."""
    current = map(Progress(kata).current, stages)
    return {one.number: one for one in current if one and one.status == "passed"}


def keep_verdict(kata: Kata, verdict: StageVerdict, key: str) -> None:
    """Remember a verdict on the learner's own code, unless what it depends on has changed since
    `key` was taken, before the run.

    Two commands at once may lose one of their verdicts, which is then graded again.

    Raises:
        OSError: if the state dir can't be written.
    """
    if learner_key(kata, stage_of(verdict.number)) == key:
        Progress(kata).remember(verdict, key)
