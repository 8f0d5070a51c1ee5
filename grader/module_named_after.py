"""Import modules that are named after a stage."""

import importlib
import importlib.util
from types import ModuleType

from grader.errors import UsageError
from grader.stage import Stage


def module_named_after(stage: Stage, package: str) -> ModuleType:
    """Return the module of a package that has the stage's name.

    Raises:
        UsageError: if there is none; the message names the file.
    """
    name = f"{package}.{stage.name}"
    if importlib.util.find_spec(name) is None:
        raise UsageError(f"{name.replace('.', '/')}.py is missing")
    return importlib.import_module(name)
