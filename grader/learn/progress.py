"""What the grader remembers of a learner's progress: verdicts, each with what it depended on.

Nothing is believed that could have changed since: a verdict counts only while its key is the same.
"""

import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.kata import Kata
from grader.stage import Stage
from grader.stages import stage_of
from grader.stubs import is_stub
from grader.verdict import StageVerdict, stage_as_dict, stage_from_dict
from grader.verdict_key import learner_key


@dataclass
class Progress:
    """The learner's verdicts so far, as kept in `.grader/progress.json`."""

    kata: Kata
    verdicts: dict[int, StageVerdict] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    last_passed: int | None = None

    @classmethod
    def load(cls, kata: Kata) -> "Progress":
        """Read what is remembered; a file that cannot be read counts as nothing remembered."""
        progress = cls(kata)
        try:
            kept = json.loads((kata.state_dir / "progress.json").read_text(encoding="utf-8"))
            for entry in kept["stages"]:
                verdict = stage_from_dict(entry["verdict"])
                progress.verdicts[verdict.number] = verdict
                progress.keys[verdict.number] = entry["key"]
            progress.last_passed = kept["last_passed"]
        except (OSError, ValueError, KeyError, TypeError):
            return cls(kata)
        return progress

    def remember(self, verdict: StageVerdict, key: str) -> None:
        """Keep a verdict on the learner's own code, with its key from before it was run."""
        self.verdicts[verdict.number] = verdict
        self.keys[verdict.number] = key
        if verdict.status == "passed":
            self.last_passed = verdict.number

    def save(self) -> None:
        """Write everything down, whole or not at all."""
        entries = [
            {"key": self.keys[number], "verdict": stage_as_dict(verdict)}
            for number, verdict in sorted(self.verdicts.items())
        ]
        write_state(
            self.kata, "progress.json", {"last_passed": self.last_passed, "stages": entries}
        )

    def current(self, stage: Stage) -> StageVerdict | None:
        """Give the verdict on a stage as its files are now; None when there is none."""
        verdict = self.verdicts.get(stage.number)
        if verdict is None:
            return None
        return verdict if self.keys[stage.number] == learner_key(self.kata, stage) else None

    def status(self, stage: Stage) -> str:
        """Say how a stage stands: its verdict's status, `not_started`, or `not_checked`."""
        verdict = self.current(stage)
        if verdict:
            return verdict.status
        return "not_checked" if stage.has_code and self.is_edited(stage) else "not_started"

    def is_edited(self, stage: Stage) -> bool:
        """Tell whether a stage's file is no longer a stub."""
        try:
            text = self.kata.exercise(stage).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return True
        return not is_stub(stage, text)

    def statuses(self) -> dict[int, str]:
        """Say how every stage stands."""
        return {stage.number: self.status(stage) for stage in self.kata.stages}

    def next_stage(self, passed: Collection[int], after: Stage | None = None) -> Stage | None:
        """Return the stage to do now: the first unfinished one after `after` (default: the stage
        last passed), wrapping round, and a bonus stage only when all others are done. Before
        anything is passed, it is the first one begun, else the first. None when all are done.

        A stage that waits for others is not to be done now.
        """
        left = [stage for stage in self.kata.stages if stage.number not in passed]
        todo = [stage for stage in left if self.kata.can_begin(stage, passed)]
        todo = [stage for stage in todo if not stage.bonus] or todo
        start = after.number if after else self.last_passed
        if start is None:
            preferred = [stage for stage in todo if self.status(stage) != "not_started"]
        else:
            preferred = [stage for stage in todo if stage.number > start]
        return next(iter(preferred or todo), None)


def passed_before(kata: Kata, stages: Sequence[Stage]) -> dict[int, StageVerdict]:
    """Give the verdicts on stages that the learner has passed and not changed since."""
    progress = Progress.load(kata)
    current = {stage.number: progress.current(stage) for stage in stages}
    return {
        number: verdict
        for number, verdict in current.items()
        if verdict and verdict.status == "passed"
    }


def keep_verdict(kata: Kata, verdict: StageVerdict, key: str) -> None:
    """Remember a verdict on the learner's own code, unless what it depends on has changed since
    `key` was taken, before the run."""
    if learner_key(kata, stage_of(verdict.number)) == key:
        progress = Progress.load(kata)
        progress.remember(verdict, key)
        progress.save()


def write_state(kata: Kata, name: str, content: dict[str, Any]) -> None:
    """Write a file of what the grader remembers, so that Ctrl-C cannot leave half of it."""
    kata.state_dir.mkdir(exist_ok=True)
    draft = kata.state_dir / f"{name}.{os.getpid()}.new"
    draft.write_text(json.dumps(content, indent=1), encoding="utf-8")
    draft.replace(kata.state_dir / name)


def read_state(kata: Kata, name: str) -> dict[str, Any]:
    """Read a file of what the grader remembers; empty when there is none."""
    try:
        content = json.loads((kata.state_dir / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
