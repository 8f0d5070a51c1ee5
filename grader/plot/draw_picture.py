"""Draw one picture with the learner's own functions, and say whose stages it shows."""

import inspect
from collections.abc import Callable, Collection
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console
from rich.text import Text

from grader.answer.chosen_stages import MODEL, ChosenStages, stages_to_run
from grader.calls.error_report import describe_error
from grader.calls.stage_modules import StageModules
from grader.errors import UsageError
from grader.kata import Kata
from grader.learn.progress import Progress
from grader.plot import style
from grader.plot.model_walk import Walk
from grader.plot.named_pictures import NamedPicture, find_named
from grader.plot.pictures import drawing_of
from grader.report.verdict_text import print_indented
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
    """Draw a picture, and print whose functions drew it and, on the last line, its file.

    Args:
        name: one of `grader.plot.named_pictures.NAMES`, or a stage for its lesson's picture.
        layer: counted from 0, or None for the picture's default.
        head: counted from 0, or None for the picture's default.
        format_name: `png` or `svg`.
        out: the folder to write the file to.

    Raises:
        UsageError: if there is no such picture, layer or head, if the learner's code raises, or
            if the file can't be written.
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
    console.print(Text(f"{named.name}: {named.shows}"))
    if not_yours := _why_not_yours(kata, named.stage, walk.used - chosen.own):
        print_indented(console, not_yours, 0)
    mine, reference = _range(walk.used & chosen.own), _range(walk.used - chosen.own)
    console.print(Text(f"Your stages: {mine}. From the reference: {reference}."))
    console.print(Text(str(path)), soft_wrap=True)


def _range(numbers: Collection[int]) -> str:
    return shown_range(tuple(stage for stage in STAGES if stage.number in numbers)) or "none"


def _why_not_yours(kata: Kata, stage: Stage, reference: Collection[int]) -> str:
    """Return why a picture doesn't show some of the learner's code; empty if it shows all of it.

    Args:
        stage: the stage that the picture is about.
        reference: the numbers of the stages that the reference drew.
    """
    progress = Progress(kata)
    title = f"s{stage.number:02d} {stage.title}"
    if stage.has_code and stage.number in reference:
        if progress.status(stage) == "not_started":
            return f"This shows the reference: you haven't written {title} yet."
        return (
            f"This shows the reference, not your code: your {title} does not pass yet, and "
            f"`grader check {stage.number}` says why."
        )
    failing = [one for one in kata.stages if one.number in reference and progress.is_edited(one)]
    if not failing:
        return ""
    names = ", ".join(f"s{one.number:02d}" for one in failing)
    verb = "does" if len(failing) == 1 else "do"
    return f"Your {names} {verb} not pass yet, so the reference is used there."


def _with_all_it_uses(stage: Stage) -> list[Stage]:
    """Return the stages that a stage uses, directly or indirectly, and then the stage itself."""
    used = [one for number in stage.uses for one in _with_all_it_uses(stage_of(number))]
    return list(dict.fromkeys([*used, stage]))


def _options(
    named: NamedPicture, drawing: Callable[..., Figure], wanted: dict[str, int | None]
) -> dict[str, int | None]:
    """Return the layer and head to draw, as far as the drawing takes them: wanted or default."""
    takes = inspect.signature(drawing).parameters
    for what, number in wanted.items():
        if number is not None and what not in takes:
            raise UsageError(f"{named.name} does not show a single {what}: leave out --{what}")
    return {
        what: takes[what].default if number is None else number
        for what, number in wanted.items()
        if what in takes
    }


def _draw(
    walk: Walk, drawing: Callable[..., Figure], options: dict[str, int | None], chosen: ChosenStages
) -> Figure:
    """Run as much of the model as the picture needs, and draw it."""
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
        raise UsageError(", ".join([f"drawing failed: {message}", *lines[-1:]])) from None
