"""Ending the run, or faking how it ended."""

from grader.tests.attacks.attack import SHORT, WRONG, Attack

_CALLED = "def rms_norm(x, weight, eps):\n"

ATTACKS = [
    Attack(
        "leaving_before_the_asserts",
        (1,),
        "a process that ends well, which careless graders take for a pass",
        "import os\n" + _CALLED + "    os._exit(0)\n",
        r"ended the Python process \(exit code 0\)",
    ),
    Attack(
        "leaving_by_exception",
        (1,),
        "the same through SystemExit",
        "import sys\n" + _CALLED + "    sys.exit(0)\n",
        "raised SystemExit",
    ),
    Attack(
        "skipping_itself",
        (1,),
        "points for tests that say they are skipped",
        "import unittest\n" + _CALLED + "    raise unittest.SkipTest('all is well')\n",
        "all is well",
    ),
    Attack(
        "passing_by_exception",
        (1,),
        "a test that ends as pytest's own outcomes do, or as Ctrl-C",
        "import torch\nclass Exit(BaseException):\n    pass\n"
        "Exit.__module__ = '_pytest.outcomes'\n" + _CALLED + "    raise Exit('passed')\n",
        "ended the Python process",
    ),
    Attack(
        "finalizers",
        (2,),
        "a result that is rewritten while the process ends",
        """
import atexit, os
def rewrite():
    open("results.json", "w").write("100")
    print("rewritten", flush=True)
class Last:
    def __del__(self):
        rewrite()
last = Last()
atexit.register(rewrite)
def rms_norm(x, weight, eps):
    global last
    last = None
    return x
""",
        "rewritten",
    ),
    Attack(
        "printing_passes",
        (7,),
        "a verdict that is read from what was printed",
        r"""
import json, sys
for stream in (sys.stdout, sys.stderr, sys.__stdout__):
    print("PASSED tests/test_s09_rms_norm.py::test_vectors_of_ordinary_size", file=stream)
    print(json.dumps({"scores": {"rms_norm": 6}, "status": "passed"}), file=stream)
    print("\x1b[2J\x1b[32m6 passed\x1b[0m", file=stream, flush=True)
"""
        + WRONG,
        "6 passed",
    ),
    Attack(
        "no_error_reports",
        (9,),
        "errors that nobody hears of",
        """
import sys, traceback
sys.excepthook = sys.unraisablehook = lambda *_: None
traceback.extract_tb = lambda *_, **__: []
def rms_norm(x, weight, eps):
    raise ValueError("quietly")
""",
        "quietly",
    ),
    Attack(
        "an_error_that_cannot_be_told",
        (9, 41),
        "a report that fails while it describes the error",
        """
class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")
    __repr__ = __str__
def rms_norm(x, weight, eps):
    raise Mute
""",
        "raised Mute",
    ),
    Attack(
        "an_error_with_half_a_surrogate_pair",
        (9, 41),
        "an answer that cannot be written, and a wrong reason in the report",
        "print('half \\ud800 pair', flush=True)\n"
        + _CALLED
        + "    raise ValueError('half \\udcff pair')\n",
        r"raised ValueError: half \\udcff pair(.|\n)*half \\ud800 pair",
    ),
    Attack(
        "prints_past_the_page_cache",
        (38, 41),
        "a report of prints that nobody can read, and a clean-up that does not come to its end",
        """
import fcntl, os
def rms_norm(x, weight, eps):
    try:
        print(fcntl.fcntl(1, fcntl.F_SETFL, os.O_DIRECT), flush=True)
    except OSError as error:
        print("refused:", type(error).__name__, flush=True)
    os._exit(3)
""",
        r"exit code 3(.|\n)*refused: PermissionError",
    ),
    Attack(
        "deep_recursion",
        (41,),
        "a grader that goes down with it",
        "import sys\nsys.setrecursionlimit(10**9)\n"
        "def down(n):\n    return sorted([n], key=down)\n" + _CALLED + "    return down(0)\n",
        "segmentation fault|MemoryError",
    ),
    Attack(
        "segmentation_fault",
        (41,),
        "the same",
        "import ctypes\n" + _CALLED + "    return ctypes.string_at(0)\n",
        "segmentation fault",
    ),
    Attack(
        "abort",
        (41,),
        "the same",
        "import os\n" + _CALLED + "    os.abort()\n",
        "SIGABRT",
    ),
    Attack(
        "leaving_the_leader_behind",
        (41, 49),
        "a process whose first thread has ended and whose second goes on",
        """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
def rms_norm(x, weight, eps):
    print("leaving", flush=True)
    ctypes.CDLL(None).pthread_exit(None)
""",
        "leaving",
        seconds=SHORT,
    ),
]
