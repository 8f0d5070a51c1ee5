"""The data of an attack."""

from dataclasses import dataclass, field

# The time limit of a call, for code that runs until it is ended; code that sleeps has three times
# as long by the clock.
SHORT = 0.25
OUT_OF_TIME = r"no answer within [\d.]+ s"
ASLEEP = rf"{OUT_OF_TIME}, most of which it waited: is there an endless loop in"
# True for one test's calls in the suites of stages 9 and 17, and that test gives points. Where each
# test's worker is ended and takes a second until then, one is enough.
THIS_CALL = "str(x.dtype) == 'torch.bfloat16'"

WRONG = """
def rms_norm(x, weight, eps):
    return x
"""


@dataclass(frozen=True)
class Attack:
    """A stage file that earns no points, but tries to gain something.

    Attributes:
        name: names the test.
        numbers: rows of the package's table.
        gain: what it would have gained.
        source: the text of the stage file.
        shows: what a verdict's messages or prints contain, as proof that it was tried.
        stage: the stage that it is handed in as.
        seconds: the time limit of a call.
        megabytes: the most memory that the judge may use; it has 350 without any attack.
        refused: what it attempts; each attempt prints its outcome.
        numbered: whether it makes system calls by the numbers of x86-64.
    """

    name: str
    numbers: tuple[int, ...]
    gain: str
    source: str
    shows: str = ""
    stage: int = 9
    seconds: float = 10.0
    megabytes: int = 600
    refused: tuple[str, ...] = field(default=())
    numbered: bool = False


ATTEMPT = """
def attempt(what, action):
    try:
        action()
    except BaseException as error:
        print(f"{what}: {type(error).__name__}", flush=True)
    else:
        print(f"{what}: did it", flush=True)
"""
# The connection to the grader, found in a frame.
FIND_WIRE = """
import sys
def find_wire():
    frame = sys._getframe()
    while "connection" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["connection"]
WIRE = find_wire()
"""


def attempting(
    name: str,
    numbers: tuple[int, ...],
    gain: str,
    attempts: dict[str, str],
    prelude: str = "",
    numbered: bool = False,
) -> Attack:
    """Return an attack that tries some expressions when it is imported."""
    tries = [f"attempt({what!r}, lambda: {attempt})" for what, attempt in attempts.items()]
    source = "\n".join(["import os", prelude, ATTEMPT, *tries, WRONG])
    return Attack(name, numbers, gain, source, refused=tuple(attempts), numbered=numbered)
