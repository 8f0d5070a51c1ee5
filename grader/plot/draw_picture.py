"""Draw one picture with the learner's own functions, and say whose stages it shows."""

import inspect
import re
from collections.abc import Callable, Collection
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console
from rich.text import Text

from grader.answer.chosen_stages import MODEL, ChosenStages, stages_to_run
from grader.calls.error_report import describe_error
from grader.calls.outcome import Raised
from grader.calls.stage_modules import StageModules
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import in_a_row, mark, tr, tr_n
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

_SHOWS_NO_SINGLE = {
    "layer": mark("{name} does not show a single layer: leave out --layer"),
    "head": mark("{name} does not show a single head: leave out --head"),
}
_NOT_THERE = {
    "layer": mark("--layer {number}: the tiny model has layers 0 to {last}"),
    "head": mark("--head {number}: the tiny model has heads 0 to {last}"),
}
_PLACE = re.compile(r"  in (?P<file>\S+), line (?P<line>\d+): (?P<code>.*)")


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
    console.print(Text(tr("{name}: {shown}", name=named.name, shown=named.in_words())))
    if not_yours := _why_not_yours(kata, named.stage, walk.used - chosen.own):
        print_indented(console, not_yours, 0)
    mine, reference = _range(walk.used & chosen.own), _range(walk.used - chosen.own)
    whose = tr(
        "Your stages: {mine}. From the reference: {reference}.", mine=mine, reference=reference
    )
    console.print(Text(whose))
    console.print(Text(str(path)), soft_wrap=True)


def _range(numbers: Collection[int]) -> str:
    return shown_range(tuple(stage for stage in STAGES if stage.number in numbers)) or tr("none")


def _why_not_yours(kata: Kata, stage: Stage, reference: Collection[int]) -> str:
    """Return why a picture doesn't show some of the learner's code; empty if it shows all of it.

    Args:
        stage: the stage that the picture is about.
        reference: the numbers of the stages that the reference drew.
    """
    progress = Progress(kata)
    named = {"number": stage.number, "title": tr(stage.title)}
    if stage.has_code and stage.number in reference:
        if progress.status(stage) == "not_started":
            return tr(
                "This shows the reference: you haven't written s{number:02d} {title} yet.", **named
            )
        return tr(
            "This shows the reference, not your code: your s{number:02d} {title} does not pass "
            "yet, and `grader check {number}` says why.",
            **named,
        )
    failing = [one for one in kata.stages if one.number in reference and progress.is_edited(one)]
    if not failing:
        return ""
    names = in_a_row(f"s{one.number:02d}" for one in failing)
    return tr_n(
        "Your {names} does not pass yet, so the reference is used there.",
        "Your {names} do not pass yet, so the reference is used there.",
        len(failing),
        names=names,
    )


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
            raise UsageError(tr(_SHOWS_NO_SINGLE[what], name=named.name))
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
                raise UsageError(tr(_NOT_THERE[option], number=number, last=count - 1))
        return drawing(walk, **options)
    except UsageError:
        raise
    except Exception as error:
        own = frozenset(str(chosen.files[number]) for number in chosen.own)
        raise UsageError(_why_it_failed(describe_error(error, own))) from None


def _why_it_failed(error: Raised) -> str:
    """Return what the learner's code raised, and in which of its lines."""
    message = " ".join([f"{error.shown_name}:", *error.message.split()])
    lines = [found for line in error.where.splitlines() if (found := _PLACE.fullmatch(line))]
    if not lines:
        return tr("drawing failed: {error}", error=message)
    return tr(
        "drawing failed: {error}, in {file}, line {line}: {code}",
        error=message,
        **lines[-1].groupdict(),
    )
