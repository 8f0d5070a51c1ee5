"""One row of the tables of this folder."""


def advise(class_name: str, message: str, advice: str) -> tuple[str, str, str]:
    """Return the patterns of an error's class and of its message, and what the error usually means.

    The advice is translated where it is given; its `\\1` is what the message's first group holds.
    """
    return class_name, message, advice
