"""A class generated from a seed: right code, known mistakes, stubs, missing stages, and attacks.

The points of each submission are known in advance, independently of the run that is measured: a
mistake gets the points it gets in this process with the reference around it; a stub, a missing
stage and an attack get none; right code gets all. Stage 20, where all of a submission's stages run
together, gets the points that the same files get in this process.
"""

import random
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from benchmarks.written_mistakes import with_mistake
from grader.author.grade_variants import grade_variant
from grader.calls.channel import LocalChannel
from grader.diagnosis import Mistake
from grader.diagnosis.known_mistakes import mistakes_of
from grader.kata import Kata
from grader.stage import Stage
from grader.stages import STAGES, stage_of
from grader.suite.grade_stage import grade_stage
from grader.tests.attacks import answering, ending, fooling, reaching, starving, stealing
from grader.tests.attacks.attack import Attack

TOGETHER = stage_of(20)
_UNFINISHED, _ATTACKING = 0.25, 0.2  # shares of the submissions
_MOST_WRONG = 8  # stages with a mistake, per submission
_MOST_OPEN = 5  # stubs per submission, and missing stages
# What these return depends on a race, or on freed memory, so it differs from run to run.
_UNSTEADY = ("results_that_change_later", "memory_that_was_freed")
ALL_STAGES = ",".join(str(stage.number) for stage in STAGES)  # what a class is graded with
_CODE = [stage for stage in STAGES if stage.has_code]


@dataclass
class Made:
    """A submission, with the expected points and the flaw of each stage."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    points: dict[int, int] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write its files into the folder of a class."""
        for name, text in self.files.items():
            path = folder / self.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def steady_attacks(kata: Kata) -> list[Attack]:
    """Return those attacks of the project's tests that do the same in every run."""
    families = (answering, ending, fooling, starving, stealing)
    known = [attack for family in families for attack in family.ATTACKS]
    known += reaching.attacks(str(kata.root), str(kata.root / "nothing-is-written-here"))
    return [attack for attack in known if attack.name not in _UNSTEADY]


class Maker:
    """Makes the submissions of a class one by one."""

    def __init__(self, kata: Kata, seed: int, attacking: float = _ATTACKING) -> None:
        """Begin a class.

        Args:
            seed: for the class, and for the random inputs it is graded with.
            attacking: the share of the submissions that attack the grader.
        """
        self._attacking = attacking
        self._kata, self._seed, self._rng = kata, seed, random.Random(seed)
        self._attacks = steady_attacks(kata)
        self._rng.shuffle(self._attacks)

    def make(self, number: int) -> Made:
        """Make a submission, and compute its expected points."""
        made = Made(f"student{number:03}")
        for stage in _CODE:
            self._hand_in(made, stage, self._text(self._kata.solution(stage)), stage.points)
        for stage in self._rng.sample(_CODE, self._rng.randint(0, _MOST_WRONG)):
            self._make_a_mistake(made, stage)
        kind = self._rng.random()
        if kind < _UNFINISHED:
            self._leave_open(made)
        elif kind < _UNFINISHED + self._attacking:
            self._attack(made)
        made.points[TOGETHER.number] = self._points_together(made)
        return made

    def _text(self, file: Path) -> str:
        return file.read_text(encoding="utf-8")

    def _hand_in(self, made: Made, stage: Stage, text: str, points: int, wrong: str = "") -> None:
        made.files[f"{stage.name}.py"] = text
        made.points[stage.number] = points
        made.wrong[stage.number] = wrong

    def _make_a_mistake(self, made: Made, stage: Stage) -> None:
        mistake = self._rng.choice(mistakes_of(self._kata, stage))
        text = with_mistake(self._kata, stage, mistake)
        points = points_of(self._kata, stage, mistake, self._seed)
        self._hand_in(made, stage, text, points, mistake.name)

    def _leave_open(self, made: Made) -> None:
        for stage in self._rng.sample(_CODE, self._rng.randint(1, _MOST_OPEN)):
            self._hand_in(made, stage, self._text(self._kata.exercise(stage)), 0, "a stub")
        for stage in self._rng.sample(_CODE, self._rng.randint(0, _MOST_OPEN)):
            self._take_away(made, stage)

    def _attack(self, made: Made) -> None:
        """Replace a stage by an attack, and remove stage 19.

        Without stage 19, stage 20 earns nothing, so the attack need not be run in this process.
        """
        attack = self._attacks.pop(0)
        self._attacks.append(attack)
        self._hand_in(made, stage_of(attack.stage), attack.source, 0, f"attack {attack.name}")
        self._take_away(made, stage_of(19))

    def _take_away(self, made: Made, stage: Stage) -> None:
        del made.files[f"{stage.name}.py"]
        made.points[stage.number] = 0
        made.wrong[stage.number] = "missing"

    def _points_together(self, made: Made) -> int:
        needed = [f"{stage_of(number).name}.py" for number in TOGETHER.uses]
        if any(name not in made.files for name in needed):
            return 0
        with tempfile.TemporaryDirectory(prefix="kata-") as folder:
            made.write(Path(folder))
            own = Path(folder) / made.name
            return grade_stage(self._kata, TOGETHER, own, self._seed, LocalChannel).points


@cache
def points_of(kata: Kata, stage: Stage, mistake: Mistake, seed: int) -> int:
    """Return the points that a mistake gets in this process."""
    return grade_variant(kata, stage, mistake.replaces, seed).points
