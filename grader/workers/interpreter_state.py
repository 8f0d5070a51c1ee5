"""What a stage's code may leave behind in a Python process.

Where workers are not forked, one of them serves several stages, and none may notice the others.
What can be restored is restored. If anything else has changed, the process isn't used again.

This is for the learner's own code, which has no reason to hide what it does. It finds slips such as
`torch.set_default_dtype(torch.float64)` or `math.pi = 3`, not everything that code could do.
"""

import gc
import multiprocessing
import os
import random
import signal
import sys
import threading
import warnings
from types import ModuleType
from typing import Any

import numpy.random
import tiktoken
import torch
from torch._tensor_str import PRINT_OPTS

from grader.calls.stage_modules import PACKAGES

_WARNED = "__warningregistry__"  # a module's warnings so far, each of which is given once

_STREAMS = ("stdin", "stdout", "stderr")  # these are replaced for every stage


class InterpreterState:
    """The state of this process when the object is made."""

    def __init__(self) -> None:
        _forget_warnings()
        self._modules = {name: dict(_attributes(one)) for name, one in sys.modules.items()}
        self._classes = {one: dict(vars(one)) for one in _classes()}
        self._settings = _settings()
        self._random = random.getstate(), numpy.random.get_state(), torch.get_rng_state()

    def restore(self) -> None:
        """Drop the stages' modules, start random numbers over, and forget which warnings came."""
        for name in [name for name in sys.modules if name.partition(".")[0] in PACKAGES]:
            del sys.modules[name]
        _forget_warnings()
        python, of_numpy, of_torch = self._random
        random.setstate(python)
        numpy.random.set_state(of_numpy)
        torch.set_rng_state(of_torch)
        gc.collect()

    def is_unchanged(self) -> bool:
        """Return whether modules, classes and settings are as they were."""
        try:
            return (
                _settings() == self._settings
                and {name: _attributes(one) for name, one in sys.modules.items()} == self._modules
                and {one: dict(vars(one)) for one in self._classes} == self._classes
            )
        except Exception:  # values that can't be compared are not the same objects
            return False


def _forget_warnings() -> None:
    for module in list(sys.modules.values()):
        _attributes(module).pop(_WARNED, None)


def _attributes(module: object) -> dict[str, Any]:
    if module is sys:
        return {name: value for name, value in vars(sys).items() if name not in _STREAMS}
    return vars(module) if isinstance(module, ModuleType) else {}  # some entries are no modules


def _classes() -> set[type]:
    """Return the classes that a stage's code may come across."""
    modules = (torch, torch.nn, tiktoken)
    return {one for module in modules for one in vars(module).values() if isinstance(one, type)}


def _settings() -> tuple[Any, ...]:
    """Return what else code may set in Python or torch."""
    return (
        (os.getcwd(), dict(os.environ), os.cpu_count()),
        (list(sys.path), list(sys.meta_path), sys.getrecursionlimit()),
        (sys.gettrace(), sys.getprofile(), gc.isenabled(), gc.get_threshold()),
        (list(warnings.filters), [signal.getsignal(one) for one in signal.valid_signals()]),
        (threading.enumerate(), multiprocessing.active_children()),
        (torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads()),
        (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), dict(vars(PRINT_OPTS))),
        (torch.is_autocast_enabled("cpu"), torch.is_anomaly_enabled()),
        (torch.get_float32_matmul_precision(), torch.are_deterministic_algorithms_enabled()),
        (torch._C._len_torch_function_stack(), torch._C._len_torch_dispatch_stack()),
    )
