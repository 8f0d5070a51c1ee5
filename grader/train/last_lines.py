"""What a model says while it learns, and the lines after its training."""

from pathlib import Path

from grader.shell_command import shell_command
from grader.train.kata_text import KataText
from grader.train.rows import Rows
from grader.train.steps import Run
from grader.train.trainer import Trainer, Weights

_COLUMNS = 40  # characters shown
_SHOWN, _WRITTEN = 8, 12  # tokens of a held-out row, and how many the model writes after them


def what_it_says(trainer: Trainer, rows: Rows, weights: Weights) -> str:
    """Return what the model now says, such as `it says "17"`.

    With the learner's own text, that is the end of a held-out row as the model would write it.
    """
    if rows.held_out is None:
        return f'it says "{trainer.continued(trainer.prompt, weights, 1)}"'
    begun = rows.held_out[0, : _SHOWN + 1].tolist()
    while len(begun) > 2 and begun[-1] == trainer.end:
        begun.pop()
    given = "".join(trainer.text.pieces(begun[1:]))
    written = trainer.continued(begun, weights, _WRITTEN)
    return f"{given!r} ... {written[:_COLUMNS]!r}"


def last_lines(
    trainer: Trainer, rows: Rows, run: Run, out: Path, text: KataText | None
) -> list[str]:
    """Return what the trained model can do, how long it took, and what to try next."""
    lines = [f"The model is in {out}."]
    named = shell_command(str(out))
    next_command = f'grader generate "" --checkpoint {named} --temperature 0.8'
    if text is not None:
        said = trainer.continued(trainer.prompt, run.weights, 1)
        right = trainer.right_answers(text.contrasting, run.weights)
        lines.append(f'After the prompt it says "{said}".')
        lines.append(f"{right} of {len(text.contrasting)} contrasting prompts are right.")
        next_command = f"grader answer --checkpoint {named}"
    elif run.held_out:
        lines.append(f"The loss of the held-out rows is {run.held_out[-1][1]:.3f}.")
    lines.append(f"{run.seconds:.0f} seconds, with {trainer.whose()}")
    lines.append(f"Next: `{next_command}`, or `grader plot loss`")
    return lines
