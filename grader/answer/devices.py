"""Find a device to compute on, and use the CPU where the one that was found doesn't work."""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch

from grader.calls.error_report import text_of
from grader.errors import UsageError
from grader.free_memory import is_short_of_memory
from grader.language import tr

Say = Callable[[str], None]  # prints a line
Result = TypeVar("Result")
_END_OF_SENTENCE = re.compile(r"\. |。")


class TooSmall(UsageError):
    """A device has too little memory; whoever asked for it may use the CPU instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(tr("{reason}: use --device cpu", reason=reason))
        self.reason = reason


def first_usable(say: Say) -> str:
    """Return the GPU if torch has one and it works, or else the CPU.

    Args:
        say: called with the reason if a GPU is there but can't be used.
    """
    for device in _gpus():
        if reason := why_unusable(device):
            say(
                tr(
                    "{device} can't be used here ({reason}), so the model runs on the CPU.",
                    device=device,
                    reason=reason,
                )
            )
        else:
            return device
    return "cpu"


def why_unusable(device: str) -> str:
    """Return why torch can't compute on a device, or '' if it can."""
    try:
        ones = torch.ones(2, 2, device=device)
        if float((ones @ ones).sum()) != 8:
            return tr("it computes wrong results")
    except Exception as error:  # whatever a driver raises
        return reason_of(error)
    return ""


def with_fallback(run: Callable[[str], Result], device: str, automatic: bool, say: Say) -> Result:
    """Run something on a device, and again on the CPU if that fails and nobody asked for it.

    Args:
        run: called with the device's name.
        automatic: whether `--device auto` chose the device.
        say: called with the reason before running on the CPU.
    """
    if automatic and device != "cpu":
        try:
            return run(device)
        except (
            Exception
        ) as error:  # if the CPU can't do it either, its own error is the one to show
            say(
                tr(
                    "{device} can't run this ({reason}), so the model runs on the CPU.",
                    device=device,
                    reason=reason_of(error),
                )
            )
            device = "cpu"
    return run(device)


def reason_of(error: BaseException) -> str:
    """Return in a few words why a device failed."""
    if isinstance(error, TooSmall):
        return error.reason
    if is_short_of_memory(error):
        return tr("it does not have enough memory")
    lines = text_of(error).strip().splitlines()
    if not lines:
        return type(error).__name__
    # torch goes on with advice to its developers
    return _END_OF_SENTENCE.split(lines[0])[0].rstrip(".")


def _gpus() -> Iterator[str]:
    """Yield the GPUs that torch believes to be there."""
    for name, backend in (("cuda", torch.cuda), ("mps", torch.backends.mps)):
        if _says_it_is_there(backend):
            yield name


def _says_it_is_there(backend: Any) -> bool:
    try:
        return bool(backend.is_available())
    except Exception:  # a broken driver
        return False
