"""The reference and Hugging Face's Llama on one large checkpoint: they answer, and they write.

Both classes have the same methods. The reference is loaded as `grader answer` loads it and uses
stage 25, as `grader answer` and `grader generate` do.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from benchmarks.hugging_face import from_pretrained
from grader.answer.answer import PROMPT
from grader.answer.layered_weights import LayerProgress, weights_for
from grader.answer.open_checkpoint import Opened, open_checkpoint
from grader.answer.run_plan import make_plan
from grader.calls.stage_modules import StageModules, reference_modules
from grader.editions import find_kata

_BLOCK, _CACHE = 17, 22
_EMBEDDING = "tok_embeddings.weight"


class Reference:
    """The reference on a checkpoint in Meta's format."""

    def __init__(self, folder: Path, device: str) -> None:
        """Load the weights: to a GPU, or mapped from their file."""
        self._modules = StageModules(dict(reference_modules(find_kata().solutions).files))
        self.opened: Opened = open_checkpoint(folder, self._modules.find)
        find = self._modules.find
        tokenizer = find("build_tokenizer")(self.opened.ranks)
        self.prompt: list[int] = find("encode_prompt")(tokenizer, PROMPT)
        self.weights = self._weights(device)
        at_once = find("all_heads_attention")
        self._fast = {
            _BLOCK: ("attention", lambda *args: at_once(*args, None)[0]),
            _CACHE: ("cached_attention", at_once),
        }
        self._slow = {
            number: (name, getattr(self._modules.module(number), name))
            for number, (name, _) in self._fast.items()
        }
        self._use(self._fast)

    def answer(self) -> int:
        """Return the most likely token after the prompt."""
        find = self._modules.find
        hidden = find("transformer")(torch.tensor(self.prompt), self.weights, self.opened.params)
        return int(find("next_token_logits")(hidden, self.weights["output.weight"]).argmax())

    def write(self, count: int) -> list[float]:
        """Write tokens, each the most likely one; return when each came, in seconds."""
        begun, times = time.perf_counter(), []
        model = self.weights, self.opened.params, None
        for _ in self._modules.find("generate")(self.prompt, *model, count, [], 0.0, 1.0, 0):
            times.append(time.perf_counter() - begun)
        return times

    @contextmanager
    def loop_over_heads(self) -> Iterator[None]:
        """Use stages 15 and 22 without stage 25."""
        self._use(self._slow)
        yield
        self._use(self._fast)

    def bytes_per_token(self) -> int:
        """Return the bytes of the weights that every token needs: all but most of the embedding."""
        return sum(self.opened.mapped(name).nbytes for name in self.read_per_token())

    def read_per_token(self) -> list[str]:
        """Return the names of those weights."""
        tied = self.opened.tied
        return [name for name in self.opened.weights if tied or name != _EMBEDDING]

    def _weights(self, device: str) -> dict[str, torch.Tensor]:
        if device == "cpu":
            return {name: self.opened.weights[name] for name in self.opened.weights}
        plan = make_plan(self.opened, device)
        with LayerProgress(Console(stderr=True), self.opened, plan.resident) as progress:
            return weights_for(self.opened, plan, progress)

    def _use(self, functions: dict[int, tuple[str, Any]]) -> None:
        for number, (name, function) in functions.items():
            setattr(self._modules.module(number), name, function)


class HuggingFace:
    """Hugging Face's Llama on a checkpoint in their format, with their defaults."""

    def __init__(self, folder: Path, device: str, prompt: list[int]) -> None:
        """Load the weights.

        Args:
            prompt: its tokens.
        """
        self._model = from_pretrained(folder, device)
        self._ids = torch.tensor([prompt], device=device)

    def answer(self) -> int:
        return int(self._model(self._ids, logits_to_keep=1).logits[0, -1].argmax())

    def write(self, count: int) -> list[float]:
        """Write tokens; return when the first came and when the last, in seconds.

        Their method gives no token before the last, so the first is written once more, alone.
        """
        return [self.seconds(1), self.seconds(count)]

    def seconds(self, count: int) -> float:
        """Write tokens, and return how long that took."""
        begun = time.perf_counter()
        written = self._model.generate(
            self._ids,
            attention_mask=torch.ones_like(self._ids),
            min_new_tokens=count,
            max_new_tokens=count,
            do_sample=False,
        )
        int(written[0, -1])  # waits for the device
        return time.perf_counter() - begun
