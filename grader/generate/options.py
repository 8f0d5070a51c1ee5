"""What `grader generate` and `grader chat` are asked to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """The options that both commands share."""

    checkpoint: Path | None  # None for the tiny trained model
    tokens: int  # how many to write at most
    temperature: float
    top_p: float
    seed: int
    int8: bool = False
    device: str = "auto"
    context: int | None = None  # None for the model's own
    target: str = "exercises"
    strict: bool = False
