"""What a model says while it learns, and the lines after its training."""

from operator import itemgetter
from pathlib import Path
from statistics import mean

from grader.language import tr
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
        return it_says(trainer.continued(trainer.prompt, run.weights, 1))
    row = rows.held_out[run.step % len(rows.held_out)].tolist()
    is_short = set(row[2 * _SHOWN :]) <= {trainer.end}
    begun = row[: 2 if is_short else _SHOWN + 1]
    given = "".join(trainer.text.pieces(begun[1:]))
    written = trainer.continued(begun, run.weights, _WRITTEN)
    return f"{given!r} ... {written[:_COLUMNS]!r}"


def it_says(said: str) -> str:
    """Return such as `it says "17"`."""
    return tr('it says "{said}"', said=said)


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
        tr(
            "It was lowest after step {step:,}, with {lowest:.3f}. Since then, the model has only "
            "got better at the rows that it learns from: it is learning them by heart, which is "
            "called overfitting. Fewer steps or a longer text help.",
            step=step,
            lowest=lowest,
        )
    ]


def last_lines(
    trainer: Trainer, rows: Rows, run: Run, out: Path, text: KataText | None
) -> list[str]:
    """Return what the trained model can do, how long it took, and what to try next."""
    lines: list[str] = [is_in(out)]
    named = shell_command(str(out))
    next_command = f'grader generate "" --checkpoint {named} --temperature 0.8'
    if text is not None:
        said = trainer.continued(trainer.prompt, run.weights, 1)
        right = trainer.right_answers(text.contrasting, run.weights)
        count = len(text.contrasting)
        lines.append(says_after_the_prompt(said))
        lines.append(
            tr("{right} of {count} contrasting prompts are right.", right=right, count=count)
        )
        next_command = f"grader answer --checkpoint {named}"
    elif run.held_out:
        loss = run.held_out[-1][1]
        lines.append(tr("The loss of the held-out rows is {loss:.3f}.", loss=loss))
        lines += overfitting(run)
    lines.append(how_long(run.seconds, trainer))
    lines.append(tr("Next: `{command}`, or `grader plot loss`", command=next_command))
    return lines


def is_in(out: Path) -> str:
    """Say where the model is."""
    return tr("The model is in {out}.", out=out)


def says_after_the_prompt(said: str) -> str:
    """Say what the trained model says."""
    return tr('After the prompt it says "{said}".', said=said)


def how_long(seconds: float, trainer: Trainer) -> str:
    """Say how long the training took, and whose stages took part."""
    whose = trainer.whose()
    return tr("{seconds:.0f} seconds, with {whose}", seconds=seconds, whose=whose)
