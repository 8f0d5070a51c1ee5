"""Train the tiny model with the learner's own stages: `grader train`."""

from contextlib import suppress
from dataclasses import asdict
from time import monotonic

import torch
from rich.console import Console
from rich.text import Text

from grader.answer.chosen_stages import ChosenStages
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import in_a_row, tr
from grader.train.check_gradients import broken_gradient
from grader.train.curve_file import Curve, write_curve
from grader.train.kata_text import KataText, kata_text
from grader.train.last_lines import last_lines, what_it_says
from grader.train.learned_text import in_words, learned_from
from grader.train.options import Options
from grader.train.pace import Pace, at_pace, choose_pace
from grader.train.process import exit_code, interrupts_later, no_interrupts
from grader.train.recipe import Recipe, recipe_for
from grader.train.rows import Rows, kata_rows, own_rows
from grader.train.run_stages import run_stages
from grader.train.saved_run import (
    Identity,
    Saved,
    differences,
    file_of,
    identity_of,
    read_saved,
    save,
)
from grader.train.show import Screen, figures, slow_note, speed
from grader.train.steps import Run, first_run, training
from grader.train.trainer import TRAINING_STAGES, Trainer
from grader.train.written_model import About, require_writable, write_model

_SAVE_EVERY = 10.0  # seconds, in case the program is killed


def run_train(kata: Kata, console: Console, options: Options) -> int:
    """Train a model, show how it learns, write it, and return the exit code.

    Raises:
        UsageError: if the text, the folder or an interrupted training can't be used.
    """
    require_writable(options.out, learned_from(options.text))

    def work(chosen: ChosenStages) -> int:
        return _train(kata, console, Trainer(kata, chosen), options)

    return run_stages(kata, console, options, TRAINING_STAGES, work)


def _train(kata: Kata, console: Console, trainer: Trainer, options: Options) -> int:
    """Train as the options say."""
    text = None if options.text else kata_text()
    rows, recipe, identity = settings_of(trainer, options, text)
    file = file_of(kata, options)
    saved = None if options.restart else read_saved(file)
    before = _continued(saved, identity) if saved else None
    if file.exists() and not options.restart and not saved:
        name = file.relative_to(kata.state_dir.parent).as_posix()
        again = tr("{name} couldn't be read, so the training starts over.", name=name)
        console.print(Text(again))
    weights = before.run.weights if before else trainer.untrained(recipe.seed)
    if words := broken_gradient(kata, trainer, rows.tokens, weights):
        console.print(Text(words))
        return 1
    pace = before.pace if before else choose_pace(trainer, rows.tokens, weights)
    run = before.run if before else first_run(trainer, recipe)
    for words in (_first_line(trainer, rows, recipe, run), pace.words):
        if words:
            console.print(Text(words))
    one = _OneTraining(kata, console, trainer, options, rows, recipe, identity, pace)
    with at_pace(trainer, pace):
        if code := one.go_on(run):
            return code
        _finish(kata, console, one, text)
    return 0


def settings_of(
    trainer: Trainer, options: Options, text: KataText | None
) -> tuple[Rows, Recipe, Identity]:
    """Return what is learned, how, and what tells this training from others.

    Args:
        text: the kata's, or None if the options name another.
    """
    rows = _rows(trainer, options, text)
    recipe = recipe_for(options.seed, options.steps, len(rows.tokens), rows.per_row)
    return rows, recipe, identity_of(trainer, recipe, rows)


def _rows(trainer: Trainer, options: Options, text: KataText | None) -> Rows:
    if text is not None:
        return kata_rows(text.sentences, trainer.text.encode, trainer.end)
    assert options.text is not None
    return own_rows(options.text, trainer.text.encode, trainer.end, options.seed)


def _continued(saved: Saved, identity: Identity) -> Saved | None:
    """Return the interrupted training if it got anywhere.

    Raises:
        UsageError: if it had another text, other code or another torch.
    """
    if saved.run.step == 0:
        return None
    if different := differences(identity, saved.identity):
        words = tr(
            "a training was interrupted at step {step:,} of {steps:,}, with {differences}: add "
            "--restart to start over",
            step=saved.run.step,
            steps=saved.identity.recipe["steps"],
            differences=in_a_row(different),
        )
        raise UsageError(words)
    return saved


def _first_line(trainer: Trainer, rows: Rows, recipe: Recipe, run: Run) -> str:
    if run.step == recipe.steps:
        return tr(
            "All {steps:,} steps were taken before, so only the model is written.",
            steps=recipe.steps,
        )
    if run.step:
        return tr("Continuing after step {step:,} of {steps:,}.", step=run.step, steps=recipe.steps)
    return tr(
        "{numbers:,} random numbers learn from {rows}, {batch} at a time (seed {seed}).",
        numbers=sum(weight.numel() for weight in run.weights.values()),
        rows=in_words(rows.name),
        batch=recipe.batch,
        seed=recipe.seed,
    )


class _OneTraining:
    """A training that is shown and saved while it goes on."""

    def __init__(
        self,
        kata: Kata,
        console: Console,
        trainer: Trainer,
        options: Options,
        rows: Rows,
        recipe: Recipe,
        identity: Identity,
        pace: Pace,
    ) -> None:
        self.kata, self.console, self.trainer, self.options = kata, console, trainer, options
        self.rows, self.recipe, self.identity, self.pace = rows, recipe, identity, pace
        self.run: Run

    def go_on(self, run: Run) -> int:
        """Train from a run to the end, and return 0; Ctrl-C stops it, with another exit code."""
        self.run = run
        code = 0
        with Screen(self.console, self.recipe.steps, run.step, slow_note(self.pace)) as screen:
            try:
                self._line(screen)
                self._steps(screen, run)
                self._line(screen)
            except KeyboardInterrupt as stop:
                with no_interrupts():
                    self._save()  # before anything is printed: the terminal may be closed
                code = exit_code(stop)
        if code:
            stopped = tr(
                "Interrupted after step {step:,} of {steps:,}. `{command}` continues it.",
                step=self.run.step,
                steps=self.recipe.steps,
                command=self.options.command(),
            )
            self.console.print(Text(stopped))
        return code

    def _steps(self, screen: Screen, run: Run) -> None:
        begun, saved = monotonic(), monotonic()
        for now in training(self.trainer, run, self.rows, self.recipe):
            self.run = now
            done = (now.step - run.step) * self.recipe.batch * self.rows.per_row
            rate = speed(done, monotonic() - begun)
            losses = figures(now.losses, now.held_out)
            screen.advance(now.step, tr("{losses}, {rate}", losses=losses, rate=rate))
            if screen.is_time() and now.step < self.recipe.steps:
                self._line(screen, rate)
            if monotonic() - saved > _SAVE_EVERY:
                with interrupts_later():
                    self._save()
                saved = monotonic()

    def _line(self, screen: Screen, rate: str = "") -> None:
        losses = figures(self.run.losses, self.run.held_out)
        says = what_it_says(self.trainer, self.rows, self.run)
        screen.line(self.run.step, "  ".join(part for part in (losses, rate, says) if part))

    def keep(self) -> bool:
        """Save what was learned after the model couldn't be written; return whether that works."""
        try:
            self._save()
        except OSError:
            return False
        return True

    def _save(self) -> None:
        save(file_of(self.kata, self.options), Saved(self.identity, self.pace, self.run))
        write_curve(self.kata, self.curve())

    def curve(self) -> Curve:
        """Return the loss of each step so far."""
        run = self.run
        return Curve(
            asdict(self.recipe), self.rows.name, self.identity.text, [*run.losses], [*run.held_out]
        )


def _finish(kata: Kata, console: Console, one: _OneTraining, text: KataText | None) -> None:
    """Write the model, and say what it can do.

    Raises:
        UsageError: if it can't be written; the same command with another folder then only writes.
    """
    run, trainer, options = one.run, one.trainer, one.options
    whose = trainer.whose()
    about = About(
        asdict(one.recipe), one.rows.name, [*run.losses], [*run.held_out], run.seconds, whose
    )
    with no_interrupts():
        try:
            write_model(options.out, trainer.folder, run.weights, about)
        except UsageError as error:
            words = tr("{error}: what was learned couldn't be saved in .grader either", error=error)
            if one.keep():
                words = tr(
                    "{error}: the same command with another --out only writes the model",
                    error=error,
                )
            raise UsageError(words) from None
        with suppress(OSError):  # the model counts, and the curve is only drawn
            write_curve(kata, one.curve())
        file_of(kata, options).unlink(missing_ok=True)
    with torch.no_grad():
        for line in last_lines(trainer, one.rows, run, options.out, text):
            console.print(Text(line))
