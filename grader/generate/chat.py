"""Chat with an Instruct model."""

import sys
from collections.abc import Iterator
from functools import partial
from io import TextIOWrapper

import torch
from rich.console import Console
from rich.text import Text

from grader.answer.devices import Say, with_fallback
from grader.answer.report_stop import report_stop
from grader.answer.run_plan import choose_device
from grader.answer.threads import polite_threads
from grader.errors import UsageError
from grader.generate.conversation import ContextFull, Conversation
from grader.generate.dialog import GET_ONE, dialog_for
from grader.generate.last_lines import rate_words
from grader.generate.options import Options
from grader.generate.silent_keyboard import silent_keyboard
from grader.generate.writer import Run, Writer, computing_on
from grader.generate.writing_stages import choose_writing_stages
from grader.kata import Kata
from grader.language import mark, tr

_MARK = "> "
_HELP = mark("/reset starts a new conversation, /quit or Ctrl-D ends it, Ctrl-C ends an answer.")


def run_chat(kata: Kata, console: Console, options: Options) -> int:
    """Answer what the user types, line by line, and return the exit code.

    Raises:
        UsageError: if the checkpoint or the device can't be used, or isn't an Instruct model.
    """
    folder = options.checkpoint
    if folder is None or folder.resolve().is_relative_to(kata.tiny_weights.resolve()):
        words = tr("the tiny models know one sentence and can't chat. {advice}", advice=tr(GET_ONE))
        raise UsageError(words)
    say: Say = lambda words: console.print(Text(words))  # noqa: E731
    device = choose_device(options.device, say)
    chosen = choose_writing_stages(kata, console, options)
    if chosen is None:
        return 1
    try:
        writer = Writer(kata, console, chosen, options)
        load = partial(_loaded, console, writer)
        device = with_fallback(load, device, options.device == "auto", say)
        with torch.inference_mode(), computing_on(device):
            dialog = dialog_for(writer, folder)
            writer.text = dialog.text
            for note in (dialog.note, tr(_HELP)):
                if note:
                    console.print(Text(note, style="dim"))
            _converse(console, writer, Conversation(writer, dialog))
            console.print(Text(tr("The chat ran {whose}.", whose=writer.whose())))
            return 0
    except (UsageError, BrokenPipeError):
        raise
    except (Exception, SystemExit) as error:  # a learner's `exit()` must not go unnoticed
        report_stop(console, error, chosen, "cpu" if options.device == "auto" else device)
        return 1


def _loaded(console: Console, writer: Writer, device: str) -> str:
    """Load the weights for a device, try it if it is a GPU, and return its name."""
    with torch.inference_mode(), computing_on(device):
        writer.load(console, device)
        if device != "cpu":
            ids = torch.tensor([0])
            writer.find("cached_forward")(ids, writer.weights, writer.params, None)
    return device


def _converse(console: Console, writer: Writer, conversation: Conversation) -> None:
    """Answer every line until there are no more."""
    for line in _lines(console):
        said = line.strip()
        if said == "/quit":
            return
        if said == "/reset":
            conversation.reset()
            console.print(Text(tr("A new conversation."), style="dim"))
        elif said.startswith("/"):
            command = said.split()[0]
            words = tr("There is no command {command}. {help}", command=command, help=tr(_HELP))
            console.print(Text(words, style="dim"))
        elif said:
            try:
                _answer(console, writer, conversation, said)
            except KeyboardInterrupt:  # before the answer has begun, or after its end
                console.print()
                console.print(Text(tr("Interrupted."), style="dim"))


def _answer(console: Console, writer: Writer, conversation: Conversation, said: str) -> None:
    """Print the answer to a message as it is written, and then how fast that was."""
    try:
        run, pieces = conversation.answer(said)
    except ContextFull as error:
        console.print(Text(str(error)))
        return
    interrupted = False
    with polite_threads(writer.weight_bytes), silent_keyboard():
        try:
            for piece in pieces:
                sys.stdout.write(piece)
                sys.stdout.flush()
        except KeyboardInterrupt:
            interrupted = True
    console.print()
    for words in _remarks(writer, run, interrupted):
        console.print(Text(words, style="dim"))


def _remarks(writer: Writer, run: Run, interrupted: bool) -> Iterator[str]:
    """Yield what to say after an answer."""
    if interrupted:
        yield tr("Interrupted.")
    elif not run.is_over and run.limit < writer.options.tokens:
        yield tr(
            "The context of {count:,} tokens is full. /reset starts a new conversation.",
            count=writer.context,
        )
    elif not run.is_over:
        yield tr("Cut off after {count:,} tokens: --tokens allows more.", count=run.limit)
    yield tr(
        "({rate}; {cached} of the {count} tokens before them were in the cache)",
        rate=rate_words(run),
        cached=run.before,
        count=run.before + len(run.read),
    )


def _lines(console: Console) -> Iterator[str]:
    """Yield the lines that the user types, or those of a file or pipe."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        yield from _typed(console)
        return
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    for line in sys.stdin:
        console.print(Text(f"\n{_MARK}{line.rstrip()}"))
        yield line


def _typed(console: Console) -> Iterator[str]:
    from prompt_toolkit import PromptSession

    session: PromptSession[str] = PromptSession()
    while True:
        try:
            console.print()
            yield session.prompt(_MARK)
        except KeyboardInterrupt:
            console.print(Text(tr(_HELP), style="dim"))
        except EOFError:
            return
