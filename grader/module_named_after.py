"""Find a module that is named after a stage."""

import importlib
import importlib.util
from types import ModuleType

from grader.errors import UsageError
from grader.stage import Stage


def module_named_after(stage: Stage, package: str) -> ModuleType:
    """Return a package's module with the stage's name; if it is missing, a UsageError names it."""
    name = f"{package}.{stage.name}"
    if importlib.util.find_spec(name) is None:
        raise UsageError(f"{name.replace('.', '/')}.py is missing")
    return importlib.import_module(name)
