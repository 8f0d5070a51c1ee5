"""Find the other arguments with which the reference returns exactly what came: a theta of 10000, or
wk and wv swapped."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from grader.diagnosis.effort import Effort
from grader.language import Words, mark, tr

Arguments = Mapping[str, Any]
_EPS, _THETA = (0.0, 1e-6, 1e-5, 1e-8, 2.0**-23), (10000.0, 500000.0)
_USUAL = {"eps": _EPS, "norm_eps": _EPS, "theta": _THETA, "rope_theta": _THETA}
MOST_CALLS = 160  # small ones


def other_arguments(args: Arguments, gives_it: Callable[[Arguments], bool]) -> Words | None:
    """Return with which other arguments the reference gives what came: `what you'd get with
    eps=0`; None if no others are known to.

    Args:
        args: those of the call, by the names of the parameters.
        gives_it: whether the reference gives what came if it is called with others.
    """
    effort = Effort(MOST_CALLS)
    for words, changed in _others(args):
        if not effort.spend(args):
            return None
        if gives_it({**args, **changed}):
            return tr("what you'd get with {change}", change=words)
    return None


def _others(args: Arguments) -> Iterator[tuple[str, Arguments]]:
    """Yield other arguments, with words for what they are."""
    for name, value in args.items():
        if type(value) in (int, float):
            for number in _other_numbers(name, value):
                yield f"{name}={number}", {name: number}
    for one, two in itertools.combinations(args, 2):
        if _exchangeable(args[one], args[two]):
            swapped = tr("{one} and {other} swapped", one=one, other=two)
            yield swapped, {one: args[two], two: args[one]}
            yield tr("{one} in place of {other}", one=one, other=two), {two: args[one]}
            yield tr("{one} in place of {other}", one=two, other=one), {one: args[two]}
    for name, value in args.items():
        if isinstance(value, torch.Tensor) and value.numel() > 1:
            for words, tensor in _other_tensors(value):
                yield tr(words, name=name), {name: tensor}
    for name, value in args.items():
        if name == "params" and isinstance(value, dict):
            for key, known in value.items():
                for number in _other_numbers(key, known) if type(known) in (int, float) else ():
                    changed = {name: {**value, key: number}}
                    yield f"params[{key!r}]={number}", changed
            if "n_heads" in value and value.get("n_kv_heads") not in (None, value["n_heads"]):
                changed = {name: {**value, "n_kv_heads": value["n_heads"]}}
                yield tr("as many key/value heads as query heads"), changed


def _other_numbers(name: str, value: float) -> Iterator[float]:
    usual = _USUAL.get(name, ())
    near: tuple[float, ...] = ()
    if type(value) is int:
        near = (value + 1, value - 1, 0, 1, 2 * value, value // 2)
    for other in dict.fromkeys((*usual, *near)):
        if other != value:
            yield other


def _exchangeable(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape and one.dtype == other.dtype
    return type(one) is int and type(other) is int and one != other


def _other_tensors(value: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield other tensors, with words for each that need the argument's name."""
    if value.dim() == 2 and value.shape[0] == value.shape[1]:
        yield mark("{name} transposed"), value.T.contiguous()
    if value.is_floating_point() or value.is_complex():
        yield mark("ones in place of {name}"), torch.ones_like(value)
        yield mark("zeros in place of {name}"), torch.zeros_like(value)
        yield mark("{name} doubled"), value * 2
        yield mark("the sign of {name} flipped"), -value
    if value.is_complex():
        yield mark("{name} conjugated"), value.conj().resolve_conj()
        yield mark("{name} squared"), value * value
        swapped = torch.complex(value.imag, value.real)
        yield mark("the real and imaginary parts of {name} swapped"), swapped
    if value.dim() > 1 and value.shape[-1] % 2 == 0 and not value.is_complex():
        pairs = value.unflatten(-1, (-1, 2))
        yield mark("the two values of each pair in {name} swapped"), pairs.flip(-1).flatten(-2)
        sign = torch.tensor([1, -1], dtype=value.dtype)
        yield mark("the sign of every second column of {name} flipped"), (pairs * sign).flatten(-2)
        halves = value.unflatten(-1, (2, -1)).mT.flatten(-2)
        yield mark("the two halves of {name} interleaved into pairs"), halves
        yield mark("the pairs of {name} split into two halves"), pairs.mT.flatten(-2)
    if value.dim() == 2 and value.is_floating_point():
        yield (
            mark("each row of {name} normalized"),
            torch.nn.functional.rms_norm(value, value.shape[-1:]),
        )
        yield mark("the softmax of each row of {name}"), torch.softmax(value, -1)
        yield (
            mark("each row of {name} divided by its length"),
            torch.nn.functional.normalize(value, dim=-1),
        )
        yield mark("zeros in the last column of {name}"), _without(value, 1, -1)
        yield mark("zeros in the first column of {name}"), _without(value, 1, 0)
        yield mark("zeros in the last row of {name}"), _without(value, 0, -1)
        yield mark("zeros in the first row of {name}"), _without(value, 0, 0)
    if value.dim() == 2 and len(value) > 1:
        yield mark("the first row of {name} in every row"), value[:1].expand_as(value).contiguous()
        yield mark("the last row of {name} in every row"), value[-1:].expand_as(value).contiguous()
    if value.dim() and value.shape[0] > 1:
        backwards, later, earlier = _IN_ANOTHER_ORDER.get(value.dim(), _PARTS)
        yield backwards, value.flip(0)
        yield later, value.roll(1, 0)
        yield earlier, value.roll(-1, 0)


def _without(value: torch.Tensor, dim: int, at: int) -> torch.Tensor:
    """Return a copy with zeros in one row or column."""
    changed = value.clone()
    changed.select(dim, at).zero_()
    return changed


_PARTS = (
    mark("the parts of {name} in reverse order"),
    mark("the parts of {name} one place later"),
    mark("the parts of {name} one place earlier"),
)
_IN_ANOTHER_ORDER = {
    1: (
        mark("the entries of {name} in reverse order"),
        mark("the entries of {name} one place later"),
        mark("the entries of {name} one place earlier"),
    ),
    2: (
        mark("the rows of {name} in reverse order"),
        mark("the rows of {name} one place later"),
        mark("the rows of {name} one place earlier"),
    ),
}
