"""A real Jupyter kernel in a copy of the kata, for tests of the magics."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from grader.notebook.commands import in_notebook
from grader.tests.clone import Clone
from grader.tests.programs import environment_with, warm_environment

_PROGRAM = Path(__file__).resolve().parents[2]


class Shown:
    """What a cell has shown: printed text, and the forms of what was displayed last."""

    def __init__(self, outputs: list[Any]) -> None:
        self.errors = "".join(one.text for one in outputs if one.get("name") == "stderr")
        self.printed = "".join(one.text for one in outputs if one.get("name") == "stdout")
        self.raised = [one.ename for one in outputs if one.output_type == "error"]
        displayed = [one.data for one in outputs if one.output_type == "display_data"]
        self.forms: dict[str, str] = displayed[-1] if displayed else {}

    @property
    def text(self) -> str:
        return self.forms["text/plain"]

    @property
    def html(self) -> str:
        return self.forms["text/html"]


class Kernel:
    """A kernel whose cells are run one by one."""

    def __init__(self, client: Any, clone: Clone) -> None:
        self._client, self.clone = client, clone

    def run(self, source: str) -> Shown:
        """Run a cell, and return what it shows."""
        import nbformat

        cell = nbformat.v4.new_code_cell(source)
        self._client.nb.cells.append(cell)
        self._client.execute_cell(cell, len(self._client.nb.cells) - 1)
        return Shown(cell.outputs)

    def interrupt_after(self, seconds: float) -> None:
        """Send what the stop button sends, from another thread, while a cell runs."""
        time.sleep(seconds)
        self._client.km.provisioner.process.send_signal(2)

    def checked(self, *args: str) -> str:
        """Return what `grader check` prints, with commands as in a notebook."""
        return in_notebook(self.clone.run("check", *args).stdout).rstrip()


@contextmanager
def kernel_in(clone: Clone, *first: str, warm: bool = True) -> Iterator[Kernel]:
    """Start a kernel in a copy of the kata, run the first cells, and end it afterwards.

    The test is skipped if Jupyter is missing.

    Args:
        warm: the process that grades is a fork of one that has imported torch.
    """
    for library in ("ipykernel", "nbclient", "nbformat"):
        pytest.importorskip(library, reason=f"{library} is missing: install the extra `test`")
    import nbformat
    from nbclient import NotebookClient

    client: Any = NotebookClient(nbformat.v4.new_notebook(), timeout=120, allow_errors=True)
    client.resources = {"metadata": {"path": str(clone.root)}}
    client.create_kernel_manager()
    # `conftest` forks programs that start with `python -m`, but a kernel has to be a fresh one.
    client.km.kernel_spec.argv.insert(1, "-Xfrozen_modules=off")
    forked = warm_environment() if warm else {}
    own = {**clone.environment, "PYTHONPATH": str(_PROGRAM)}
    environment = environment_with(**{**own, **forked})
    with client.setup_kernel(env=environment):
        kernel = Kernel(client, clone)
        for cell in first:
            kernel.run(cell)
        yield kernel
