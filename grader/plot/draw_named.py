"""Draw one picture from the learner's own functions, and say whose stages it shows."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure
from rich.console import Console
from rich.text import Text

from grader.answer.chosen_stages import Chosen, stages_to_run
from grader.calls.error_report import describe_error
from grader.calls.stage_modules import StageModules
from grader.errors import UsageError
from grader.kata import Kata
from grader.plot import style
from grader.plot.named_pictures import Named, find_named
from grader.plot.pictures import answer, attention, freqs, gate, lens, norm, rotate
from grader.plot.walk import Walk

# How each name is drawn; a picture without layers or heads is called without them.
DRAWINGS: dict[str, Callable[..., Figure]] = {
    "norm": norm.draw,
    "freqs": freqs.draw,
    "rotate": rotate.draw,
    "scores": attention.draw_scores,
    "mask": attention.draw_mask,
    "attention": attention.draw_grid,
    "gate": gate.draw,
    "lens": lens.draw,
    "answer": answer.draw,
}


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
        name: one of `grader.plot.named_pictures.NAMES`.
        layer: counted from 0; None for the picture's own choice.
        head: a query head, counted from 0; None for the picture's own choice.
        format_name: `png` or `svg`.

    Raises:
        UsageError: when there is no such picture, or none of that layer or head, when the
            learner's code stops, or when the file cannot be written.
    """
    named = find_named(name)
    _refuse_what_it_lacks(named, layer, head)
    chosen = stages_to_run(kata, console, "exercises", strict=False)
    assert chosen is not None  # only a strict choice can be None
    walk = Walk(StageModules(chosen.files), kata.tiny_weights / "trained")
    with style.look():
        figure = _draw(walk, named, layer, head, chosen)
        path = out / f"{_file_name(named, layer, head)}.{format_name}"
        try:
            out.mkdir(parents=True, exist_ok=True)
            style.save(figure, path)
        except OSError as error:
            raise UsageError(f"--out {out}: cannot be written to ({error.strerror})") from None
    console.print(Text(f"{name}: {named.shows}"))
    console.print(Text(whose(walk.used, chosen.own)))
    console.print(Text(str(path)))


def places(named: Named, layer: int | None, head: int | None) -> list[int | None]:
    """Give the layer and the head that a drawing is called with, as far as it has them."""
    wanted: list[int | None] = []
    if named.layer is not None:
        wanted.append(named.layer if layer is None else layer)
    if named.has_heads:
        wanted.append(named.head if head is None else head)
    return wanted


def whose(used: set[int], own: frozenset[int]) -> str:
    """Say which of the stages that a picture runs are the learner's."""
    mine, reference = sorted(used & own), sorted(used - own)
    return (
        f"Your stages: {_ranges(mine) or 'none'}. "
        f"From the reference: {_ranges(reference) or 'none'}."
    )


def _ranges(numbers: list[int]) -> str:
    """Write stages briefly: `s01, s02, s04 to s06`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(_run(run[0], run[-1]) for run in runs)


def _run(first: int, last: int) -> str:
    if first == last:
        return f"s{first:02d}"
    return f"s{first:02d}{', ' if last == first + 1 else ' to '}s{last:02d}"


def _refuse_what_it_lacks(named: Named, layer: int | None, head: int | None) -> None:
    if layer is not None and named.layer is None:
        raise UsageError(f"{named.name} shows no single layer: leave --layer out")
    if head is not None and not named.has_heads:
        raise UsageError(f"{named.name} shows no single head: leave --head out")


def _draw(walk: Walk, named: Named, layer: int | None, head: int | None, chosen: Chosen) -> Figure:
    """Run the model as far as the picture needs it, and draw."""
    try:
        if layer is not None:
            _require_one_of(walk.n_layers, "layer", layer)
        if head is not None:
            _require_one_of(walk.n_heads, "head", head)
        return DRAWINGS[named.name](walk, *places(named, layer, head))
    except UsageError:
        raise
    except Exception as error:
        own = frozenset(str(chosen.files[number]) for number in chosen.own)
        what = describe_error(error, own)
        lines = [line.strip() for line in what.where.splitlines() if line.startswith("  in ")]
        message = " ".join([f"{what.class_name}:", *what.message.split()])
        raise UsageError(", ".join([f"the picture stopped: {message}", *lines[-1:]])) from None


def _require_one_of(count: int, what: str, number: int) -> None:
    if not 0 <= number < count:
        raise UsageError(f"--{what} {number}: the tiny model has {what}s 0 to {count - 1}")


def _file_name(named: Named, layer: int | None, head: int | None) -> str:
    parts = [named.name]
    wanted = places(named, layer, head)
    if named.layer is not None:
        parts.append(f"layer{wanted[0]}")
    if named.has_heads and wanted[1] is not None:
        parts.append(f"head{wanted[1]}")
    return "_".join(parts)
