"""The commands that write text with the learner's model."""

import math
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from grader.cli.base import Integer, example, load_numpy, plain_console, whose_code
from grader.editions import find_kata
from grader.language import tr
from grader.seeds import fresh_seed
from grader.targets import require_runnable

_PATH = click.Path(path_type=Path)


def _a_number(_context: click.Context, _option: click.Parameter, value: float) -> float:
    if math.isnan(value):  # no range excludes it
        raise click.BadParameter(tr("nan is not a number"))
    return value


def _writing_options(
    checkpoint_help: str, tokens: int, temperature: float, top_p: float
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator with the options of `generate` and `chat`, which differ in defaults."""
    options = (
        click.option("--checkpoint", type=_PATH, help=checkpoint_help),
        click.option(
            "--tokens",
            type=Integer(min=1),
            default=tokens,
            help="How many tokens to write at most.",
        ),
        click.option(
            "--temperature",
            type=click.FloatRange(min=0),
            default=temperature,
            callback=_a_number,
            help="How freely to draw the next token; 0 always takes the most likely one.",
        ),
        click.option(
            "--top-p",
            type=click.FloatRange(min=0, min_open=True, max=1),
            default=top_p,
            callback=_a_number,
            help="Draw only from the most likely tokens that together have this probability.",
        ),
        click.option(
            "--seed",
            type=Integer(min=0),
            help="Draw the same tokens again.  [default: a new seed]",
        ),
        click.option("--int8", is_flag=True, help="Store each weight in one byte (stage 28)."),
        click.option(
            "--device", default="auto", help="Where torch computes: auto, cpu, cuda or mps."
        ),
        click.option(
            "--context",
            type=Integer(min=2),
            help="How many tokens the model can read and write in all.  [default: the model's own]",
        ),
        whose_code,
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def with_seed(*args: Any, seed: int | None, **named: Any) -> Any:
            return command(*args, seed=fresh_seed(seed), **named)

        for option in reversed(options):
            with_seed = option(with_seed)
        return with_seed

    return decorate


@click.command(
    epilog=example(
        "grader generate\n"
        '  grader generate "Once upon a time" --checkpoint SmolLM2 --tokens 100\n'
        "  grader generate --temperature 0.8 --top-p 0.9 --seed 7"
    )
)
@click.argument("prompt", required=False)
@_writing_options(
    "A folder in Meta's layout or Hugging Face's.  [default: the tiny trained model]", 64, 0.0, 1.0
)
def generate(prompt: str | None, target: str, **options: Any) -> None:
    """Write the text that follows a PROMPT (default: the kata's).

    Stages that you haven't passed come from the reference. The last lines say how fast it went,
    how much your stages sped it up, and how many stages are yours. Ctrl-C ends the text.
    """
    kata = find_kata()
    require_runnable(kata, target, options["strict"])
    load_numpy()
    from grader.generate.generate import run_generate
    from grader.generate.options import Options

    chosen = Options(target=target, **options)
    consoles = plain_console(), plain_console(stderr=True)
    sys.exit(run_generate(kata, *consoles, _as_utf_8(prompt), chosen))


def _as_utf_8(text: str | None) -> str | None:
    """Return an argument without the half surrogates that stand for bytes that aren't UTF-8."""
    return text and text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@click.command(
    epilog=example(
        'hf download HuggingFaceTB/SmolLM2-135M-Instruct --exclude "onnx/*" --local-dir SmolLM2\n'
        "  grader chat --checkpoint SmolLM2"
    )
)
@_writing_options("An Instruct model: a folder in Hugging Face's layout or Meta's.", 512, 0.6, 0.9)
def chat(target: str, **options: Any) -> None:
    """Chat with an Instruct model that runs on your own stages.

    Stages that you haven't passed come from the reference. The tiny models can't chat, so name a
    checkpoint. In the chat, /reset starts a new conversation and /quit ends it. Lines can also come
    from a pipe.
    """
    kata = find_kata()
    require_runnable(kata, target, options["strict"])
    load_numpy()
    from grader.generate.chat import run_chat
    from grader.generate.options import Options

    sys.exit(run_chat(kata, plain_console(), Options(target=target, **options)))
