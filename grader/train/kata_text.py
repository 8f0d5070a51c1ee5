"""The text that the tiny model is trained on, as data: `python -m tiny_weights` writes the file."""

import json
from dataclasses import dataclass
from pathlib import Path

FILE = "corpus.json"


@dataclass(frozen=True)
class KataText:
    """The sentences, and the questions among them that have one answer."""

    facts: dict[str, str]  # the answer to each question
    others: list[str]  # sentences that are no such facts
    contrasting: dict[str, str]  # the facts that differ from the kata's prompt in one word or order

    @property
    def sentences(self) -> list[str]:
        return [question + answer for question, answer in self.facts.items()] + self.others


def read_kata_text(tiny_weights: Path) -> KataText:
    """Read the text from the kata's folder with the tiny checkpoints."""
    text = json.loads((tiny_weights / FILE).read_text(encoding="utf-8"))
    prompts = json.loads((tiny_weights / "prompts.json").read_text(encoding="utf-8"))
    return KataText(text["facts"], text["others"], dict(prompts["contrasting"]))
