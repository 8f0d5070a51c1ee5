"""A model that writes: an open checkpoint, the stages that run it, and its text side."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from rich.console import Console
from rich.text import Text

from grader.answer.chosen_stages import ChosenStages
from grader.answer.open_checkpoint import open_checkpoint
from grader.answer.scale_rotations import scale_rotations
from grader.answer.text_side import TextSide, text_side, whose_stages
from grader.calls.stage_modules import StageModules
from grader.generate.options import Options
from grader.generate.weights_in_memory import (
    Int8Weights,
    bytes_of_weights,
    weights_to_write_with,
)
from grader.generate.writing_stages import (
    ALL_HEADS,
    SCALING,
    put_all_heads_in_place,
    watch_logits,
)
from grader.kata import Kata
from grader.language import tr
from grader.report.plain_text import plain

Cache = Any  # what stage 22 returns: the keys and values of every layer


@dataclass
class Run:
    """Some tokens that a model read, and those that it wrote after them."""

    read: list[int]  # the new tokens; those in the cache are not among them
    limit: int  # how many to write at most
    before: int = 0  # how many tokens the cache held
    written: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)  # seconds from the start to each token
    cache: Cache = None  # of everything before the last token written
    is_over: bool = False  # whether the model ended the text itself


class Writer:
    """Writes text with the stages that were chosen."""

    def __init__(
        self, kata: Kata, console: Console, chosen: ChosenStages, options: Options
    ) -> None:
        """Open the checkpoint and wire the stages; `load` has to follow.

        Raises:
            UsageError: if the checkpoint can't be used.
        """
        folder = options.checkpoint or kata.tiny_weights / "trained"
        self.options, self.modules = options, StageModules(chosen.files)
        self.find: Callable[[str], Any] = self.modules.find
        self.opened = open_checkpoint(folder, self.find)
        self.params = self.opened.params
        scaling = kata, console, options.target, options.strict, self.modules, chosen, self.params
        self._scaled = scale_rotations(*scaling)
        self.chosen = self._scaled.chosen
        self.loop = put_all_heads_in_place(self.modules, self.chosen)
        watch_logits(self.modules, folder)
        self.text: TextSide = text_side(self.opened, self.find)
        for words in (self.text.note, self._scaled.words):
            if words:
                console.print(Text(words, style="dim"))
        self.context = options.context or self.opened.context
        self.weights: dict[str, torch.Tensor] = {}

    def load(self, console: Console, device: str) -> None:
        """Load the weights for a device.

        Raises:
            UsageError: if the device doesn't have enough memory.
        """
        if self.options.int8:
            self.weights = Int8Weights(self.opened, device, self.find, console)
        else:
            self.weights = weights_to_write_with(self.opened, device, console)

    def write(self, run: Run) -> Iterator[str]:
        """Yield the text after a run's tokens, a few whole characters at a time.

        Args:
            run: what to read; what is written is added to it while this goes on.
        """
        for piece in self.find("stream_text")(self._token_bytes(run)):
            if shown := plain(piece):
                yield shown

    def _token_bytes(self, run: Run) -> Iterator[bytes]:
        begun = time.perf_counter()
        options = self.options
        steps = self.find("generate")(
            run.read,
            self.weights,
            self.params,
            run.cache,
            run.limit,
            sorted(self.opened.stop),
            options.temperature,
            options.top_p,
            options.seed,
        )
        for token, cache in steps:
            run.times.append(time.perf_counter() - begun)
            run.written.append(int(token))
            run.cache = cache
            yield self.text.bytes_of(int(token))
        run.is_over = len(run.written) < run.limit

    @property
    def weight_bytes(self) -> int:
        """The bytes of the checkpoint's weights; tied ones count once."""
        return bytes_of_weights(self.opened)

    def whose(self) -> str:
        """Return whose stages run, as the end of a sentence."""
        running = set(self.chosen.files)
        if self.params.get("rope_scaling") is None:
            running.discard(SCALING)
        if self.loop is None:
            running.discard(ALL_HEADS)
        return tr("with {whose}", whose=whose_stages(self.chosen.own, running, self.text))

    def words_after(self) -> str:
        """Return a line to print after the text: '' if all went well."""
        return self._scaled.words_after()


def computing_on(device: str) -> AbstractContextManager[Any]:
    """Return a context in which new tensors go to a device.

    On the CPU they go there anyway, and torch's context costs time in every operation.
    """
    return nullcontext() if device == "cpu" else torch.device(device)
