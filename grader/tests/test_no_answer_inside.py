"""No answer is inside the sandbox: search everything that a class's worker has in memory."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import CodeType

import numpy
import numpy.typing
import pytest

from grader.classroom.local_grader import Job, LocalGrader
from grader.kata import Kata
from grader.sandbox import probe
from grader.sandbox.confinement import system_files
from grader.stages import stage_of
from grader.tests.forked_program import FRESH
from grader.tests.processes import descendants, wait_until

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
SEED = 0x5EED_0F_7E57
SIGN = "fast asleep, with all that was called"
ANSWERS = (
    "solutions",
    "mistakes",
    "tests",
    "grader/author/right_ways",
    "grader/diagnosis/landmarks",
    "grader/diagnosis/readings",
    "grader/stand_ins",
)
_LIBRARY = re.compile(r"from (?!grader|solutions|exercises)[\w.]+ import ")
SHORTEST = 40  # bytes; shorter lines and functions occur in many programs
WORD = 8  # bytes
HASH_BITS = 22  # few of the words in memory then have the hash of one that is looked for
AT_ONCE = 2**16  # words, which fit into the processor's cache
Needles = dict[bytes, str]  # what to look for, and what it would reveal


def functions_in(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of a module, and of all functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from functions_in(constant)


@cache
def texts_of(path: Path) -> set[str]:
    """Return the lines of a file that are too long to be a coincidence, without comments and
    without imports from libraries."""
    lines = path.read_text(encoding="utf-8").splitlines()
    stripped = {re.sub(r"\s+#.*", "", line).strip() for line in lines}
    return {line for line in stripped if len(line) >= SHORTEST and not _LIBRARY.match(line)}


@cache
def byte_code_of(path: Path) -> dict[bytes, str]:
    """Return the byte code of a file's functions that are long enough, with their names.

    The line table of each is included, because Python rewrites the code of a function that is
    called.
    """
    module = compile(path.read_text(encoding="utf-8"), path.name, "exec")
    functions = [code for code in functions_in(module) if code is not module]
    long = [code for code in functions if len(code.co_code) >= 4 * SHORTEST]
    tables = {code.co_linetable: code.co_name for code in long}
    return tables | {code.co_code: code.co_name for code in long}


def needles(kata: Kata, submission: Path) -> Needles:
    """Return the text and the byte code of every answer that is not in the stubs, the lessons, the
    grader or the submission itself."""
    answers = [path for name in ANSWERS for path in (kata.root / name).glob("**/*.py")]
    grader = set((kata.root / "grader").glob("**/*.py")).difference(answers)
    public = [submission, *kata.exercises.glob("*.py"), *grader]
    known = set().union(*map(texts_of, public))
    known |= {line.strip() for path in kata.root.glob("lessons/*.md") for line in texts_of(path)}
    found: Needles = {str(SEED).encode(): "the seed", SEED.to_bytes(8, "little"): "the seed"}
    for path in answers:
        found |= {text.encode(): f"{path.name}: {text}" for text in texts_of(path) - known}
        codes = byte_code_of(path)
        found |= {code: f"{path.name}: byte code of {codes[code]}" for code in codes}
    own = byte_code_of(submission)
    return {one: told for one, told in found.items() if one not in own}


def memory_of(pid: int) -> bytes:
    """Return everything in a process's memory that isn't mapped from a file."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, _, _, _, *name = line.split()
            begin, end = (int(address, 16) for address in span.split("-"))
            is_file = bool(name) and name[0].startswith("/") and "w" not in rights
            if "r" in rights and not is_file:
                memory.seek(begin)
                with suppress(OSError, ValueError):  # mapped by the kernel
                    parts.append(memory.read(end - begin))
    return b"".join(parts)


def found_in(memory: bytes, wanted: list[bytes]) -> set[bytes]:
    """Return which of some thousand strings occur in some hundred megabytes of memory.

    The memory is scanned once, word by word; a string is compared wherever its word may be.
    """
    begun: dict[int, list[tuple[bytes, int]]] = {}
    for one in wanted:
        for at in _words_to_find(one):
            word = int.from_bytes(one[at : at + WORD], sys.byteorder)
            begun.setdefault(word, []).append((one, at))
    table = numpy.zeros(2**HASH_BITS, dtype=bool)
    table[_hashed(numpy.array(list(begun), dtype=numpy.uint64))] = True
    words = numpy.frombuffer(memory, numpy.uint64, len(memory) // WORD)
    found = {one for one in wanted if len(one) < 2 * WORD and one in memory}
    for first in range(0, len(words), AT_ONCE):
        for index in first + numpy.flatnonzero(table[_hashed(words[first : first + AT_ONCE])]):
            for one, at in begun.get(int(words[index]), []):
                begin = WORD * int(index) - at
                if begin >= 0 and memory.startswith(one, begin):
                    found.add(one)
    return found


@cache
def _words_to_find(text: bytes) -> list[int]:
    """Return where to take words from a string, so that one of them is aligned in memory wherever
    the string is.

    Of those that would do, choose the one with the most distinct bytes, because zeros and spaces
    are everywhere.
    """
    if len(text) < 2 * WORD:
        return []
    places = [range(begin, len(text) - WORD + 1, WORD) for begin in range(WORD)]
    return [max(one, key=lambda at: len(set(text[at : at + WORD]))) for one in places]


def _hashed(words: "numpy.typing.NDArray[numpy.uint64]") -> "numpy.typing.NDArray[numpy.uint64]":
    return (words * numpy.uint64(0x9E3779B97F4A7C15)) >> numpy.uint64(64 - HASH_BITS)


def is_sandboxed(pid: int) -> bool:
    with suppress(OSError):
        return "Seccomp:\t2" in Path(f"/proc/{pid}/status").read_text()
    return False


def asleep(kata: Kata, number: int, first: str) -> str:
    """Return a stage's solution that sleeps after it has called earlier stages.

    Its first graded function then says so in memory, makes a file, and sleeps.
    """
    text = kata.solution(stage_of(number)).read_text(encoding="utf-8")
    begun = f"def {first}("
    assert begun in text
    sleeps = f"""
def {first}(*args):
    _first(*args)
    said = "".join({list(SIGN)!r})
    open("asleep", "w").close()
    __import__("time").sleep(600)
"""
    return text.replace(begun, "def _first(") + sleeps


@pytest.fixture(scope="module", params=[(5, "build_tokenizer"), (18, "transformer")])
def worker(
    kata: Kata, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[bytes, Path]:
    """The memory of a worker that has called everything its stage uses, and its submission."""
    number, first = request.param
    folder, scratch = map(tmp_path_factory.mktemp, ("submission", "scratch"))
    path = folder / f"{stage_of(number).name}.py"
    path.write_text(asleep(kata, number, first), encoding="utf-8")
    grading = os.fork()
    if grading == 0:
        subprocess.Popen = FRESH  # type: ignore[misc]  # as it is in a class, and a descendant
        with LocalGrader(kata, 1, scratch=scratch) as local:
            list(local.grade([Job(folder, (number,), SEED)]))
        os._exit(1)
    try:
        wait_until(lambda: any(scratch.glob("kata-*/scratch/asleep")))
        (sandboxed,) = filter(is_sandboxed, descendants(grading))
        memory = memory_of(sandboxed)
    finally:
        os.kill(grading, signal.SIGKILL)
        os.waitpid(grading, 0)
    assert SIGN.encode() in memory
    return memory, path


def test_no_part_of_an_answer_is_in_memory(worker: tuple[bytes, Path], kata: Kata) -> None:
    memory, submission = worker
    looked_for = needles(kata, submission)
    assert len(looked_for) > 3000
    assert [looked_for[one] for one in found_in(memory, list(looked_for))] == []


def test_what_is_in_memory_would_be_found(worker: tuple[bytes, Path]) -> None:
    memory, submission = worker
    calls = compile(submission.read_text(encoding="utf-8"), "", "exec")
    tables = {code.co_linetable for code in functions_in(calls) if code.co_name == "_first"}
    assert found_in(memory, list(tables)) == tables
    assert found_in(memory, [text.encode() for text in texts_of(submission)])


def test_no_part_of_an_answer_can_be_read(kata: Kata) -> None:
    for path in system_files():
        assert not path.is_relative_to(kata.root) and path not in kata.root.parents
    checkpoints = [path.parent for path in kata.tiny_weights.glob("*/params.json")]
    kinds = {path.suffix for folder in checkpoints for path in folder.iterdir()}
    assert kinds == {".json", ".model", ".pth"}
