"""Asking too much of the grader, which runs earlier stages for code in the sandbox."""

from grader.tests.attacks.attack import ATTEMPT, FIND_WIRE, OUT_OF_TIME, SHORT, THIS_CALL, Attack

_BEGIN = (
    FIND_WIRE
    + ATTEMPT
    + """
import ctypes, threading, time, msgpack, torch
from exercises.s03_byte_pair_encoding import bpe_encode
from exercises.s07_checkpoint import expected_shapes
from exercises.s08_embedding import embed
from exercises.s09_rms_norm import rms_norm
from exercises.s10_freqs_cis import precompute_freqs_cis
from exercises.s14_masked_attention import causal_mask, masked_attention
EARLIER = rms_norm.__globals__["_call"].__self__
done = []
def question(name, *args, gradients=(), device="cpu"):
    asked = dict(ask="call", name=name, args=list(args), gradients=list(gradients), device=device)
    return b"\\xc1" + EARLIER.pack(asked)
def tensor(shape, strides, where, dtype="float32"):
    return msgpack.ExtType(16, msgpack.packb([dtype, shape, strides, where]))
"""
)
_ONCE = "if done: return x\ndone.append(True)"  # unless its worker is ended
_NONSENSE = "its answer made no sense"


def _asking(
    name: str,
    numbers: tuple[int, ...],
    gain: str,
    body: str,
    shows: str,
    seconds: float = 10.0,
    megabytes: int = 600,
) -> Attack:
    """Return an attack that does something whenever the block is computed."""
    function = "def transformer_block(x, weights, layer, freqs_cis, params):\n" + "".join(
        f"    {line}\n" for line in f"{body.strip()}\nreturn x".splitlines()
    )
    return Attack(name, numbers, gain, _BEGIN + function, shows, 17, seconds, megabytes)


def _nonsense(name: str, gain: str, question: str) -> Attack:
    """Return an attack that asks something the grader doesn't accept as a question."""
    body = f'print("asked", flush=True)\nWIRE.send_bytes({question})\ntime.sleep(100)'
    return _asking(name, (55,), gain, body, f"{_NONSENSE}(.|\\n)*asked", seconds=1.0)


ATTACKS = [
    _asking(
        "questions_without_end",
        (55, 35),
        "a judge that does nothing else any more",
        "while True: rms_norm(x[:1], x[0], 1e-5)",
        OUT_OF_TIME,
        seconds=SHORT,
    ),
    _asking(
        "thousands_of_questions",
        (55, 34),
        "the same with questions that cost nothing, and are all remembered",
        """
one = question("causal_mask", 1)
for _ in range(25_000):
    WIRE.send_bytes(one)
    WIRE.recv_bytes()
""",
        OUT_OF_TIME,
        seconds=SHORT,
    ),
    _asking(
        "questions_whose_answers_nobody_reads",
        (55, 51),
        "a judge that waits forever to be heard",
        """
one = question("causal_mask", 300)
while True: WIRE.send_bytes(one)
""",
        OUT_OF_TIME,
        seconds=SHORT,
    ),
    _asking(
        "questions_from_threads",
        (55, 6),
        "an answer that is another thread's",
        f"""{_ONCE}
wrong = []
def ask(number):
    for _ in range(20):
        if causal_mask(number).shape != (number, number): wrong.append(number)
threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 9)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("wrong", wrong, flush=True)
""",
        r"wrong \[\]",
    ),
    _asking(
        "questions_from_threads_at_once",
        (55, 6),
        "a grader that mixes up its own messages",
        """
one = question("causal_mask", 2)
def ask():
    for _ in range(100): WIRE.send_bytes(one)
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
print("mixed", flush=True)
""",
        "mixed",
        seconds=SHORT,
    ),
    _asking(
        "a_question_after_the_answer",
        (55, 6),
        "the next call's arguments for an answer",
        """
WIRE.send_bytes(msgpack.packb([{"value": msgpack.packb(None), "changed": []}]))
WIRE.send_bytes(question("rms_norm", x, x[0], 1e-5))
print("afterwards", flush=True)
time.sleep(100)
""",
        "afterwards",
        seconds=SHORT,
    ),
    _asking(
        "huge_results",
        (55, 34),
        "the memory of the machine, filled by the judge",
        """
attempt("mask", lambda: causal_mask(10**6))
attempt("rotations", lambda: precompute_freqs_cis(2, 10**9, 1.0))
attempt("overflow", lambda: causal_mask(2**40))
attempt("digits", lambda: causal_mask(10**4000))
""",
        r"mask: RuntimeError\nrotations: RuntimeError\noverflow: \w+Error\ndigits: \w+Error",
        megabytes=2000,
    ),
    _asking(
        "large_results",
        (55, 34),
        "the same piece by piece, more than the worker itself can hold",
        "for size in range(3000, 3100): attempt(size, lambda: causal_mask(size))",
        # The message is before what was printed.
        rf"{OUT_OF_TIME}(.|\n)*3000: did it|3000: did it(.|\n)*Error",
        seconds=1.5,
        megabytes=2000,
    ),
    _asking(
        "results_that_are_kept",
        (55, 34),
        "the same by what the judge keeps to work out gradients",
        f"if not {THIS_CALL}: return x"
        """
many = torch.ones(2800, 4, requires_grad=True)  # of which the scores are 31 MB
def keep():
    for count in range(1000):
        masked_attention(many, many, many)
        print("kept", count, flush=True)
attempt("more", keep)
""",
        r"kept 3\n(.|\n)*more: RuntimeError",
        megabytes=2000,
    ),
    _asking(
        "shapes_without_end",
        (55, 34, 35),
        "memory and time of the judge, through a loop of the reference",
        """
attempt("shapes", lambda: expected_shapes({"dim": 8, "n_layers": 10**8, "n_heads": 1,
    "vocab_size": 8, "multiple_of": 8, "ffn_dim_multiplier": 1.0}))
""",
        f"shapes: MemoryError|{OUT_OF_TIME}",
        seconds=SHORT,
        megabytes=2000,
    ),
    _asking(
        "a_chunk_of_a_megabyte",
        (55, 36),
        "a judge that is busy for hours",
        """
ranks = {bytes([byte]): byte for byte in range(256)} | {b"ab": 256}
bpe_encode(b"ab" * 500_000, ranks)
""",
        OUT_OF_TIME,
        seconds=SHORT,
    ),
    _asking(
        "attention_over_many_positions",
        (55, 34, 36),
        "the same, or its memory",
        """
many = torch.ones(2**17, 4)
attempt("attention", lambda: masked_attention(many, many, many))
""",
        "attention: RuntimeError",
        megabytes=2000,
    ),
    _asking(
        "indices_that_change_while_they_are_read",
        (55, 17),
        "what lies in the judge's memory beyond the embedding matrix",
        f"""{_ONCE}
ids = torch.as_strided(x.view(torch.int64), (8,), (1,), x.storage_offset() // 2)
assert EARLIER._put(ids).__class__ is int  # the judge reads it where it lies
matrix, stop = torch.arange(8.0).reshape(4, 2), []
def change():
    while not stop:
        ids.fill_(2**45)
        ids.fill_(1)
changing = threading.Thread(target=change)
changing.start()
read, refused = set(), 0
for _ in range(100):
    try:
        read |= set(embed(ids, matrix).flatten().tolist())
    except IndexError:
        refused += 1
stop.append(True)
changing.join()
print("read", sorted(read), "refused", refused > 0, flush=True)
""",
        r"read \[(2\.0, 3\.0)?\] refused True",
    ),
    _asking(
        "iterators_and_graphs_of_others",
        (55,),
        "results of calls that were never made",
        """
a = torch.ones(2, 3, requires_grad=True)
once = EARLIER.ask("call", name="rms_norm", args=[a, a[0], 1e-5], gradients=[0], device="cpu")
for count in range(3):
    attempt("too few", lambda: EARLIER.ask("gradients", graph=once["graph"], incoming=[]))
    attempt("shape", lambda: EARLIER.ask("gradients", graph=once["graph"],
                                          incoming=[torch.ones(9)]))
    attempt("device", lambda: EARLIER.ask("gradients", graph=once["graph"],
                                           incoming=[torch.ones(2, 3, device="meta")]))
EARLIER.ask("gradients", graph=99, incoming=[])
""",
        rf"{_NONSENSE}(.|\n)*too few: \w+Error\nshape: RuntimeError\ndevice: RuntimeError",
    ),
    _nonsense(
        "an_iterator_that_is_not_there",
        "items of anything",
        "b'\\xc1' + msgpack.packb({'ask': 'next', 'iterator': 7})",
    ),
    _nonsense(
        "files_of_the_teacher",
        "what a function that reads files finds where the grader runs",
        "question('load_checkpoint', '/root')",
    ),
    _nonsense(
        "the_function_itself",
        "the answer, computed by whoever knows it",
        "question('transformer_block', x, weights, layer, freqs_cis, params)",
    ),
    _nonsense(
        "functions_of_other_names",
        "whatever Python has",
        "question('__import__', 'os')",
    ),
    _nonsense(
        "a_tensor_beyond_the_memory",
        "what the judge has beside the memory of arguments",
        "question('rms_norm', tensor([4, 4], [4, 1], 2**40), 1.0, 1.0)",
    ),
    _nonsense(
        "a_tensor_before_the_memory",
        "the same on the other side",
        "question('rms_norm', tensor([4], [1], -64), 1.0, 1.0)",
    ),
    _nonsense(
        "a_tensor_of_huge_strides",
        "the same in steps",
        "question('rms_norm', tensor([2, 2], [2**61, 2**61], 0), 1.0, 1.0)",
    ),
    _nonsense(
        "a_tensor_of_strides_that_go_back",
        "the same backward",
        "question('rms_norm', tensor([4], [-1], 0), 1.0, 1.0)",
    ),
    _nonsense(
        "a_tensor_of_nothing_repeated",
        "gigabytes that are one number",
        "question('rms_norm', tensor([2**20, 2**20], [0, 0], b'1234'), 1.0, 1.0)",
    ),
    _nonsense(
        "lists_in_lists_for_arguments",
        "a message much larger than it looks",
        "b'\\xc1' + b'\\x91' * 8_000_000",
    ),
    _nonsense(
        "gradients_of_whole_numbers",
        "an error of the judge's own",
        "question('embed', torch.arange(3), torch.ones(4, 2), gradients=[0])",
    ),
]
