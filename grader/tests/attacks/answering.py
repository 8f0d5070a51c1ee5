"""Answers that the grader doesn't expect: forged, broken, endless, or larger than they look."""

from grader.tests.attacks.attack import ASLEEP, FIND_WIRE, SHORT, THIS_CALL, Attack

_WIRE = f"""
import os, pickle, struct, threading, time
import msgpack
{FIND_WIRE}
print("found", WIRE.fileno(), flush=True)
"""
_SERVANT = """
import msgpack
import grader.calls.call_server as server
from grader.calls.packing import pack
NOTHING = {"value": b"", "changed": []}
def tensor(dtype, shape, device, data):
    return msgpack.packb(msgpack.ExtType(1, msgpack.packb([dtype, shape, device, data])))
def rms_norm(x, weight, eps):
    if {condition}:
        print("answered", flush=True)
        server.pack = lambda value: ANSWER
"""


def _over_the_wire(
    name: str, numbers: tuple[int, ...], gain: str, body: str, shows: str, stage: int = 9
) -> Attack:
    """Return an attack that uses the connection itself, found in a frame."""
    function = "def rms_norm(x, weight, eps):\n" + "".join(
        f"    {line}\n" for line in body.strip().splitlines()
    )
    return Attack(name, numbers, gain, _WIRE + function, shows, stage, SHORT)


def _instead(
    name: str, numbers: tuple[int, ...], gain: str, answer: str, condition: str = "True"
) -> Attack:
    """Return an attack that answers a call with its own bytes."""
    servant = _SERVANT.replace("{condition}", condition)
    return Attack(name, numbers, gain, f"{servant}\nANSWER = {answer}\n", "answered")


_NONSENSE = "its answer made no sense"
_VALUE = "msgpack.packb([{'value': %s, 'changed': []}])"

ATTACKS = [
    _over_the_wire(
        "a_forged_verdict",
        (4, 5),
        "a pass, where the worker is believed",
        "WIRE.send_bytes(msgpack.packb({'outcome': 'passed', 'points': 6}))\nos._exit(0)",
        _NONSENSE,
    ),
    _over_the_wire(
        "a_forged_verdict_on_every_descriptor",
        (4,),
        "the same, whichever pipe it is",
        """
for fd in range(200):
    try: os.write(fd, struct.pack("!i", 6) + b"PASSED")
    except OSError: pass
os._exit(0)
""",
        _NONSENSE,
    ),
    _over_the_wire(
        "a_thread_between",
        (6,),
        "answers by another thread, before the grader's code in the worker gives its own",
        """
def between():
    while True:
        WIRE.send_bytes(msgpack.packb([{"value": msgpack.packb(1.0), "changed": []}]))
        time.sleep(0.001)
threading.Thread(target=between, daemon=True).start()
time.sleep(0.05)
return x
""",
        "expected a tensor|" + _NONSENSE,
    ),
    _over_the_wire(
        "answering_twice",
        (6, 51),
        "the answer to the next call, given before it is asked",
        "WIRE.send_bytes(msgpack.packb([{'value': msgpack.packb(None), 'changed': []}]))\nreturn x",
        "got None|" + _NONSENSE,
    ),
    _over_the_wire(
        "half_an_answer",
        (51,),
        "a grader that waits forever for the other half",
        "os.write(WIRE.fileno(), struct.pack('!i', 1000) + b'half')\ntime.sleep(1000)",
        ASLEEP,
    ),
    _over_the_wire(
        "a_byte_now_and_then",
        (51,),
        "a grader that goes on waiting because something comes",
        """
os.write(WIRE.fileno(), struct.pack("!i", 10**6))
while True:
    os.write(WIRE.fileno(), b"x")
    time.sleep(0.01)
""",
        ASLEEP,
    ),
    _over_the_wire(
        "an_answer_of_two_gigabytes",
        (31, 50),
        "memory that is set aside before anything has come",
        "os.write(WIRE.fileno(), struct.pack('!i', 2**31 - 1))\ntime.sleep(1000)",
        "its answer is larger than",
    ),
    _over_the_wire(
        "an_answer_of_many_gigabytes",
        (31, 50),
        "the same in the longer form",
        "os.write(WIRE.fileno(), struct.pack('!iQ', -1, 2**40))\ntime.sleep(1000)",
        "its answer is larger than",
    ),
    _over_the_wire(
        "a_flood",
        (38, 50),
        "the same, sent in earnest",
        "WIRE.send_bytes(bytes(200 * 2**20))\ntime.sleep(1000)",
        "its answer is larger than",
    ),
    _over_the_wire(
        "hanging_up",
        (1, 51),
        "a grader that stumbles over a closed pipe",
        f"if {THIS_CALL}:\n    os.close(WIRE.fileno())\n    time.sleep(1000)\nreturn x",
        "ended the Python process",
    ),
    Attack(
        "never_reading",
        (51,),
        "a grader that waits forever to be heard",
        _WIRE + "WIRE.recv_bytes = lambda *_: time.sleep(1000)\n"
        "def transformer_block(x, weights, layer, freqs_cis, params):\n    return x\n",
        ASLEEP,
        stage=17,
        seconds=SHORT,
    ),
    _over_the_wire(
        "a_pickle",
        (30,),
        "code that runs where it is unpickled",
        """
class Run:
    def __reduce__(self): return os.system, ("touch kata-was-here",)
WIRE.send_bytes(pickle.dumps(Run()))
time.sleep(1000)
""",
        _NONSENSE,
    ),
    Attack(
        "a_value_that_is_a_pickle",
        (30,),
        "the same, as a value",
        "import os\nclass Run:\n    def __reduce__(self): return os.system, ('true',)\n"
        "def rms_norm(x, weight, eps):\n    return Run()\n",
        "returned a .*Run, or something with one inside, which the tests can't compare",
    ),
    _instead("answer_lists_in_lists", (50,), "gigabytes of lists", r"b'\x91' * 8_000_000"),
    _instead(
        "answer_empty_lists",
        (50,),
        "64 bytes of memory for each of its own",
        r"b'\xdd' + (8_000_000).to_bytes(4, 'big') + b'\x90' * 8_000_000",
    ),
    _instead(
        "answer_announced_lists",
        (50,),
        "room for millions of items, a thousand times",
        r"b'\xdd\x00\x7f\x00\x00' * 1000 + bytes(8_000_000)",
    ),
    _instead("answer_text", (50,), "a text where a dict is expected", "pack('x' * 8_000_000)"),
    _instead(
        "answer_infinity", (50,), "an error", "pack([{**NOTHING, 'changed': [float('inf')]}])"
    ),
    _instead(
        "answer_long_error",
        (20, 50),
        "a report of millions of characters",
        "pack([{'error': {'class': 'X' * 10**6, 'message': 'm' * 10**6, 'where': 'w' * 10**6}}])",
    ),
    _instead(
        "answer_error_of_lists",
        (50,),
        "the repr of nested lists in a report",
        "pack([{'error': {'class': [[1]] * 1000, 'message': {}, 'where': None}}])",
    ),
    _instead(
        "value_wrapped_in_itself",
        (50,),
        "a copy of eight megabytes for every level",
        _VALUE % "__import__('functools').reduce("
        "lambda data, _: msgpack.packb(msgpack.ExtType(5, data)), range(12), bytes(7_000_000))",
        THIS_CALL,
    ),
    _instead(
        "value_of_crafted_keys",
        (50,),
        "a dict that takes minutes to build, as all its keys have one hash",
        _VALUE % "b'\\xdf' + (60_000).to_bytes(4, 'big') + b''.join("
        "msgpack.packb(msgpack.ExtType(3, b'%d' % (i * (2**61 - 1)))) + b'\\xc0' "
        "for i in range(60_000))",
        THIS_CALL,
    ),
    _instead(
        "value_of_many_numbers",
        (50,),
        "a list whose picture takes minutes",
        _VALUE % "pack([2**62 + i for i in range(100_000)])",
        THIS_CALL,
    ),
    _instead("value_of_4000_digits", (50,), "an error", _VALUE % "pack(10**4000)"),
    _instead(
        "value_nested_deeply",
        (50, 41),
        "a repr that goes too deep",
        _VALUE % r"b'\x91' * 900 + b'\xc0'",
    ),
    _instead(
        "tensor_without_values",
        (31, 50),
        "a comparison of terabytes",
        _VALUE % "tensor('float32', [2**40, 2**20], 'meta', b'')",
    ),
    _instead(
        "tensor_of_overflowing_shape",
        (31, 50),
        "a shape whose product is the right one",
        _VALUE % "tensor('float32', [2**32, 2**32, 0], 'cpu', b'')",
    ),
    _instead(
        "tensor_of_bytes_for_shape",
        (31, 50),
        "a multiplication that makes gigabytes of text",
        _VALUE % "tensor('float32', [b'x' * 10**6, 10**4], 'cpu', b'')",
    ),
    _instead(
        "tensor_of_strings_for_shape",
        (31, 50),
        "an error",
        _VALUE % "tensor('float32', ['5', None], 'cpu', b'')",
    ),
    _over_the_wire(
        "a_byte_out_of_band",
        (51,),
        "an error of the judge's own, where nothing can be read though something has come",
        """
import ctypes
send, wire = ctypes.CDLL(None).send, WIRE.fileno()
print("sending", flush=True)  # afterwards it may be too late
send(wire, b"x", 1, 1)  # MSG_OOB
time.sleep(100)
""",
        rf"{_NONSENSE}(.|\n)*sending",
    ),
]
