"""Whatever bytes an untrusted worker replies with, they soon lead to a verdict."""

import random
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import msgpack
import pytest
import torch

from grader.calls.channel import LocalChannel, Reply
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.message_budget import DEEPEST, MOST_ITEMS, MessageBudget
from grader.calls.outcome import Raised, Returned, WrongType
from grader.calls.packing import pack
from grader.calls.places import Place
from grader.calls.replies import LONGEST_TEXT, read_loaded, read_outcomes, read_seen, read_times
from grader.kata import Kata
from grader.stages import stage_of
from grader.suite.grade_stage import grade_code
from grader.verdict import StageVerdict

MOST_BYTES = 8 * 2**20  # of an answer, as in the pool


class Mutating(LocalChannel):
    """A server whose answers to calls are corrupted on the way, each in its own way."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng, self._loaded = rng, False

    def ask(self, request: bytes, seconds: float, reply: Reply | None = None) -> bytes:
        answer = super().ask(request, seconds)
        if self._loaded:
            for _ in range(self._rng.choice((1, 1, 3))):
                answer = self._rng.choice(MUTATIONS)(answer, self._rng)
        self._loaded = True
        return answer


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) or 1)
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def lengthen(data: bytes, rng: random.Random) -> bytes:
    return data + rng.randbytes(rng.randrange(1, 9))


def double(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data) + 1)
    part = data[start : start + rng.randrange(1, 60)]
    return data[:start] + part * rng.choice((2, 2, 300)) + data[start:]


def exchange_value(data: bytes, rng: random.Random) -> bytes:
    """Keep the form of the answer, but replace the value."""
    answers = msgpack.unpackb(data, strict_map_key=False) if data[:1] > b"\x80" else []
    return msgpack.packb([{"value": strange(rng), "changed": []} for _ in answers])


def strange(rng: random.Random) -> bytes:
    """Return a well-formed value of a kind that tests don't expect."""
    nested: object = None
    for _ in range(rng.randrange(1, DEEPEST - 2)):
        nested = [nested]
    nan = float("nan")
    values = (
        nested,
        {nan: nan, 1: {b"": ()}},
        10**4000,
        [10**4000] * 50,
        {"a": [10**300]},
        ["\x1b[2J<b>=1+1"] * 5,
        torch.full((5, 12), nan),
        torch.ones(0, 3, 0),
        torch.ones(1, 1, 1, 1, 1),
        torch.ones(5, 12, dtype=torch.complex128),
        torch.ones(5, 12, dtype=torch.bool),
        torch.empty(2**20, 2**20, device="meta"),
        [torch.ones(2), {"x": torch.ones(3)}],
        (),
        "",
        b"\xff" * 1000,
        True,
        1j,
        nan,
    )
    return pack(rng.choice(values))


MUTATIONS = (flip, flip, cut, lengthen, double, exchange_value, exchange_value)


def grade_mutated(kata: Kata, number: int, seed: int, folder: Path) -> StageVerdict:
    stage, rng = stage_of(number), random.Random(seed)
    files = kata.stage_files(stage, kata.solutions)
    code = CodeUnderTest(stage, files, lambda: Mutating(rng))
    given = folder / f"{number}-{seed}"
    given.mkdir()
    return grade_code(kata, code, seed, given)


@pytest.mark.parametrize(
    ("number", "times"), [(1, 10), (2, 10), (4, 10), (7, 3), (9, 10), (14, 5), (19, 2)]
)
def test_corrupted_answers_are_failed_tests(
    kata: Kata, number: int, times: int, tmp_path: Path
) -> None:
    outcomes = set()
    for seed in range(times):
        verdict = grade_mutated(kata, number, seed, tmp_path)
        outcomes |= {test.outcome for test in verdict.tests}
        assert max(len(test.message) for test in verdict.tests) < 30_000
    assert outcomes <= {"passed", "failed"} and "failed" in outcomes


BOMBS = {
    "lists in lists": b"\x91" * MOST_BYTES,
    "empty lists": b"\xdd" + (MOST_BYTES - 5).to_bytes(4, "big") + b"\x90" * (MOST_BYTES - 5),
    "announced lists": b"\xdd\x00\x7f\x00\x00" * 1000 + bytes(MOST_BYTES - 5000),
    "announced dicts": b"\xdf\x00\x3f\x00\x00" * 1000 + bytes(MOST_BYTES - 5000),
    "as many items as there may be": pack([[]] * (MOST_ITEMS - 1)),
    "keys that are lists": b"\x81\x90\x00",
    "keys of our own kind": msgpack.packb({msgpack.ExtType(3, b"7"): 1}),
    "a wrong length": msgpack.packb(msgpack.ExtType(2, pack([1]) + b"\x00")),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_bombs_are_refused_at_little_cost(data: bytes) -> None:
    answer = msgpack.packb([{"value": data, "changed": []}])
    tracemalloc.start()
    begun = time.monotonic()
    try:
        with pytest.raises(ValueError):
            read_outcomes(answer, 1, None)
        assert tracemalloc.get_traced_memory()[1] < 60 * 2**20
    finally:
        tracemalloc.stop()
    assert time.monotonic() - begun < 10


def test_valid_answers_are_read() -> None:
    value = {"value": pack([1.5]), "changed": [0, 2]}
    error: dict[str, object] = {"class_name": "ValueError", "message": "m" * 10**5, "where": ""}
    error |= {"line": 7, "values": "x: 1", "own_name": "json.decoder.JSONDecodeError"}
    answers = pack([value, {"error": error}, {"unsupported": "builtins.set"}])
    returned, raised, wrong = read_outcomes(answers, 3, None)
    assert returned == Returned([1.5], (0, 2)) and wrong == WrongType("builtins.set")
    assert isinstance(raised, Raised) and raised.class_name == "ValueError"
    assert (raised.line, raised.values) == (7, "x: 1")
    assert raised.shown_name == "json.decoder.JSONDecodeError"
    assert LONGEST_TEXT < len(raised.message) < LONGEST_TEXT + 50
    assert read_times(pack({"times": [0.5, 0.25]})) == [0.5, 0.25]
    assert read_loaded(pack({"missing": ["a"]}), [9]) == ["a"]
    assert read_loaded(pack({"error": error, "stage": 9}), [9]) == (9, raised)


def test_recordings_are_read_or_refused() -> None:
    places = {7: Place(3, "x + 1")}
    entry = (7, "rms_norm", [[1.0], {"eps": 0.5}], torch.ones(2))
    (seen,) = read_seen(pack([entry]), places)
    assert (seen.place, seen.function, seen.args) == (places[7], "rms_norm", [1.0])
    odd: list[object] = [None, [list(entry)], [(8, *entry[1:])], [(7, "a b", [[], {}], 1)]]
    odd += [[(7, None, [], 1)], [(7, None, [{}, []], 1)], [(7, 5, [[], {}], 1)]]
    for answer in odd:
        with pytest.raises(ValueError):
            read_seen(pack(answer), places)
    rng = random.Random(5)
    for _ in range(300):
        with suppress(ValueError):  # anything else it raised would end the grading
            read_seen(rng.choice(MUTATIONS)(pack([entry] * 3), rng), places)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        [1],
        [{"value": 1, "changed": []}],
        [{"value": pack(1)}],
        [{"value": pack(1), "changed": [float("inf")]}],
        [{"value": pack(1), "changed": [-1]}],
        [{"value": pack(1), "changed": "12"}],
        [{"value": pack(1), "changed": []}] * 2,
        [{"error": "class"}],
        [{"error": {"class_name": "", "message": "", "where": ""}}],
        [{"error": {"class_name": "a b", "message": "", "where": ""}}],
        [{"error": {"class_name": "A", "message": ["m"], "where": ""}}],
        [{"unsupported": ["set"]}],
    ],
    ids=repr,
)
def test_other_forms_are_refused(answer: object) -> None:
    with pytest.raises(ValueError):
        read_outcomes(pack(answer), 1, None)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {"missing": "ab"},
        {"missing": [1]},
        {"error": {}},
        {"error": {}, "stage": 3},
        {"stage": 9},
    ],
    ids=repr,
)
def test_other_forms_of_loading_are_refused(answer: object) -> None:
    with pytest.raises(ValueError):
        read_loaded(pack(answer), [9])
    with pytest.raises(ValueError):
        read_times(pack(answer))


def test_a_tensor_without_values_is_not_a_value() -> None:
    empty = torch.empty(3, device="meta")
    for value in (empty, [empty], {"a": (1, empty)}):
        answer = pack([{"value": pack(value), "changed": []}])
        (outcome,) = read_outcomes(answer, 1, None)
        assert outcome == WrongType("tensor on the device 'meta'")
        assert isinstance(read_outcomes(answer, 1, "meta")[0], Returned)


def test_the_budget_agrees_with_msgpack() -> None:
    """Whatever msgpack reads as one message, the budget accepts too."""
    rng = random.Random(7)
    agreed = 0
    for _ in range(3000):
        data = rng.randbytes(rng.randrange(1, 12))
        try:
            msgpack.unpackb(data, strict_map_key=False, ext_hook=lambda *_: None)
        except (ValueError, msgpack.UnpackException, TypeError):
            continue
        MessageBudget().check(data, frozenset(range(256)))
        agreed += 1
    assert agreed > 150
