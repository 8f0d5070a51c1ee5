"""One row of the tables of this folder."""

from typing import NamedTuple


class Advice(NamedTuple):
    """What an error usually means, and the patterns by which it is recognized: of its class, its
    message, and the learner's line that raised it."""

    class_name: str
    message: str
    text: str
    line: str


def advise(class_name: str, message: str, text: str, line: str = "") -> Advice:
    """Return a row; the patterns of the message and of the line may match anywhere in them.

    The text is translated where it is given; its `\\1` is what the message's first group holds.
    """
    return Advice(class_name, message, text, line)
