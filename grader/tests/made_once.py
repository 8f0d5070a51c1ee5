"""Folders that take long to make, shared by the processes that run the tests side by side."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder made by the first process that asks for it; tests must not change it."""
    shared = factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent  # each process has its own folder in there
    with FileLock(shared / f"{name}.lock"):
        folder, done = shared / name, shared / f"{name}.done"
        if not done.exists():
            make(folder)
            done.touch()
        return folder
