"""A part of a class, for a machine of several."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from grader.errors import UsageError

T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    """Part `number` of `of`, counted from 1."""

    number: int
    of: int

    def take(self, items: Sequence[T]) -> list[T]:
        """Give every `of`-th item, so that the parts are alike in size whatever the order."""
        return list(items[self.number - 1 :: self.of])

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE = Shard(1, 1)


def parse_shard(text: str) -> Shard:
    """Read `2/4`.

    Raises:
        UsageError: when it is no part of a whole.
    """
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"--shard {text}: write I/N, from 1/N to N/N, such as 2/4")
    return Shard(int(match[1]), int(match[2]))
