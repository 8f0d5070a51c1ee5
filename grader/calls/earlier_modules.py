"""Earlier stages for code in a sandboxed worker: modules whose functions call across the wire.

The grader runs the reference on its side (`answer_earlier_calls`) and sends back what it returned
or raised, so nothing of the reference is in the worker. A function here has the name, the
parameters and the file name of the one it stands for, so that an error in a call reads as if it
came from there.
"""

import builtins
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import ModuleType
from typing import Any

import msgpack
import numpy
import torch

from grader.calls.argument_memory import MemoryPacker, WorkerMemory
from grader.calls.linked_call import LinkedCall
from grader.calls.plain_values import Unsupported
from grader.calls.recipe import BUILDERS
from grader.stages import stage_of

OBJECT, ITERATOR = 17, 18  # kinds of values, see `packing`
_FUNCTION = "def {name}{parameters}:\n    return _call({name!r}, {arguments})\n"


class EarlierModules(MemoryPacker):
    """The worker's end of calls to earlier stages; packs their arguments and results."""

    def __init__(self, memory: WorkerMemory, send: Callable[[bytes], bytes]) -> None:
        """Take the memory of arguments; `send` returns the grader's answer to a message."""
        super().__init__(memory.put, memory.take)
        self._send = send
        self._known: dict[int, tuple[int, Any, Any]] = {}  # values the grader has too, by id

    def modules(self, offered: Mapping[int, Mapping[str, str]]) -> dict[int, ModuleType]:
        """Return the modules of stages by number; `offered` has their functions' parameters."""
        return {number: self._module(number, functions) for number, functions in offered.items()}

    def know(self, made: Any, number: int) -> None:
        """Remember the number of a value that the grader has too, such as a tokenizer, or shared
        data as long as nothing is put into it."""
        self._known[id(made)] = number, made, _items(made)

    def _number(self, value: Any) -> int | None:
        """Return the number of a value that the grader has too."""
        number, _, items = self._known.get(id(value), (None, None, None))
        if number is None or not _are_same(items, _items(value)):
            return None
        return number

    def _module(self, number: int, functions: Mapping[str, str]) -> ModuleType:
        name = stage_of(number).name
        module = ModuleType(f"exercises.{name}")
        module.__file__ = f"{name}.py"
        for function, parameters in functions.items():
            space: dict[str, Any] = {"_call": self._call, "__name__": module.__name__}
            arguments = parameters.strip("()")
            text = _FUNCTION.format(name=function, parameters=parameters, arguments=arguments)
            exec(compile(text, module.__file__, "exec", dont_inherit=True), space)
            setattr(module, function, space[function])

        def constant(wanted: str) -> Any:
            if wanted.startswith("__"):
                raise AttributeError(wanted)
            return self.ask("constant", stage=number, name=wanted)["value"]

        module.__dict__["__getattr__"] = constant  # used when a name is imported, see PEP 562
        return module

    def _call(self, name: str, *args: Any) -> Any:
        return LinkedCall(self.ask, name, args, torch.get_default_device().type).run()

    def ask(self, what: str, **details: Any) -> dict[str, Any]:
        """Send a request to the grader and return its answer; raise what it raised.

        Arguments that the grader has too are sent by number.
        """
        if what == "call":
            numbers = [self._number(arg) for arg in details["args"]]
            details["args"] = [
                arg if number is None else msgpack.ExtType(OBJECT, self.pack([number]))
                for arg, number in zip(details["args"], numbers, strict=True)
            ]
        try:
            question = self.pack({"ask": what, **details})
        except Unsupported as error:
            raise TypeError(f"an earlier stage can't be given a value of type {error}") from None
        reply: dict[str, Any] = self.unpack(self._send(question))
        if "error" in reply:
            raise _rebuilt(*reply["error"])
        return reply

    def _encode(self, value: Any) -> Any:
        if isinstance(value, numpy.generic):  # a number, whatever its class
            return value.item()
        return super()._encode(value)

    def _decode(self, code: int, data: bytes) -> Any:
        if code == ITERATOR:
            (number,) = self.unpack(data)
            return self._items(number)
        if code == OBJECT:
            number, maker, *args = self.unpack(data)
            made = BUILDERS[maker](*args)
            self.know(made, number)
            return made
        return super()._decode(code, data)

    def _items(self, number: int) -> Iterator[Any]:
        """Yield the items of an iterator of the grader's, fetching each when it is needed."""
        while items := self.ask("next", iterator=number)["items"]:
            yield from items


def _items(value: Any) -> list[Any] | None:
    """Return the items of a list or a dict, and those of the lists and dicts in it."""
    if isinstance(value, dict):
        return [*value, *map(_items, value.values()), *value.values()]
    return [*map(_items, value), *value] if isinstance(value, list) else None


def _are_same(some: Any, others: Any) -> bool:
    """Return whether two results of `_items` hold the very same objects."""
    if not isinstance(some, list) or not isinstance(others, list):
        return some is others
    return len(some) == len(others) and all(map(_are_same, some, others))


def _rebuilt(class_name: str, message: str) -> Exception:
    """Return an exception of a builtin class, or of the nearest base that takes one message."""
    for kind in getattr(builtins, class_name).__mro__:
        with suppress(TypeError):  # a UnicodeDecodeError takes more than a message
            error: Exception = kind(message)
            return error
    raise AssertionError("Exception takes one message")
