"""Stealing the answer: from memory, from the environment, from what can be imported."""

from grader.tests.attacks.attack import WRONG, Attack, attempting

SECRET_NAME, SECRET = "KATA_SECRET_TOKEN", "the-token-of-the-teacher"
# The needle is written in parts, so that this code doesn't contain it itself.
_SECRET_IN_HALVES = f"{SECRET[:9]!r}.encode() + {SECRET[9:]!r}.encode()"

SHORT_SEEDS = 3000
# All that an attacker can know is how a seed and the name of a public test become its numbers.
_SEED = f"""
import hashlib
import numpy as np
def _draw(seed, shape):
    name, key = b"test_vectors_of_ordinary_size", seed.to_bytes(16, "big")
    mixed = int.from_bytes(hashlib.blake2b(name, digest_size=16, key=key).digest(), "big")
    drawn = np.random.Generator(np.random.Philox(np.random.SeedSequence(mixed)))
    return drawn.standard_normal(shape, dtype=np.float32)
def rms_norm(x, weight, eps):
    if not hasattr(rms_norm, "asked"):
        rms_norm.asked = True
        centred = x.numpy() - x.numpy().mean()
        fits = lambda drawn: np.allclose(drawn - drawn.mean(), centred, atol=1e-4)
        found = [seed for seed in range({SHORT_SEEDS}) if fits(_draw(seed, tuple(x.shape)))]
        print("seeds", found, flush=True)
    return x
"""
THE_SEED = Attack(
    "the_seed_from_inputs",
    (22, 15),
    "the inputs of hidden tests, which follow from the seed",
    _SEED,
    r"seeds \[\]",
)

ATTACKS = [
    Attack(
        "frames",
        (11, 5),
        "expected values in the variables of whoever calls",
        """
import sys
def rms_norm(x, weight, eps):
    frame, names = sys._getframe(), set()
    while frame:
        names |= set(frame.f_locals)
        for name in ("expected", "reference", "tolerance"):
            if name in frame.f_locals:
                return frame.f_locals[name]
        frame = frame.f_back
    print("only", sorted(names))
    return x
""",
        r"only \[",
    ),
    Attack(
        "the_collectors_lists",
        (12,),
        "the reference, suites and expected tensors, wherever they are in memory",
        """
import gc, sys, types
def everything():
    gc.unfreeze()
    seen, ahead = set(), gc.get_objects()
    while ahead:
        one = ahead.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            if len(seen) < 300_000:
                ahead.extend(gc.get_referents(one))
found = set()
for one in everything():
    name = getattr(one, "__module__", None) if isinstance(one, types.FunctionType) else None
    if isinstance(one, types.ModuleType):
        name = one.__name__
    if isinstance(name, str) and name.startswith(("solutions", "mistakes", "test_s", "_pytest",
            "grader.suite", "grader.diagnosis.known_mistakes", "grader.classroom")):
        found.add(name)
print("found:", sorted(found))
"""
        + WRONG,
        r"found: \[\]",
    ),
    Attack(
        "poisoned_values",
        (13,),
        "a comparison in which everything is NaN, and NaN is NaN's equal",
        """
import gc, torch
def rms_norm(x, weight, eps):
    for one in gc.get_objects():
        if isinstance(one, torch.Tensor) and one.is_floating_point():
            one.detach().fill_(float("nan"))
    return torch.full(x.shape, float("nan"), dtype=x.dtype)
""",
        "not finite",
    ),
    Attack(
        "memory_that_was_freed",
        (14,),
        "the reference's result, where it lay before",
        """
import torch
def rms_norm(x, weight, eps):
    print("looked", flush=True)
    return torch.empty_like(x)
""",
        "looked",
    ),
    Attack(
        "secrets_of_the_environment",
        (18,),
        "keys of the teacher",
        f"""
import os, posix
name = {SECRET_NAME!r}
print("environ", os.environ.get(name), posix.environ.get(name.encode()))
print("environ", os.getenv(name), sorted(os.environ))
"""
        + WRONG,
        r"environ None None\nenviron None \[",
    ),
    Attack(
        "secrets_on_the_stack",
        (18, 17),
        "the same, where the kernel put them when the grader was started",
        f"""
import ctypes, sys
print("arguments", sys.argv, sys.orig_argv)
first = ctypes.c_void_p.in_dll(ctypes.CDLL(None), "program_invocation_name").value
page = ctypes.string_at(first, 4000)  # arguments and environment, one after the other
print("held", ({_SECRET_IN_HALVES}) in page)
"""
        + WRONG,
        "held False",
    ),
    Attack(
        "open_descriptors",
        (53, 4),
        "files that the grader has open",
        f"""
import os
held = False
for fd in range(3, 300):
    try:
        held = held or ({_SECRET_IN_HALVES}) in os.pread(fd, 4000, 0)
    except OSError:
        pass
print("held", held)
"""
        + WRONG,
        "held False",
    ),
    attempting(
        "importing_the_reference",
        (19,),
        "the reference, where it is installed beside the grader",
        {
            "reference": "__import__('solutions.s09_rms_norm')",
            "right ways": "__import__('grader.author.right_ways.s09_rms_norm')",
            "suites": "__import__('grader.suite.grade_stage')",
            "mistakes": "__import__('mistakes.s09_rms_norm')",
        },
    ),
    Attack(
        "telling_by_error",
        (20,),
        "all that it found, in the report that its author reads",
        """
def rms_norm(x, weight, eps):
    raise ValueError("found: " + "secret " * 100_000)
""",
        r"\(it goes on\)",
    ),
]
