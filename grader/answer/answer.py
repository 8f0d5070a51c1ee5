"""Run the whole model on the kata's prompt and say the next token."""

from pathlib import Path

import torch
from rich.console import Console
from rich.text import Text

from grader.answer.chosen_stages import stages_to_run
from grader.answer.first_departure import Trace
from grader.answer.layered_weights import LayerProgress, weights_for
from grader.answer.open_checkpoint import open_checkpoint
from grader.answer.run_plan import choose_device, make_plan
from grader.calls.error_report import describe_error
from grader.calls.stage_modules import StageModules, reference_modules
from grader.errors import UsageError
from grader.free_memory import is_short_of_memory
from grader.kata import Kata

PROMPT = "the answer to the ultimate question of life, the universe, and everything is "
SHOWN = 10  # of the most likely tokens
_SCALED = (
    "This is a Llama 3.1 or later. It scales its rotations, which these stages don't, so the "
    "answer is slightly different from its own."
)
_TOO_LITTLE = (
    "there is not enough memory for this: close other programs, or use a machine with more. "
    "Does your code make copies of whole weights, such as `.float()`?"
)


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
        traced: whether to compare each of the learner's functions with the reference on the way.

    Raises:
        UsageError: when the checkpoint or the device cannot be used.
    """
    device = choose_device(device)
    chosen = stages_to_run(kata, console, target, strict)
    if chosen is None:
        return 1
    modules = StageModules(chosen.files)
    trace = None
    try:
        if traced:
            trace = Trace(modules, reference_modules(kata.solutions), chosen)
        said = _say(console, modules, checkpoint or kata.tiny_weights / "trained", device)
    except UsageError:
        raise
    except (Exception, SystemExit) as error:  # a learner's `exit()` must not end this in silence
        if is_short_of_memory(error):
            on_device = f"--device {device} has too little memory for this: use --device cpu"
            raise UsageError(_TOO_LITTLE if device == "cpu" else on_device) from None
        what = describe_error(error, chosen.own_files)
        where = f"\n{what.where}" if what.where else ""
        console.print(Text(f"The model stopped: {what.class_name}: {what.message}{where}"))
        if trace is not None:
            console.print(Text(trace.words()))
        return 1
    if trace is not None:
        console.print(Text(f"\n{trace.words()}"))
    said = said if said.isprintable() and said.strip() else repr(said)
    console.print(f"\n{said}, with {len(chosen.own)} of {len(chosen.files)} stages yours")
    return 0


def _say(console: Console, modules: StageModules, folder: Path, device: str) -> str:
    """Print the most likely tokens after the prompt, and return the first."""
    function = modules.find
    opened = open_checkpoint(folder, function)
    plan = make_plan(opened, device)
    if opened.params.get("use_scaled_rope"):
        console.print(Text(_SCALED))
    if plan.words:
        console.print(Text(plan.words))
    tokenizer = function("build_tokenizer")(opened.ranks)
    tokens = function("encode_prompt")(tokenizer, PROMPT)
    pieces = function("token_pieces")(tokenizer, tokens)
    console.print(Text(f"{len(tokens)} tokens: {pieces}", style="dim"))
    with torch.device(device), LayerProgress(console, opened, plan.resident) as progress:
        weights = weights_for(opened, plan, progress)
        hidden = function("transformer")(torch.tensor(tokens), weights, opened.params)
        logits = function("next_token_logits")(hidden, weights["output.weight"])
    probabilities = torch.softmax(logits.float(), dim=-1)
    top = torch.topk(probabilities, SHOWN)
    for probability, token in zip(top.values.tolist(), top.indices.tolist(), strict=True):
        (piece,) = function("token_pieces")(tokenizer, [token])
        bar = "█" * round(40 * probability)
        console.print(Text(f"{token:>8}  {piece!r:<14} {probability:7.2%}  {bar}"))
    (said,) = function("token_pieces")(tokenizer, [int(logits.argmax())])
    return str(said)
