"""Teach a trained model another answer with LoRA: `grader train --lora`."""

from pathlib import Path
from time import monotonic
from types import SimpleNamespace

import torch
from rich.console import Console
from rich.text import Text

from grader.answer.answer import PROMPT
from grader.answer.chosen_stages import ChosenStages
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.shell_command import shell_command
from grader.stages import stage_of
from grader.train.check_gradients import broken_gradient
from grader.train.check_lora import LORA, broken_lora
from grader.train.kata_text import kata_text
from grader.train.last_lines import how_long, is_in, it_says, says_after_the_prompt
from grader.train.learned_text import LORA_TEXT, in_words, learned_from, without_count
from grader.train.lora_recipe import STEPS, LoraStep, teach
from grader.train.options import Options
from grader.train.pace import Pace, at_pace, choose_pace
from grader.train.process import exit_code, no_interrupts
from grader.train.rows import padded
from grader.train.run_stages import run_stages
from grader.train.show import Screen, loss_in_words, slow_note
from grader.train.trainer import TRAINING, TRAINING_STAGES, Trainer, Weights
from grader.train.written_model import About, require_writable, text_of, write_model

_LARGEST = 10_000_000  # numbers of a model that can be taught
Task = tuple[torch.Tensor, torch.Tensor, int]  # the rows that stay, the new one, the seed
_FUNCTIONS = ("merge_lora", "clip_gradients", "learning_rate", "adamw_step")


def run_teach(
    kata: Kata, console: Console, checkpoint: Path | None, answer: int, options: Options
) -> int:
    """Teach a model to give another answer to the kata's question, and return the exit code.

    Args:
        checkpoint: a folder that `grader train` wrote; None for the kata's own model.
        answer: a number of two digits.

    Raises:
        UsageError: if the checkpoint or the folder can't be used.
    """
    require_writable(options.out, LORA_TEXT, checkpoint)
    text = text_of(checkpoint) if checkpoint else ""
    if text and without_count(text) not in (learned_from(None), LORA_TEXT):
        words = tr(
            "--checkpoint {checkpoint} learned from {text}, which don't have the kata's question: "
            "--lora teaches models that `grader train` wrote without --text",
            checkpoint=checkpoint,
            text=in_words(text),
        )
        raise UsageError(words)
    stages = (*TRAINING_STAGES, stage_of(LORA))

    def work(chosen: ChosenStages) -> int:
        return _teach(kata, console, Trainer(kata, chosen, checkpoint), answer, options)

    try:
        return run_stages(kata, console, options, stages, work)
    except KeyboardInterrupt as stop:
        console.print(tr("Interrupted. Nothing was written."))
        return exit_code(stop)


def _teach(kata: Kata, console: Console, trainer: Trainer, answer: int, options: Options) -> int:
    weights = _weights(trainer)
    said, count = trainer.continued(trainer.prompt, weights, 1), _count(weights)
    if said == str(answer):
        words = tr(
            "the model already says {answer}: choose another number with --answer", answer=answer
        )
        raise UsageError(words)
    facts = {**kata_text().facts, PROMPT: str(answer)}
    whole = [[*trainer.text.encode(prompt + said), trainer.end] for prompt, said in facts.items()]
    rows, at = padded(whole, trainer.end), list(facts).index(PROMPT)
    if broken := broken_gradient(kata, trainer, rows, weights) or broken_lora(kata, trainer):
        console.print(Text(broken))
        return 1
    pace = choose_pace(trainer, rows, weights)
    begun = tr(
        'A model of {count:,} numbers that says "{said}" learns to say "{answer}".',
        count=count,
        said=said,
        answer=answer,
    )
    for line in filter(None, (begun, pace.words)):
        console.print(Text(line))
    task = torch.cat([rows[:at], rows[at + 1 :]]), rows[at], options.seed
    with at_pace(trainer, pace):
        last, seconds = _steps(console, trainer, weights, task, pace)
    made: dict[str, float] = {"answer": answer, "seed": options.seed}
    with no_interrupts():
        about = About(made, LORA_TEXT, [], [], seconds, trainer.whose())
        write_model(options.out, trainer.folder, last.weights, about)
    for line in _last_lines(trainer, last, facts, options.out, seconds):
        console.print(Text(line))
    return 0


def _last_lines(
    trainer: Trainer, last: LoraStep, facts: dict[str, str], out: Path, seconds: float
) -> list[str]:
    """Return what the taught model can do, and what to try next."""
    small, count = last.adapters, _count(last.weights)
    right = trainer.right_answers(facts, last.weights)
    next_command = f"grader answer --checkpoint {shell_command(str(out))}"
    return [
        is_in(out),
        says_after_the_prompt(trainer.continued(trainer.prompt, last.weights, 1)),
        tr("{small:,} numbers were trained, {share:.1%} of all.", small=small, share=small / count),
        tr("{right:,} of {count:,} questions are answered right.", right=right, count=len(facts)),
        how_long(seconds, trainer),
        tr("Next: `{command}`", command=next_command),
    ]


def _count(weights: Weights) -> int:
    return sum(weight.numel() for weight in weights.values())


def _weights(trainer: Trainer) -> Weights:
    """Return the weights of a model that is small enough to be taught.

    Raises:
        UsageError: if it isn't.
    """
    weights = {name: trainer.opened.mapped(name) for name in trainer.opened.weights}
    count = _count(weights)
    if count > _LARGEST or not trainer.text.is_learners:
        words = tr(
            "--checkpoint {folder}: --lora teaches models that `grader train` wrote, and this one "
            "has {count:,} numbers",
            folder=trainer.folder,
            count=count,
        )
        raise UsageError(words)
    return {name: weight.float() for name, weight in weights.items()}


def _steps(
    console: Console, trainer: Trainer, weights: Weights, task: Task, pace: Pace
) -> tuple[LoraStep, float]:
    """Take all steps, and return the last one and how many seconds they took."""
    functions = SimpleNamespace(
        batch_loss=trainer.modules.module(TRAINING).batch_loss,
        **{name: trainer.find(name) for name in _FUNCTIONS},
    )
    begun = monotonic()
    with Screen(console, STEPS, 0, slow_note(pace)) as screen:
        for last in teach(functions, trainer.params, weights, *task):
            loss = loss_in_words(last.loss)
            screen.advance(last.step, loss)
            if screen.is_time() or last.step == last.steps:
                said = trainer.continued(trainer.prompt, last.weights, 1)
                screen.line(last.step, f"{loss}  {it_says(said)}")
    return last, monotonic() - begun
