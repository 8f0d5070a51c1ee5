"""Run the whole model on the kata's prompt and say the next token."""

from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from grader.answer.checkpoint import open_checkpoint
from grader.answer.stages import functions_of, stages_to_run
from grader.errors import UsageError
from grader.home import Kata
from grader.stages import STAGES, stage_of
from grader.student.servant import describe_error
from grader.student.space import Space

PROMPT = "the answer to the ultimate question of life, the universe, and everything is "
SHOWN = 10  # of the most likely tokens


def run_answer(
    kata: Kata,
    console: Console,
    checkpoint: Path | None,
    device: str,
    target: str,
    strict: bool,
) -> int:
    """Print the next token after the prompt, and give the exit code.

    Raises:
        UsageError: when the checkpoint or the device cannot be used.
    """
    _check_device(device)
    chosen = stages_to_run(kata, console, target, strict)
    if chosen is None:
        return 1
    space = Space(chosen.files)
    try:
        with torch.device(device):
            said = _run(console, space, checkpoint or kata.tiny_weights / "trained", device)
    except UsageError:
        raise
    except Exception as error:
        own = frozenset(str(chosen.files[number]) for number in chosen.own)
        what = describe_error(error, own)
        where = f"\n{what['where']}" if what["where"] else ""
        console.print(f"The model stopped: {what['class']}: {what['message']}{where}")
        return 1
    said = said if said.isprintable() and said.strip() else repr(said)
    console.print(f"\n{said}, with {len(chosen.own)} of {len(STAGES) - 1} stages yours")
    return 0


def _run(console: Console, space: Space, folder: Path, device: str) -> str:
    function = functions_of(space)
    opened = open_checkpoint(folder, function("load_checkpoint"), function("parse_vocabulary"))
    tokenizer = function("build_tokenizer")(opened.ranks)
    tokens = function("encode_prompt")(tokenizer, PROMPT)
    pieces = function("token_pieces")(tokenizer, tokens)
    console.print(Text(f"{len(tokens)} tokens: {pieces}", style="dim"))

    weights = {name: weight.to(device) for name, weight in opened.weights.items()}
    with _layer_progress(console, space, opened.params["n_layers"]):
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


class _layer_progress:
    """A progress bar that moves on with every call of `transformer_block`."""

    def __init__(self, console: Console, space: Space, n_layers: int) -> None:
        columns = TextColumn("layer {task.completed} of {task.total}"), BarColumn()
        self._bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
        self._task = self._bar.add_task("layers", total=n_layers)
        # Before stage 18 is loaded, so that it imports the counted block.
        module = space.module(stage_of(17).number)
        block = module.transformer_block

        def counted(*args: Any) -> Any:
            result = block(*args)
            self._bar.advance(self._task)
            return result

        module.transformer_block = counted  # type: ignore[attr-defined]

    def __enter__(self) -> None:
        self._bar.start()

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _check_device(device: str) -> None:
    try:
        torch.ones(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"--device {device} cannot be used here: {reason}") from None
