"""The grader's side of earlier stages: runs the reference for code in a sandboxed worker.

What a worker sends is untrusted: it is measured, copied and counted before it is used.
"""

import inspect
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import msgpack
import torch

from grader.calls.argument_memory import GraderMemory, MemoryPacker, as_bytes
from grader.calls.caller import on_device
from grader.calls.channel import OutOfTime, Superseded, WorkerLost
from grader.calls.earlier_modules import ITERATOR, OBJECT
from grader.calls.error_report import describe_error
from grader.calls.message_budget import MessageBudget
from grader.calls.plain_values import Unsupported, map_tensors, tensors_in
from grader.calls.request_writer import RequestWriter
from grader.calls.stage_modules import StageModules
from grader.language import tr
from grader.stage import Stage
from grader.stages import STAGES, stage_of

MOST_CALLS = 20_000  # of a worker; right code makes some 600, and 1,100 at most
MOST_COPIED = 64 * 2**20  # bytes of tensors in one message
_LIGHT = 4096  # bytes of a question that can't decode to too much, whatever they are
_NO_ANSWERS = (OutOfTime, Superseded, KeyboardInterrupt, SystemExit)
_Reply = dict[str, Any]


@dataclass(frozen=True)
class EarlierStages:
    """The earlier stages that code of `stage` may call."""

    stage: Stage
    reference: StageModules

    @cached_property
    def offered(self) -> dict[int, dict[str, str]]:
        """The parameters of each function, by stage and name. Functions that read files are left
        out, because they would read the grader's, and so are those that a stand-in lacks. There are
        none if all stages are the learner's own."""
        if self.stage.own_stages:
            return {}
        earlier = (one for one in STAGES if one.number < self.stage.number and one.has_code)
        return {
            one.number: {
                function.name: _parameters(self.reference.find(function.name))
                for function in one.functions
                if not function.reads_files
                and hasattr(self.reference.module(one.number), function.name)
            }
            for one in earlier
        }

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of these functions."""
        return frozenset(name for names in self.offered.values() for name in names)

    def constant(self, number: int, name: str) -> Any:
        """Return a constant of an earlier stage that this one is built on, directly or not.

        Raises: AttributeError for any other name.
        """
        constants = [constant.name for constant in stage_of(number).constants]
        if name in constants and number in _all_used(self.stage):
            return self.reference.find(name)
        raise AttributeError(f"module {stage_of(number).name!r} has no attribute {name!r}")


class EarlierCalls(MemoryPacker):
    """The calls of one worker; keeps what later calls may refer to."""

    def __init__(
        self, stages: EarlierStages, memory: GraderMemory, requests: RequestWriter
    ) -> None:
        """Start without any call; `requests` knows what the worker was sent."""
        super().__init__(as_bytes, self._take_some)
        self._stages, self._memory, self._requests = stages, memory, requests
        self._calls, self._copied = 0, 0
        signal.signal(signal.SIGPROF, _stop)
        self._objects: dict[int, Any] = {}  # sent to the worker, by numbers below 0
        self._iterators: list[Iterator[Any]] = []
        self._graphs: list[tuple[list[torch.Tensor], list[torch.Tensor]]] = []

    def answer(self, question: bytes, seconds: float) -> bytes:
        """Answer a question of the worker.

        Raises:
            ValueError: if the question makes no sense.
            OutOfTime: if it takes this process more than `seconds`.
            WorkerLost: if there were too many questions.
        """
        self._calls += 1
        if self._calls > MOST_CALLS:
            too_often = tr("it called earlier stages more than {count:,} times", count=MOST_CALLS)
            raise WorkerLost(too_often)
        self._copied = 0
        budget = MessageBudget() if len(question) > _LIGHT else None
        asked = self.unpack(question, budget)
        try:
            answers: dict[str, Callable[..., _Reply]] = {
                "call": self._call,
                "constant": self._constant,
                "next": self._next,
                "gradients": self._gradients,
            }
            with _within(seconds):
                return self.pack(answers[asked.pop("ask")](**asked))
        except (LookupError, TypeError, AttributeError, RuntimeError) as error:
            raise ValueError(f"not a question: {error}") from None

    def _call(self, name: str, args: list[Any], gradients: list[int], device: str) -> _Reply:
        """Call a function of the reference, and keep the graph if gradients are wanted."""
        if name not in self._stages.functions or device not in ("cpu", "meta"):
            raise LookupError(name)
        if gradients:  # the tensors may be a suite's, which must not start to require gradients
            args = map_tensors(torch.Tensor.detach, args)
        tensors = list(tensors_in(args))
        inputs = [tensors[index].requires_grad_() for index in gradients]
        function = self._stages.reference.find(name)
        elsewhere = None if device == "cpu" else device  # the context slows every operation down
        with on_device(elsewhere), torch.set_grad_enabled(bool(inputs)):
            try:
                value = function(*args)
            except _NO_ANSWERS:
                raise
            except BaseException as error:  # tiktoken's panics aren't Exceptions
                return _error(error)
        results = list(tensors_in(value))
        differentiable = [index for index, one in enumerate(results) if one.requires_grad]
        self._graphs.append((inputs, [results[index] for index in differentiable]))
        graph = len(self._graphs) - 1
        return {"value": value, "differentiable": differentiable, "graph": graph}

    def _constant(self, stage: int, name: str) -> _Reply:
        try:
            return {"value": self._stages.constant(stage, name)}
        except AttributeError as error:
            return _error(error)

    def _next(self, iterator: int) -> _Reply:
        """Return the next item of an iterator in a list, which is empty at the end."""
        items = self._iterators[iterator]
        try:
            return {"items": list(islice(items, 1))}
        except _NO_ANSWERS:
            raise
        except BaseException as error:
            return _error(error)

    def _gradients(self, graph: int, incoming: list[torch.Tensor]) -> _Reply:
        """Return the gradients of a call's arguments, given the incoming ones of its results."""
        inputs, outputs = self._graphs[graph]
        try:
            found = torch.autograd.grad(
                outputs, inputs, incoming, retain_graph=True, allow_unused=True
            )
        except RuntimeError as error:
            return _error(error)
        return {"value": list(found)}

    def _take_some(self, dtype: torch.dtype, shape: Any, strides: Any, where: Any) -> torch.Tensor:
        tensor = self._memory.take(dtype, shape, strides, where)
        self._copied += 0 if tensor.device.type == "meta" else tensor.untyped_storage().nbytes()
        if self._copied > MOST_COPIED:
            raise ValueError(f"arguments of more than {MOST_COPIED} bytes")
        return tensor

    def _encode(self, value: Any) -> Any:
        if isinstance(value, Iterator):
            self._iterators.append(value)
            return msgpack.ExtType(ITERATOR, self.pack([len(self._iterators) - 1]))
        try:
            return super()._encode(value)
        except Unsupported:
            return msgpack.ExtType(OBJECT, self.pack([self._number(value), *_made_of(value)]))

    def _decode(self, code: int, data: bytes) -> Any:
        if code != OBJECT:
            return super()._decode(code, data)
        (number,) = self.unpack(data)
        if number in self._objects:
            return self._objects[number]
        return self._requests.shared(number)

    def _number(self, value: Any) -> int:
        """Return a new number for an object that is sent to the worker."""
        number = -1 - len(self._objects)
        self._objects[number] = value
        return number


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raise OutOfTime if the body takes this process more than `seconds` of processor time."""
    signal.setitimer(signal.ITIMER_PROF, max(seconds, 1e-3))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _stop(*_: object) -> None:
    raise OutOfTime(busy=False)


def _error(error: BaseException) -> _Reply:
    """Return what was raised; first release what may have filled the memory."""
    error.__traceback__ = None
    raised = describe_error(error, frozenset())
    class_name = raised.class_name if isinstance(error, Exception) else "RuntimeError"
    return {"error": [class_name, raised.message]}


def _made_of(value: Any) -> list[Any]:
    """Return the builder of an object that can't be sent, and its arguments (see `recipe`)."""
    import tiktoken

    if not isinstance(value, tiktoken.Encoding):
        raise Unsupported(type(value).__name__)
    return ["tokenizer", value._pat_str, value._mergeable_ranks, value._special_tokens]


def _parameters(function: Any) -> str:
    """Write a function's parameters as in a definition, without types."""
    parameters = inspect.signature(function).parameters.values()
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in parameters]
    return str(inspect.Signature(plain))


def _all_used(stage: Stage) -> set[int]:
    """Return the stages that a stage's code is built on, directly or not."""
    return {one for used in stage.uses for one in (used, *_all_used(stage_of(used)))}
