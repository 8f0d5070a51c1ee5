"""Draw one picture from the learner's own functions, and say whose stages it shows."""

import inspect
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console
from rich.text import Text

from grader.answer.chosen_stages import MODEL, ChosenStages, stages_to_run
from grader.calls.error_report import describe_error
from grader.calls.stage_modules import StageModules
from grader.errors import UsageError
from grader.kata import Kata
from grader.plot import style
from grader.plot.model_walk import Walk
from grader.plot.named_pictures import NamedPicture, find_named
from grader.plot.pictures import drawing_of
from grader.stage import Stage
from grader.stage_names import shown_range
from grader.stages import STAGES, stage_of
from grader.write_files import naming_out


def run_plot(
    kata: Kata,
    console: Console,
    name: str,
    layer: int | None,
    head: int | None,
    format_name: str,
    out: Path,
) -> None:
    """Draw a picture into the folder `out`, and print its file on the last line.

    Args:
        name: one of `grader.plot.named_pictures.NAMES`, or a stage for its lesson's picture.
        layer, head: counted from 0; None for the picture's own choice.
        format_name: `png` or `svg`.

    Raises:
        UsageError: when there is no such picture, or none of that layer or head, when the
            learner's code stops, or when the file can't be written.
    """
    named = find_named(name)
    drawing = drawing_of(named.stage, named.function)
    options = _options(named, drawing, {"layer": layer, "head": head})
    shown = _with_all_it_uses(named.stage) if named.stage.has_code else []
    beyond = [one for one in shown if one not in MODEL]
    chosen = stages_to_run(kata, console, "exercises", strict=False, stages=(*MODEL, *beyond))
    assert chosen is not None  # only a strict choice can be None
    walk = Walk(StageModules(chosen.files), kata.tiny_weights / "trained")
    with style.look():
        figure = _draw(walk, drawing, options, chosen)
        parts = [f"{what}{number}" for what, number in options.items() if number is not None]
        path = out / f"{'_'.join([named.name, *parts])}.{format_name}"
        with naming_out(out):
            out.mkdir(parents=True, exist_ok=True)
            style.save(figure, path)
    mine, reference = (
        shown_range(tuple(stage for stage in STAGES if stage.number in numbers)) or "none"
        for numbers in (walk.used & chosen.own, walk.used - chosen.own)
    )
    console.print(Text(f"{named.name}: {named.shows}"))
    console.print(Text(f"Your stages: {mine}. From the reference: {reference}."))
    console.print(Text(str(path)))


def _with_all_it_uses(stage: Stage) -> list[Stage]:
    """Return a stage and all that it uses, directly or indirectly, each after those it uses."""
    used = [one for number in stage.uses for one in _with_all_it_uses(stage_of(number))]
    return list(dict.fromkeys([*used, stage]))


def _options(
    named: NamedPicture, drawing: Callable[..., Figure], wanted: dict[str, int | None]
) -> dict[str, int | None]:
    """Return the options of the drawing: the requested layer and head, or else its defaults."""
    takes = inspect.signature(drawing).parameters
    for what, number in wanted.items():
        if number is not None and what not in takes:
            raise UsageError(f"{named.name} shows no single {what}: leave --{what} out")
    return {
        what: takes[what].default if number is None else number
        for what, number in wanted.items()
        if what in takes
    }


def _draw(
    walk: Walk, drawing: Callable[..., Figure], options: dict[str, int | None], chosen: ChosenStages
) -> Figure:
    """Run the model as far as the picture needs it, and draw."""
    try:
        for option, number in options.items():
            count = walk.n_layers if option == "layer" else walk.n_heads
            if number is not None and not 0 <= number < count:
                raise UsageError(
                    f"--{option} {number}: the tiny model has {option}s 0 to {count - 1}"
                )
        return drawing(walk, **options)
    except UsageError:
        raise
    except Exception as error:
        own = frozenset(str(chosen.files[number]) for number in chosen.own)
        what = describe_error(error, own)
        lines = [line.strip() for line in what.where.splitlines() if line.startswith("  in ")]
        message = " ".join([f"{what.class_name}:", *what.message.split()])
        raise UsageError(", ".join([f"the picture stopped: {message}", *lines[-1:]])) from None
