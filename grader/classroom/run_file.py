"""What a run over a class was asked for, kept beside its results: `run.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.classroom.shard import Shard
from grader.errors import UsageError
from grader.files import write_whole

RUN_FILE = "run.json"


@dataclass(frozen=True)
class Run:
    """What all results of a run have in common.

    Attributes:
        suites: the hash of what verdicts depend on.
        listed: the keys of the class's submissions, in their order, in all parts together.
        problems: what does not fit between the class and its roster, a sentence each.
    """

    seed: int
    stages: tuple[int, ...]
    suites: str
    shard: Shard
    listed: tuple[str, ...]
    problems: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Keep it."""
        text = json.dumps({"version": 1, **asdict(self)}, indent=2, ensure_ascii=False)
        write_whole(folder / RUN_FILE, text + "\n")


def read_run(folder: Path) -> Run:
    """Read what `write` has kept.

    Raises:
        UsageError: when the folder holds no run.
    """
    try:
        kept: dict[str, Any] = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        return Run(
            seed=int(kept["seed"]),
            stages=tuple(kept["stages"]),
            suites=str(kept["suites"]),
            shard=Shard(**kept["shard"]),
            listed=tuple(kept["listed"]),
            problems=tuple(kept["problems"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{folder}: no `grader class grade` has written here") from None


def seed_of_earlier_run(folder: Path) -> int | None:
    """Give the seed of the run that has written to a folder; None when there was none."""
    try:
        return read_run(folder).seed
    except UsageError:
        return None
