"""Load stage files by path, so that nothing on sys.path is picked up by accident.

Each stage is mapped to a file. While stage 15 is graded, that is the learner's file for 15 and the
reference for the stages before it, however a file spells its imports (`from exercises.s11_rotate
import rotate` or `from solutions.…`), inside functions too.
"""

import builtins
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from grader.kata import stand_ins
from grader.stage import Stage
from grader.stages import STAGES, stage_of, stage_with

PACKAGES = ("exercises", "solutions")


@dataclass
class StageModules:
    """The modules of one set of stage files, loaded when first needed."""

    files: Mapping[int, Path]
    register: bool = False  # in sys.modules too, which dataclasses and debuggers need
    loaded: dict[int, ModuleType] = field(default_factory=dict)  # may come from another set
    names: Mapping[str, Any] = field(default_factory=dict)  # extra builtins for these files

    def module(self, number: int) -> ModuleType:
        """Return a stage's module; the first time, its file is run, which may raise anything."""
        if number not in self.loaded:
            name = f"exercises.{stage_of(number).name}"
            self.loaded[number] = self.run_file(self.files[number], name)
        return self.loaded[number]

    def find(self, name: str) -> Any:
        """Return the function or constant of this name; AttributeError if these files lack it."""
        number = stage_with(name).number
        if number not in self.files:
            raise AttributeError(name)
        return getattr(self.module(number), name)

    def callee(self, name: str, method: str | None = None) -> Any:
        """Return a function, or a method of the object that a constant is turned into."""
        found = self.find(name)
        if method is None:
            return found
        constant = next(one for one in stage_with(name).constants if one.name == name)
        if not found:
            raise NotImplementedError(f"{name} is not written yet")
        package, _, function = constant.made_with.rpartition(".")
        return getattr(getattr(importlib.import_module(package), function)(found), method)

    def run_file(self, path: Path, name: str) -> ModuleType:
        """Run a file as a module that imports stages from here."""
        return self.run_code(_compiled(str(path), path.read_bytes()), path, name)

    def run_code(self, code: CodeType, path: Path, name: str) -> ModuleType:
        """Run a file's compiled code like `run_file`."""
        module = ModuleType(name)
        module.__file__ = str(path)
        found = {**vars(builtins), **self.names, "__import__": self._import}
        module.__dict__["__builtins__"] = found
        if self.register:
            sys.modules[module.__name__] = module
        exec(code, module.__dict__)
        return module

    def _import(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> ModuleType:
        """Replace `__import__` in stage files, so that stages come from here."""
        package, _, stage_name = name.partition(".")
        if level or package not in PACKAGES:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        if stage_name and fromlist:
            return self._stage_module(stage_name)
        parent = ModuleType(package)
        for one in [stage_name] if stage_name else fromlist or ():
            setattr(parent, one, self._stage_module(one))
        return parent

    def _stage_module(self, stage_name: str) -> ModuleType:
        number = next((stage.number for stage in STAGES if stage.name == stage_name), None)
        if number is None:
            raise ImportError(f"no stage is called {stage_name}")
        if number not in self.files and number not in self.loaded:
            later = number > max(self.files)
            why = "comes later" if later else "isn't one of the stages that this one builds on"
            raise ImportError(f"{stage_name} {why}, so it can't be used here")
        return self.module(number)


@cache
def _compiled(path: str, text: bytes) -> CodeType:
    return compile(text, path, "exec", dont_inherit=True)


@cache
def reference_modules(solutions: Path, graded: Stage | None = None) -> StageModules:
    """Return the reference in the folder `solutions`, one set of modules per process, with the
    stand-ins for the stage `graded`."""
    instead = stand_ins(graded) if graded else {}
    if graded and not instead:
        return reference_modules(solutions)
    files = {stage.number: solutions / f"{stage.name}.py" for stage in STAGES if stage.has_code}
    return StageModules(files | instead)
