"""Starving the machine, or never ending."""

from grader.kata import Kata
from grader.stages import stage_of
from grader.tests.attacks.attack import ASLEEP, OUT_OF_TIME, SHORT, THIS_CALL, Attack

_BEGIN = "import os, time, torch\n"


def _body(body: str, before: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return f"{_BEGIN}{before}def rms_norm(x, weight, eps):\n{lines}    return x\n"


def _in_one_call(body: str, before: str = "") -> str:
    return _body(f"if not {THIS_CALL}:\n    return x\n{body.strip()}", before)


# Python's lock is released meanwhile, so all of them run at once.
SPINNING = """
import hashlib, threading
def _spin():
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
threading.stack_size(65536)
for _ in range({threads}):
    threading.Thread(target=_spin, daemon=True).start()
"""
_ENDLESS = "is there an endless loop in rms_norm"

ATTACKS = [
    Attack(
        "an_endless_loop_deaf_to_signals",
        (35,),
        "a grader that waits forever",
        _body(
            "while True: pass",
            "import signal\nfor each in (2, 14, 15, 24):\n    signal.signal(each, lambda *_: 0)\n",
        ),
        _ENDLESS,
        seconds=SHORT,
    ),
    Attack(
        "an_endless_loop_in_c",
        (36,),
        "the same, where no other thread of its process runs",
        _body("sum(range(10**13))"),
        _ENDLESS,
        seconds=SHORT,
    ),
    Attack(
        "sleeping",
        (37,),
        "the same, without using the processor",
        _body("time.sleep(10**6)"),
        ASLEEP,
        seconds=SHORT,
    ),
    Attack(
        "stopping_itself",
        (37,),
        "a process that neither works nor ends, and hears no signal",
        _body("os.kill(os.getpid(), 19)"),
        ASLEEP,
        seconds=SHORT,
    ),
    Attack(
        "timers",
        (49,),
        "the timers that the kernel has for all processes of the teacher",
        "import ctypes\n"
        + _body(
            """
LIBC = ctypes.CDLL(None, use_errno=True)
for number in range(10_000):
    if LIBC.timer_create(1, None, ctypes.byref(ctypes.c_void_p())) != 0:
        raise OSError(ctypes.get_errno(), f"no more timers after {number}")
"""
        ),
        r"no more timers after \d\d?\b",
    ),
    Attack(
        "an_endless_import",
        (35,),
        "the same, before any test",
        "while True: pass\n",
        OUT_OF_TIME,
        seconds=SHORT,
    ),
    Attack(
        "memory_of_tensors",
        (34,),
        "the memory of the machine",
        _body("return torch.ones(2**33)"),
        "raised RuntimeError|raised MemoryError",
    ),
    Attack(
        "memory_in_small_pieces",
        (34,),
        "the same, piece by piece",
        _in_one_call("while len(pieces) < 2000: pieces.append(bytearray(10**6))", "pieces = []\n"),
        "raised MemoryError|ended the Python process",
    ),
    Attack(
        "raised_limits",
        (34, 52),
        "limits that root raises again",
        "import resource\n"
        + _body(
            """
for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_FSIZE):
    resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
        ),
        "raised ValueError: not allowed to raise|raised PermissionError",
    ),
    Attack(
        "printing_without_end",
        (38,),
        "the disk, or the memory of whoever shows it",
        _body("while True: os.write(1, b'x' * 10**6)"),
        "it printed more than 8 MB|File too large|SIGXFSZ",
    ),
    Attack(
        "large_files",
        (39,),
        "the disk",
        _in_one_call(
            """
for i in range(1000):
    with open(f"{time.monotonic_ns()}", "wb") as file:
        file.write(b"x" * 10**7)
"""
        ),
        "its files take more than|wrote more than",
    ),
    Attack(
        "many_files",
        (39,),
        "the disk's room for names",
        _in_one_call("while True: open(f'{time.monotonic_ns()}', 'w').close()"),
        "it made more than 1000 files",
    ),
    Attack(
        "many_files_in_a_closed_folder",
        (39,),
        "the same, where only root can count them",
        _in_one_call(
            """
os.mkdir("d", 0o300)
while True: open(f"d/{time.monotonic_ns()}", "w").close()
"""
        ),
        "it made folders that can't be looked into|it made more than 1000 files",
    ),
    Attack(
        "many_files_behind_a_long_path",
        (39,),
        "the same, where no path leads to them",
        _in_one_call(
            """
for _ in range(20):
    os.mkdir("d" * 250)
    os.chdir("d" * 250)
while True: open(f"{time.monotonic_ns()}", "w").close()
"""
        ),
        "it made folders that can't be looked into",
    ),
    Attack(
        "folders_in_folders",
        (39,),
        "a folder that cannot be removed, as it is too deep",
        _in_one_call(
            """
for i in range(1500):
    os.mkdir("d")
    os.chdir("d")
"""
        ),
        "it made more than 1000 files",
    ),
    Attack(
        "files_without_a_name",
        (39, 49),
        "the disk, through files that nobody sees",
        "import tempfile\n"
        + _in_one_call(
            """
while True:
    with tempfile.TemporaryFile() as file:
        file.write(bytes(10**7))
"""
        ),
        "it wrote more than 256 MB",
    ),
    Attack(
        "open_files",
        (39,),
        "the descriptors of the machine",
        _body("files = []\nwhile True: files.append(open('/dev/null'))"),
        "Too many open files",
    ),
    Attack(
        "threads",
        (33, 49),
        "the machine's processes: root's are counted nowhere",
        _body(
            """
import threading
threading.stack_size(32768)
while True:
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
"""
        ),
        "it started more than 16 threads|can't start new thread",
    ),
    Attack(
        "threads_that_never_wait",
        (33, 49),
        "the processors, from those who are graded at the same time",
        SPINNING.format(threads=250) + _body("time.sleep(1000)"),
        "it started more than 16 threads|can't start new thread",
    ),
    Attack(
        "as_many_threads_as_allowed",
        (33, 49),
        "the same, unseen",
        SPINNING.format(threads=12) + _body("time.sleep(1000)"),
        OUT_OF_TIME,
        seconds=SHORT,
    ),
    Attack(
        "results_that_change_later",
        (6, 29),
        "a thread that mends the result after it was given",
        _body(
            """
import threading
result = x.clone()
def mend():
    for _ in range(1000):
        result.add_(1)
threading.Thread(target=mend, daemon=True).start()
print("mending", flush=True)
return result
"""
        ),
        "mending",
    ),
    Attack(
        "messages_to_the_next_test",
        (43,),
        "what a test told, kept for another submission",
        "import os\nprint('kept', os.listdir('.'))\nopen('kept', 'w').write('x')\n" + _body("pass"),
        r"^kept \[\]$",
    ),
]


def sleeping(number: int) -> str:
    """Return functions of a stage that never return."""
    names = stage_of(number).names
    return "import time\n" + "".join(f"def {name}(*_): time.sleep(1000)\n" for name in names)


def slow(kata: Kata, number: int, seconds: float) -> str:
    """Return a stage's solution whose last function uses up processor time on its first call."""
    text = kata.solution(stage_of(number)).read_text(encoding="utf-8")
    name = stage_of(number).functions[-1].name
    return f"""{text}
import time
_right = {name}
def {name}(*args):
    while time.thread_time() < {seconds}:
        pass
    return _right(*args)
"""
