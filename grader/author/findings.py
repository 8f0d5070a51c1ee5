"""What came of checking a stage."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Findings:
    """The problems of a stage or of the whole kata, and in words what was held against what."""

    name: str
    problems: tuple[str, ...]
    held: str
