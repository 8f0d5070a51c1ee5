"""The grader of the Llama 3 kata."""

from typing import Any


def load_ipython_extension(shell: Any) -> None:
    """Add the kata's magics to a notebook: `%load_ext grader`."""
    from grader.notebook.extension import load

    load(shell)


def unload_ipython_extension(_shell: Any) -> None:
    """End what `%load_ext grader` has started."""
    from grader.notebook.extension import unload

    unload()
