"""Grade a stage for a notebook, and show the verdict."""

from contextlib import suppress

from IPython.display import clear_output

from grader.kata import Kata
from grader.learn.kept_texts import bring_back, keep_texts
from grader.learn.progress import Progress, keep_verdict, passed_before
from grader.notebook.shown import show
from grader.notebook.verdict_page import verdict_as_html, verdict_as_text
from grader.notebook.warm_grader import WarmGrader
from grader.seeds import fresh_seed
from grader.stage import Stage
from grader.verdict import StageVerdict
from grader.verdict_key import learner_key


class Grading:
    """Grades one stage after another; while a stage fails, its random inputs stay the same."""

    def __init__(self, kata: Kata) -> None:
        self._kata = kata
        self._grader = WarmGrader(kata)
        self._seeds: dict[int, int] = {}  # of stages that don't pass yet

    def run(self, stage: Stage, seed: int | None) -> None:
        """Grade the stage's file as it is now, show the verdict, and save it.

        Args:
            seed: repeats the random inputs of an earlier run.
        """
        if seed is not None or stage.number not in self._seeds:
            self._seeds[stage.number] = fresh_seed(seed, self._kata.seeds)
        used = self._seeds[stage.number]
        coming = self._grader.begin(stage, used)
        key = learner_key(self._kata, stage)  # the judge works meanwhile
        after_this = self._following(stage)
        verdict, was_told = self._grader.wait(coming)
        if was_told:
            clear_output(wait=True)
        following = after_this if verdict.status == "passed" else None
        if verdict.status == "passed":
            del self._seeds[stage.number]
        text = verdict_as_text(self._kata, verdict, used, following)
        show(text, html=verdict_as_html(self._kata, verdict, used, following))
        self._save(verdict, key)

    def close(self) -> None:
        """End the process that grades."""
        self._grader.close()

    def _save(self, verdict: StageVerdict, key: str) -> None:
        with suppress(OSError):  # the learner has the verdict anyway
            keep_texts(self._kata)
        keep_verdict(self._kata, verdict, key)
        for message in bring_back(self._kata):
            print(message)

    def _following(self, stage: Stage) -> Stage | None:
        """Return the stage to do if this one passes."""
        passed = {*passed_before(self._kata, self._kata.stages), stage.number}
        return Progress(self._kata).next_stage(passed, after=stage)
