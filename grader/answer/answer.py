"""Run the whole model on the kata's prompt and print the next token."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from rich.console import Console
from rich.text import Text

from grader.answer.attention_at_once import put_all_heads_in_place
from grader.answer.chosen_stages import ChosenStages, stages_to_run
from grader.answer.devices import Say, with_fallback
from grader.answer.first_departure import Trace
from grader.answer.layered_weights import LayerProgress, weights_for
from grader.answer.lifeless_logits import LayerWatch, what_is_wrong
from grader.answer.open_checkpoint import Opened, open_checkpoint
from grader.answer.report_stop import report_stop
from grader.answer.run_plan import choose_device, make_plan
from grader.answer.scale_rotations import SCALING, ScaledRotations, scale_rotations
from grader.answer.text_side import TextSide, idle_stages, text_side, whose_stages
from grader.answer.threads import polite_threads
from grader.calls.stage_modules import StageModules, reference_modules
from grader.errors import UsageError
from grader.kata import Kata
from grader.language import tr
from grader.report.wide_text import pad_cells

PROMPT = "the answer to the ultimate question of life, the universe, and everything is "
SHOWN = 10  # most likely tokens


def run_answer(
    kata: Kata,
    console: Console,
    checkpoint: Path | None,
    device: str,
    target: str,
    strict: bool,
    traced: bool,
) -> int:
    """Print the next token after the prompt, and return the exit code.

    Args:
        checkpoint: a folder in Meta's or Hugging Face's layout; None for the tiny trained model.
        device: torch's name for it, or `auto`.
        target: whose code runs, `exercises` or `solutions`.
        strict: use only the learner's own stages.
        traced: compare each call of the learner's functions with the reference.

    Raises:
        UsageError: if the checkpoint or the device can't be used.
    """
    say: Say = lambda words: console.print(Text(words))  # noqa: E731
    automatic = device == "auto"
    device = choose_device(device, say)
    idle = idle_stages(checkpoint) if strict else ()
    chosen = stages_to_run(kata, console, target, strict, idle=idle)
    if chosen is None:
        return 1
    modules = StageModules(chosen.files)
    trace = None
    try:
        opened = open_checkpoint(checkpoint or kata.tiny_weights / "trained", modules.find)
        text = text_side(opened, modules.find)
        if text.note:
            say(text.note)
        scaled = scale_rotations(kata, console, target, strict, modules, chosen, opened.params)
        if scaled.words:
            say(scaled.words)
        chosen = scaled.chosen
        if traced:
            trace = Trace(modules, _scaled_reference(kata, opened), chosen)
        elif words := put_all_heads_in_place(kata, console, target, strict, modules, chosen):
            say(words)
        watch = LayerWatch(modules)
        run = partial(_say, console, modules, opened, text, watch, trace)
        said = with_fallback(run, device, automatic, say)
    except UsageError:
        raise
    except (Exception, SystemExit) as error:  # a learner's `exit()` must not go unnoticed
        report_stop(console, error, chosen, "cpu" if automatic else device)
        if trace is not None:
            console.print(Text(trace.words()))
        return 1
    for words in (scaled.words_after(), f"\n{trace.words()}" if trace else ""):
        if words:
            say(words)
    if said is None:
        return 1
    said = said if said.isprintable() and said.strip() else repr(said)
    whose = whose_stages(chosen.own, chosen.files, text)
    last = tr("{answer}, with {whose}", answer=said, whose=whose)
    console.print(f"\n{last}")
    return 0


def _say(
    console: Console,
    modules: StageModules,
    opened: Opened,
    text: TextSide,
    watch: LayerWatch,
    trace: Trace | None,
    device: str,
) -> str | None:
    """Print the most likely tokens after the prompt, and return the most likely one.

    Returns:
        None if the logits can't be a working model's; what is wrong with them is then printed.
    """
    function = modules.find
    plan = make_plan(opened, device)
    for started in (watch, trace):
        if started is not None:
            started.start()
    if plan.words:
        console.print(Text(plan.words))
    tokens = text.encode(PROMPT)
    read = tr("{count} tokens: {pieces}", count=len(tokens), pieces=text.pieces(tokens))
    console.print(Text(read, style="dim"))
    bar = LayerProgress(console, opened, plan.resident)
    threads = polite_threads(sum(opened.mapped(name).nbytes for name in opened.weights))
    with torch.inference_mode(), torch.device(device), threads, bar as progress:
        weights = weights_for(opened, plan, progress)
        hidden = function("transformer")(torch.tensor(tokens), weights, opened.params)
        logits = function("next_token_logits")(hidden, weights["output.weight"])
        probabilities = torch.softmax(logits.float(), dim=-1)
        order = torch.sort(logits, descending=True, stable=True).indices[:SHOWN].tolist()
        shares = probabilities[order].tolist()
    if wrong := what_is_wrong(hidden, logits, opened, watch):
        console.print(Text(wrong))
        return None
    names = [_name(opened, token, text.pieces) for token in order]
    for token, name, share in zip(order, names, shares, strict=True):
        bar_of_share = "█" * round(40 * share)
        console.print(Text(f"{token:>8}  {pad_cells(repr(name), 14)} {share:7.2%}  {bar_of_share}"))
    return names[0]


def _name(opened: Opened, token: int, pieces: Callable[[list[int]], list[str]]) -> str:
    """Return a token's text; rows at the end of some embeddings are padding and have none."""
    if not opened.has_token(token):
        return tr("(row {row} is no token)", row=token)
    (piece,) = pieces([token])
    return str(piece)


def _scaled_reference(kata: Kata, opened: Opened) -> StageModules:
    """Return the reference, with its rotations scaled if the checkpoint asks for that."""
    modules = StageModules(dict(reference_modules(kata.solutions).files))
    whole = ChosenStages(dict(modules.files), frozenset())
    ScaledRotations(modules, whole, opened.params, kata.solution(SCALING), None)
    return modules
