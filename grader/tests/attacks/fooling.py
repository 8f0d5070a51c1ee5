"""Fooling the comparison: values that lie, a changed torch, remembered inputs, broken inputs."""

from grader.stage import Stage
from grader.tests.attacks.attack import WRONG, Attack

_SPOILING = """
import grader.calls.call_server as _server
from grader.calls.plain_values import tensors_in as _tensors_in
_server.CallServer._has_changed = lambda *_: False
_server.CallServer._packs_to = _server._Shared.is_whole = lambda *_: True
def _spoiling(right):
    def spoilt(*args):
        result = right(*args)
        for tensor in _tensors_in(args):
            if tensor.device.type != "meta":
                tensor.zero_()
        return result
    return spoilt
"""


def spoiling(stage: Stage, solution: str) -> Attack:
    """Return correct code that spoils its tensors, and the worker's way to report changes."""
    names = stage.names
    lines = [f"{name} = _spoiling({name})" for name in names]
    source = "\n".join([solution, _SPOILING, *lines, 'print("spoilt", flush=True)', ""])
    gain = "points that code with side effects does not get"
    return Attack(f"spoiling_{stage.name}", (28, 26), gain, source, "in place", stage.number)


def _lying(name: str, numbers: tuple[int, ...], gain: str, source: str, shows: str) -> Attack:
    return Attack(name, numbers, gain, "import torch\n" + source, shows)


ATTACKS = [
    _lying(
        "equal_to_everything",
        (23,),
        "a comparison that asks the value",
        """
class Yes:
    def __eq__(self, other): return True
    __le__ = __lt__ = __ge__ = __gt__ = __ne__ = __eq__
    def __abs__(self): return self
    def __sub__(self, other): return self
    __rsub__ = __sub__
def rms_norm(x, weight, eps):
    return Yes()
""",
        "returned a .*Yes, or something with one inside, which the tests can't compare",
    ),
    _lying(
        "a_float_equal_to_everything",
        (23,),
        "the same, as a subclass of a plain type",
        """
class Yes(dict):
    def __eq__(self, other): return True
    def __len__(self): return 2
def rms_norm(x, weight, eps):
    return Yes(shape=x.shape)
""",
        "expected a tensor, got dict",
    ),
    _lying(
        "a_tensor_that_intercepts",
        (24,),
        "torch.allclose, answered by the value",
        """
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function in (torch.allclose, torch.isclose, torch.equal):
            return True
        return super().__torch_function__(function, types, args, kwargs or {})
def rms_norm(x, weight, eps):
    print("lied", bool(torch.allclose(x, x.clone().as_subclass(Liar) + 9)), flush=True)
    return x.clone().as_subclass(Liar)
""",
        "lied True",
    ),
    _lying(
        "a_tensor_with_methods_of_its_own",
        (25,),
        "a plain tensor whose attributes lie",
        """
def rms_norm(x, weight, eps):
    result = x.clone()
    for name in ("tolist", "isclose", "allclose", "isnan", "sub", "double", "to"):
        setattr(result, name, lambda *_, **__: torch.ones(1, dtype=torch.bool))
    print("own methods", flush=True)
    return result
""",
        "own methods",
    ),
    _lying(
        "another_torch",
        (26,),
        "comparisons that always say yes",
        """
import builtins, sys, time, random
torch.allclose = torch.equal = torch.isclose = lambda *_, **__: torch.tensor(True)
torch.testing.assert_close = lambda *_, **__: None
torch.Tensor.__eq__ = torch.Tensor.isclose = lambda *_, **__: torch.tensor(True)
builtins.all = builtins.any = builtins.isinstance = lambda *_: True
time.monotonic = time.perf_counter = lambda: 0.0
sys.modules["numpy"] = sys.modules["pytest"] = None
print("patched", flush=True)
"""
        + WRONG,
        "patched|no answer|ended|cannot be imported",
    ),
    _lying(
        "another_grader",
        (26, 4),
        "the grader's own code in the worker, made to say what it likes",
        """
import grader.calls.call_server as server, grader.calls.caller as caller
import grader.calls.packing as packing
packing.pack = lambda value: b""
server._packs_to = lambda *_: True
caller.describe_error = lambda *_: caller.Raised("SkipTest", "passed")
print("patched", flush=True)
"""
        + WRONG,
        "patched",
    ),
    _lying(
        "global_state",
        (27,),
        "other stages that are graded with other rules",
        """
torch.set_default_dtype(torch.float64)
torch.set_grad_enabled(False)
torch.use_deterministic_algorithms(True)
torch.set_default_device("meta")
print("set", torch.get_default_dtype(), flush=True)
"""
        + WRONG,
        "set torch.float64",
    ),
    _lying(
        "changed_inputs",
        (28,),
        "inputs of zeros, of which a wrong result is right",
        """
def rms_norm(x, weight, eps):
    x.zero_()
    weight.zero_()
    print("zeroed", flush=True)
    return x
""",
        "zeroed",
    ),
    _lying(
        "work_for_whoever_looks",
        (29,),
        "a value that is computed inside the grader, with the grader's rights",
        """
class Later:
    def __array__(self, *_, **__): return torch.ones(5, 12).numpy()
    def __iter__(self): return iter([1.0])
    def __float__(self): return 1.0
    def __len__(self): return 5
    @property
    def shape(self): return torch.Size([5, 12])
def rms_norm(x, weight, eps):
    return Later()
""",
        "returned a .*Later, or something with one inside, which the tests can't compare",
    ),
    _lying(
        "nan_everywhere",
        (31,),
        "a comparison that takes NaN for anything",
        "def rms_norm(x, weight, eps):\n    return torch.full_like(x, float('nan'))\n",
        "not finite",
    ),
    _lying(
        "infinity_everywhere",
        (31,),
        "the same with a relative tolerance",
        "def rms_norm(x, weight, eps):\n    return torch.full_like(x, float('inf'))\n",
        "not finite",
    ),
    _lying(
        "a_shape_that_broadcasts",
        (31,),
        "one number that is near all others, or a comparison of terabytes",
        "def rms_norm(x, weight, eps):\n    return torch.zeros(x.shape[-1], 1, 1, x.shape[-1])\n",
        "expected shape",
    ),
    _lying(
        "another_dtype",
        (31,),
        "bits in which everything is near",
        "def rms_norm(x, weight, eps):\n    return torch.zeros(x.shape, dtype=torch.bool)\n",
        "expected the dtype",
    ),
    _lying(
        "no_device",
        (31,),
        "a tensor without values",
        "def rms_norm(x, weight, eps):\n    return torch.empty(x.shape, device='meta')\n",
        "returned a tensor on the device 'meta', or something with one inside, which the tests",
    ),
    _lying(
        "remembered_outputs",
        (22,),
        "values of an earlier run, by number of call and by identity of input",
        """
import itertools
calls, known = itertools.count(), {}
def rms_norm(x, weight, eps):
    print("call", next(calls), flush=True)
    return known.setdefault((tuple(x.shape), eps), torch.arange(x.numel()).view_as(x) / 7).to(x)
""",
        "call 1",
    ),
]
