"""The tiny model and the stages that train it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from grader.answer.answer import PROMPT
from grader.answer.chosen_stages import MODEL, ChosenStages
from grader.answer.open_checkpoint import open_checkpoint
from grader.answer.text_side import text_side, whose_stages
from grader.calls.stage_modules import StageModules
from grader.kata import Kata
from grader.report.plain_text import plain
from grader.stages import stage_of
from grader.train.noise import untrained_weights
from grader.train.rows import padded

OPTIMIZER, TRAINING = 30, 31
TRAINING_STAGES = (*MODEL, *map(stage_of, (29, OPTIMIZER, TRAINING)))
_END = "<|end_of_text|>"
_AT_ONCE = 64  # prompts

Weights = dict[str, torch.Tensor]


class Trainer:
    """Trains a small model with the chosen stages."""

    def __init__(self, kata: Kata, chosen: ChosenStages, folder: Path | None = None) -> None:
        """Load the stages.

        Args:
            folder: a checkpoint, which gives the size and the tokenizer; None for the tiny one.

        Raises:
            UsageError: if the checkpoint can't be opened by them.
        """
        self.chosen, self.modules = chosen, StageModules(chosen.files)
        self.find = self.modules.find
        self.folder = folder or kata.tiny_weights / "trained"
        self.opened = open_checkpoint(self.folder, self.find)
        self.params = self.opened.params
        self.text = text_side(self.opened, self.find)
        self.end: int = self.opened.special[_END]
        self.prompt = self.text.encode(PROMPT)

    def untrained(self, seed: int) -> Weights:
        """Return the weights before the first step."""
        return untrained_weights(self.find("expected_shapes")(self.params), seed)

    def next_token(self, tokens: Sequence[int], weights: Weights) -> int:
        """Return the most likely token after others."""
        with torch.no_grad():
            return int(self.find("predict_next_token")(torch.tensor(tokens), weights, self.params))

    def continued(self, tokens: Sequence[int], weights: Weights, count: int) -> str:
        """Return the text of the most likely tokens after others, up to an end-of-text."""
        written: list[int] = []
        while len(written) < count:
            token = self.next_token([*tokens, *written], weights)
            if token == self.end:
                break
            written.append(token)
        data = b"".join(map(self.text.bytes_of, written))
        return plain(data.decode("utf-8", "replace"))

    def right_answers(self, facts: dict[str, str], weights: Weights) -> int:
        """Return how many questions the model answers right."""
        answers = [self.text.encode(answer)[1] for answer in facts.values()]
        prompts = [self.text.encode(question) for question in facts]
        said = self._said_after(prompts, weights)
        return sum(one == other for one, other in zip(said, answers, strict=True))

    def _said_after(self, prompts: list[list[int]], weights: Weights) -> list[int]:
        """Return the most likely token after each prompt, for many at once where that works."""
        rows, found = padded(prompts, self.end), []
        for at in range(0, len(rows), _AT_ONCE):
            lengths = map(len, prompts[at : at + _AT_ONCE])
            hidden = self._hidden(rows[at : at + _AT_ONCE], weights)
            for one, length in zip(hidden, lengths, strict=True):
                # What follows a position doesn't change its vector, so neither does padding.
                logits = self.find("next_token_logits")(one[:length], weights["output.weight"])
                found.append(int(logits.argmax()))
        return found

    def _hidden(self, rows: torch.Tensor, weights: Weights) -> torch.Tensor:
        def run(row: torch.Tensor) -> Any:
            return self.find("transformer")(row, weights, self.params)

        with torch.no_grad():
            try:
                return torch.vmap(run)(rows)
            except Exception:  # some code can't be run under vmap
                return torch.stack([run(row) for row in rows])

    def whose(self) -> str:
        """Return how many of the stages are the learner's, such as "3 of 22 stages yours"."""
        return whose_stages(self.chosen.own, self.chosen.files, self.text)
