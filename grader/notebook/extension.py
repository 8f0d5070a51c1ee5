"""What `%load_ext grader` and `%unload_ext grader` do.

A kernel that ends needs neither: the process that grades ends when nobody can talk to it any more.
"""

from typing import Any

from grader.notebook.magics import Magics

_loaded: list[Magics] = []


def load(shell: Any) -> None:
    """Add the magics to an IPython shell, find the kata, and say what to do next."""
    magics = Magics(shell)
    magics.register()
    magics.open()
    _loaded.append(magics)


def unload() -> None:
    """End the processes that grade; the magics stay, and start them again if they are used."""
    while _loaded:
        _loaded.pop().close()
