"""One call of an earlier stage from a sandboxed worker, as an operation that torch differentiates.

The grader has the graph of what the earlier stage computed. Here the whole call is one operation:
gradients are asked for when torch wants them, and under `torch.vmap` there is one call per row. So
`backward`, `torch.autograd.grad`, `torch.func.grad` and `torch.vmap` work as they do when the
earlier stage runs in the same process.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from grader.calls.plain_values import map_tensors, tensors_in

Ask = Callable[..., dict[str, Any]]
Rows = tuple[tuple[torch.Tensor, ...], tuple[int, ...]]  # results, and the dimension of the rows


class LinkedCall:
    """A call with its arguments, and what the grader said about its results."""

    def __init__(self, ask: Ask, name: str, args: Sequence[Any], device: str) -> None:
        """Prepare a call; `ask` sends a request to the grader and returns its answer."""
        self._ask, self._name, self._args, self._device = ask, name, args, device
        self._tensors = list(tensors_in(args))
        self._value: Any = None
        self.wanted: list[int] = []  # the tensors among the arguments that want gradients
        self.differentiable: list[int] = []  # the results that have gradients
        self.used: list[int] = []  # the tensors in `wanted` that these results depend on

    def run(self) -> Any:
        """Return what the earlier stage returns; raise what it raises."""
        if not self._tensors:
            self.send([])
            return self._value
        *results, _ = self.on(self._tensors)
        remaining = iter(results)
        return map_tensors(lambda _: next(remaining), self._value)

    def on(self, tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """Make the call with these tensors in the arguments; return the tensors of its result, and
        the number of its graph as a tensor.

        A row of a batch may want gradients although the batch itself doesn't say so.
        """
        if torch.is_grad_enabled():
            found = {index for index, one in enumerate(tensors) if one.requires_grad}
            self.wanted = sorted(found.union(self.wanted))
        results: tuple[torch.Tensor, ...]
        results = _Call.apply(self, *tensors)  # type: ignore[no-untyped-call]
        return results

    def send(self, tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """Do what `on` does, for tensors that torch neither follows nor maps."""
        args = self._args
        # The original objects can be sent by number, see `EarlierModules.know`.
        if self.wanted or any(map(_differ, tensors, self._tensors)):
            remaining = iter(tensors)
            args = map_tensors(lambda _: next(remaining).detach(), tuple(args))
        details = {"name": self._name, "args": list(args), "device": self._device}
        reply = self._ask("call", gradients=self.wanted, **details)
        self._value, self.differentiable = reply["value"], reply["differentiable"]
        return *tensors_in(self._value), torch.tensor(reply["graph"], device="cpu")

    def gradients(self, graph: int, incoming: Iterable[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """Return the gradients of the tensors that are used, given those of the results."""
        details = {"graph": graph, "incoming": [one.detach() for one in incoming]}
        found: list[torch.Tensor | None] = self._ask("gradients", **details)["value"]
        pairs = list(zip(self.wanted, found, strict=True))
        self.used = [index for index, gradient in pairs if gradient is not None]
        return tuple(gradient for gradient in found if gradient is not None)


def _differ(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one is not other


class _Call(torch.autograd.Function):
    """The call; its last result is the number of the graph that the grader keeps."""

    @staticmethod
    def forward(call: LinkedCall, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return call.send(tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[torch.Tensor, ...]) -> None:
        call: LinkedCall = inputs[0]
        ctx.call, ctx.count = call, len(inputs) - 1
        ctx.save_for_backward(output[-1], *inputs[1:])
        constant = [one for index, one in enumerate(output) if index not in call.differentiable]
        ctx.mark_non_differentiable(*constant)

    @staticmethod
    def backward(ctx: Any, *incoming: torch.Tensor) -> tuple[Any, ...]:
        call: LinkedCall = ctx.call
        graph, *tensors = ctx.saved_tensors
        chosen = [incoming[index] for index in call.differentiable]
        found = _Gradients.apply(call, graph, *chosen, *tensors)  # type: ignore[no-untyped-call]
        gradients: list[torch.Tensor | None] = [None] * ctx.count
        for index, gradient in zip(call.used, found, strict=True):
            gradients[index] = gradient
        return (None, *gradients)

    @staticmethod
    def vmap(info: Any, in_dims: Sequence[int | None], call: LinkedCall, *tensors: Any) -> Rows:
        return _stacked(call.on(row) for row in _rows(info.batch_size, in_dims[1:], tensors))


class _Gradients(torch.autograd.Function):
    """The gradients of a call's arguments, given its graph and the gradients of its results.

    The call's tensors are passed too, so that with `create_graph` the gradients depend on them.
    """

    @staticmethod
    def forward(
        call: LinkedCall, graph: torch.Tensor, *tensors: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        return call.gradients(int(graph), tensors[: len(call.differentiable)])

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Keep nothing, because gradients are not differentiated again."""

    @staticmethod
    def backward(ctx: Any, *incoming: torch.Tensor) -> Any:
        raise RuntimeError("the gradients of an earlier stage can't be differentiated again")

    @staticmethod
    def vmap(info: Any, in_dims: Sequence[int | None], call: LinkedCall, *tensors: Any) -> Rows:
        rows = _rows(info.batch_size, in_dims[1:], tensors)
        return _stacked(_Gradients.apply(call, *row) for row in rows)  # type: ignore[no-untyped-call]


def _rows(
    count: int, in_dims: Sequence[int | None], tensors: Sequence[torch.Tensor]
) -> list[list[torch.Tensor]]:
    """Return the tensors of each row; those without a batch dimension are in every row."""
    pairs = list(zip(in_dims, tensors, strict=True))
    return [
        [one if dim is None else one.select(dim, row) for dim, one in pairs] for row in range(count)
    ]


def _stacked(rows: Iterable[tuple[torch.Tensor, ...]]) -> Rows:
    stacked = tuple(map(torch.stack, zip(*rows, strict=True)))
    return stacked, (0,) * len(stacked)
