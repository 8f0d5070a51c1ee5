"""Write the text that follows a prompt."""

import sys
from contextlib import suppress
from functools import partial

import torch
from rich.console import Console
from rich.text import Text

from grader.answer.answer import PROMPT
from grader.answer.devices import Say, with_fallback
from grader.answer.report_stop import report_stop
from grader.answer.run_plan import choose_device
from grader.answer.threads import polite_threads
from grader.errors import UsageError
from grader.generate.gains import gains
from grader.generate.last_lines import REPEATS, REPEATS_ANYWAY, rate_words, repeats_itself
from grader.generate.options import Options
from grader.generate.writer import Run, Writer, computing_on
from grader.generate.writing_stages import choose_writing_stages
from grader.kata import Kata
from grader.language import tr
from grader.report.plain_text import plain

INTERRUPTED = 130  # the exit code after Ctrl-C
_PATIENCE = 3.0  # seconds to measure what each stage made faster; or a quarter of the time written


def run_generate(
    kata: Kata, console: Console, notes: Console, prompt: str | None, options: Options
) -> int:
    """Print a prompt and the text that the model writes after it, and return the exit code.

    Args:
        notes: for what is said before the text, so that a pipe begins with the text.
        prompt: the text to continue; None for the kata's.

    Raises:
        UsageError: if the prompt, the checkpoint or the device can't be used.
    """
    say: Say = lambda words: notes.print(Text(words))  # noqa: E731
    device = choose_device(options.device, say)
    chosen = choose_writing_stages(kata, notes, options)
    if chosen is None:
        return 1
    try:
        writer = Writer(kata, notes, chosen, options)
        text = PROMPT if prompt is None else prompt
        ids = _tokens(writer, text)
        run = partial(_continue, console, notes, writer, text, ids)
        return with_fallback(run, device, options.device == "auto", say)
    except (UsageError, BrokenPipeError):
        raise
    except (Exception, SystemExit) as error:  # a learner's `exit()` must not go unnoticed
        notes.print()  # the text may have begun
        report_stop(notes, error, chosen, "cpu" if options.device == "auto" else device)
        return 1


def _tokens(writer: Writer, prompt: str) -> list[int]:
    """Return the tokens of a prompt that leaves room for more."""
    ids = writer.text.encode(prompt)
    if not ids:
        words = tr(
            "the prompt is empty, and this model's tokenizer puts no token before a text: give a "
            "prompt of at least one letter"
        )
        raise UsageError(words)
    if len(ids) >= writer.context:
        words = tr(
            "the prompt has {count:,} tokens, and the context ends after {most:,}: shorten the "
            "prompt, or see --context",
            count=len(ids),
            most=writer.context,
        )
        raise UsageError(words)
    return ids


def _continue(
    console: Console, notes: Console, writer: Writer, prompt: str, ids: list[int], device: str
) -> int:
    """Print a prompt and what follows it, then how fast that was and by whose stages."""
    with torch.inference_mode(), computing_on(device):
        writer.load(notes, device)
        console.print(Text(plain(prompt), style="dim"), end="", soft_wrap=True)
        run = Run(ids, min(writer.options.tokens, writer.context - len(ids)))
        with polite_threads(writer.weight_bytes):
            return _stream(console, writer, run)


def _stream(console: Console, writer: Writer, run: Run) -> int:
    code = 0
    try:
        for piece in writer.write(run):
            sys.stdout.write(piece)
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    console.print("\n")
    for line in _remarks(writer, run, code):
        console.print(Text(line))
    with suppress(KeyboardInterrupt):
        _print_gains(console, writer, run, code)
    console.print(Text(_last_line(writer, run)))
    return code


def _last_line(writer: Writer, run: Run) -> str:
    """Return how fast the text was written, and by whose stages."""
    rate, whose, options = rate_words(run), writer.whose(), writer.options
    if not options.temperature:
        return tr("{rate}, {whose}", rate=rate, whose=whose)
    return tr("{rate}, seed {seed}, {whose}", rate=rate, seed=options.seed, whose=whose)


def _remarks(writer: Writer, run: Run, code: int) -> list[str]:
    """Return what to say about how the text ended."""
    remarks: list[str] = []
    if code:
        remarks.append(tr("Interrupted."))
    elif run.is_over:
        remarks.append(tr("The model ended the text here."))
    elif run.limit < writer.options.tokens:
        remarks.append(tr("The context of {count:,} tokens is full.", count=writer.context))
    if words := writer.words_after():
        remarks.append(words)
    if repeats_itself(run.written):
        remarks.append(tr(REPEATS_ANYWAY if writer.options.temperature else REPEATS))
    return remarks


def _print_gains(console: Console, writer: Writer, run: Run, code: int) -> None:
    if run.written:
        patience = _PATIENCE / 2 if code else max(_PATIENCE, run.times[-1] / 4)
        for line in gains(writer, run, patience):
            console.print(Text(line))
