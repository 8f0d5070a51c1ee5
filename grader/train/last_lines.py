"""What a model says while it learns, and the lines after its training."""

from operator import itemgetter
from pathlib import Path
from statistics import mean

from grader.shell_command import shell_command
from grader.train.kata_text import KataText
from grader.train.rows import Rows
from grader.train.steps import CHECK_EVERY, Run
from grader.train.trainer import Trainer

_COLUMNS = 40  # characters shown
_SHOWN, _WRITTEN = 8, 12  # tokens of a held-out row, and how many the model writes after them
_WHILE = 4  # looks at the held-out rows
_WORSE = 1.01  # times; a smaller rise is noise


def what_it_says(trainer: Trainer, rows: Rows, run: Run) -> str:
    """Return what the model now says, such as `it says "17"`.

    With the learner's own text, that is the end of a held-out row as the model would write it. Of a
    short row, such as a name, only the first token is given. Each time, it is another row.
    """
    if rows.held_out is None:
        return f'it says "{trainer.continued(trainer.prompt, run.weights, 1)}"'
    row = rows.held_out[run.step % len(rows.held_out)].tolist()
    is_short = set(row[2 * _SHOWN :]) <= {trainer.end}
    begun = row[: 2 if is_short else _SHOWN + 1]
    given = "".join(trainer.text.pieces(begun[1:]))
    written = trainer.continued(begun, run.weights, _WRITTEN)
    return f"{given!r} ... {written[:_COLUMNS]!r}"


def overfitting(run: Run) -> list[str]:
    """Return a remark if the loss of the held-out rows rose while that of the others fell."""
    if len(run.held_out) <= _WHILE:
        return []
    step, lowest = min(run.held_out, key=itemgetter(1))
    last, losses = run.held_out[-1], run.losses
    then, now = (mean(losses[max(0, at - CHECK_EVERY) : at]) for at in (step, last[0]))
    if last[0] - step < _WHILE * CHECK_EVERY or last[1] < lowest * _WORSE or now >= then:
        return []
    return [
        f"It was lowest after step {step:,}, with {lowest:.3f}. Since then, the model has only got "
        "better at the rows that it learns from: it is learning them by heart, which is called "
        "overfitting. Fewer steps or a longer text help."
    ]


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
        lines += overfitting(run)
    lines.append(f"{run.seconds:.0f} seconds, with {trainer.whose()}")
    lines.append(f"Next: `{next_command}`, or `grader plot loss`")
    return lines
