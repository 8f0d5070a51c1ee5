"""Untrusted code in the sandbox: honest code passes as usual, and other code gains nothing."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from grader.kata import Kata
from grader.sandbox import Level, probe
from grader.stage import Stage
from grader.stages import STAGES, stage_of
from grader.untrusted.grade_sandboxed import grade_sandboxed
from grader.verdict import StageVerdict
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import start_pool

pytestmark = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)
NORM = stage_of(9)
PASSING = 6


@pytest.fixture(scope="module")
def pool() -> Iterator[ForkPool]:
    pool = start_pool()
    assert isinstance(pool, ForkPool)
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def solved(kata: Kata, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A submission in which everything is correct."""
    folder = tmp_path_factory.mktemp("solved")
    for path in kata.solutions.glob("s*.py"):
        text = path.read_text(encoding="utf-8").replace("from solutions.", "from exercises.")
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_right_code_passes_in_the_sandbox(
    kata: Kata, stage: Stage, solved: Path, pool: ForkPool
) -> None:
    verdict = grade_sandboxed(kata, stage, solved, 1, pool).verdict
    assert (verdict.status, verdict.points) == ("passed", stage.points), verdict


def grade_norm(
    kata: Kata, pool: ForkPool, folder: Path, before: str, level: Level | None = None
) -> StageVerdict:
    """Grade a correct `rms_norm` that first does something else, each time it is called."""
    solution = kata.solution(NORM).read_text(encoding="utf-8")
    first = "    x32 = x.float()\n"
    assert first in solution
    body = "".join(f"    {line}\n" for line in before.splitlines())
    text = solution.replace(first, body + first)
    (folder / f"{NORM.name}.py").write_text(text, encoding="utf-8")
    return grade_sandboxed(kata, NORM, folder, 1, pool, level=level).verdict


READING = {
    "the suite": "tests/test_s09_rms_norm.py",
    "its own reference": "solutions/s09_rms_norm.py",
    "a later reference": "solutions/s15_grouped_query_attention.py",
    "the mistakes": "mistakes/s09_rms_norm.py",
    "the grader": "grader/suite/grade_stage.py",
}


@pytest.mark.parametrize("what", READING)
def test_nothing_to_copy_from_is_readable(
    what: str, kata: Kata, pool: ForkPool, tmp_path: Path
) -> None:
    path = kata.root / READING[what]
    assert path.is_file()
    verdict = grade_norm(kata, pool, tmp_path, f"open({str(path)!r}).read()")
    messages = {test.message.split("\n")[0] for test in verdict.tests}
    assert verdict.points == 0
    assert all("PermissionError" in message for message in messages), messages


@pytest.mark.parametrize(
    "attack",
    [
        "import os\nos.fork()",
        "import os\nos.kill(os.getppid(), 9)",
        "import socket\nsocket.create_connection(('127.0.0.1', 9))",
        "import subprocess\nsubprocess.run(['true'])",
        "open('/tmp/kata-was-here', 'w')",
        "import os\nos.symlink('/etc/passwd', '../given/params.json')",
        "open('../code/s08_embedding.py', 'w')",
        "import os\nopen(f'/proc/{os.getppid()}/mem', 'rb').read(1)",
        "import os\nopen(f'/proc/{os.getppid()}/environ', 'rb').read(1)",
    ],
)
def test_an_attack_is_an_error_of_its_own_test(
    attack: str, kata: Kata, pool: ForkPool, tmp_path: Path
) -> None:
    verdict = grade_norm(kata, pool, tmp_path, attack)
    assert verdict.points == 0 and verdict.status == "failed"
    assert any("PermissionError" in test.message for test in verdict.tests), verdict
    assert not Path("/tmp/kata-was-here").exists()
    # The grader still works.
    assert grade_norm(kata, pool, tmp_path, "pass").points == PASSING


def test_what_it_may_do_costs_nothing(kata: Kata, pool: ForkPool, tmp_path: Path) -> None:
    harmless = "open('notes.txt', 'a').write('mine')\nimport tempfile\ntempfile.mkdtemp()"
    assert grade_norm(kata, pool, tmp_path, harmless).points == PASSING


def test_links_planted_in_the_scratch_folder_are_never_followed(
    kata: Kata, pool: ForkPool, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("as it was")
    plant = f"import os\nos.path.lexists('link') or os.symlink({str(victim)!r}, 'link')"
    grade_norm(kata, pool, tmp_path, plant)
    assert victim.read_text() == "as it was"


def test_a_missing_file_is_reported(kata: Kata, pool: ForkPool, tmp_path: Path) -> None:
    verdict = grade_sandboxed(kata, NORM, tmp_path, 1, pool).verdict
    assert verdict.status == "error" and "is not there" in verdict.tests[0].message


def test_nothing_is_left_behind(
    kata: Kata, pool: ForkPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    litter = "import os\nos.makedirs('deep/er', exist_ok=True)\nopen('deep/er/a', 'w').write('a')"
    assert grade_norm(kata, pool, tmp_path, litter).points == PASSING
    assert list(place.iterdir()) == []


def test_the_same_seed_gives_the_same_verdict_wherever_temporary_files_are(
    kata: Kata, pool: ForkPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_of(7)
    solution = kata.solution(stage).read_text(encoding="utf-8")
    spoilt = """
import numpy, random, tempfile, torch
print(random.random(), numpy.random.rand(), torch.rand(1), object(), tempfile.mkdtemp())
print(f"thread '<unnamed>' ({random.randrange(10**6)}) panicked at src/lib.rs:248:29")
_right = load_checkpoint
def load_checkpoint(folder):
    params, weights = _right(folder)
    if random.random() < 0.5:
        raise KeyError(f"{folder} {tempfile.gettempdir()} {object()}")
    if "without" in str(folder):
        folder = str(folder)
        return int(folder)
    return params, {name: weight * torch.rand(()) for name, weight in weights.items()}
def parameter_count(params):
    return {str(object()): tempfile.mkdtemp()}
"""
    (tmp_path / f"{stage.name}.py").write_text(solution + spoilt, encoding="utf-8")
    verdicts = []
    for place in (tmp_path / "a", tmp_path / "another-class"):
        place.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(place))
        verdicts.append(grade_sandboxed(kata, stage, tmp_path, 5, pool).verdict)
    one, other = verdicts
    assert one == other
    assert (
        one.points < stage.points and "/tmp/kata-.../given/" in str(one) and "at 0x..." in str(one)
    )


def test_a_stage_has_a_time_limit_for_all_its_calls(
    kata: Kata, pool: ForkPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.untrusted.grade_sandboxed.STAGE_SECONDS", 2.0)
    spin = "import time\nend = time.process_time() + 0.9\nwhile time.process_time() < end: pass"
    verdict = grade_norm(kata, pool, tmp_path, spin)
    assert verdict.tests[-1].message.startswith(
        "it gave no answer: all calls of a stage together may take 2 s, and have"
    )


def test_a_lower_level_applies_the_layers_it_has(
    kata: Kata, pool: ForkPool, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_text("")
    read, call = f"open({str(path)!r}).close()", "import socket\nsocket.socket().close()"
    for level, reads, calls in (
        (Level(0, False), True, True),
        (Level(0, True), True, False),
        (Level(1, False), False, True),
    ):
        for attempt, works in ((read, reads), (call, calls)):
            verdict = grade_norm(kata, pool, tmp_path, attempt, level)
            assert verdict.points == (PASSING if works else 0), (level, attempt)
    limits = "import resource\nassert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)"
    assert grade_norm(kata, pool, tmp_path, limits, Level(0, False)).points == PASSING


@pytest.mark.parametrize("layer", ["landlock._RESTRICT_SELF", "syscall_filter._SET_MODE_FILTER"])
def test_a_layer_that_is_promised_and_refused_ends_the_worker(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str
) -> None:
    monkeypatch.setattr(f"grader.sandbox.{layer}", 9999)
    with closing(start_pool()) as broken:
        assert isinstance(broken, ForkPool)
        verdict = grade_norm(kata, broken, tmp_path, "print('it ran')")
    assert verdict.status == "error" and "it ran" not in verdict.printed
    assert "SandboxError" in verdict.printed


ASKING = """
import threading, time
from exercises.s03_byte_pair_encoding import bpe_encode
def spin():
    while True: pass
threading.Thread(target=spin, daemon=True).start()
ranks = {bytes([byte]): byte for byte in range(256)} | {b"ab": 256}
used, begun = time.process_time(), time.perf_counter()
bpe_encode(b"ab" * 3000, ranks)
used, passed = time.process_time() - used, time.perf_counter() - begun
print("used", used / passed < 0.3, passed > 0.1)
"""


def test_a_worker_is_stopped_while_it_is_answered(
    kata: Kata, pool: ForkPool, tmp_path: Path
) -> None:
    solution = kata.solution(NORM).read_text(encoding="utf-8")
    (tmp_path / f"{NORM.name}.py").write_text(ASKING + solution, encoding="utf-8")
    verdict = grade_sandboxed(kata, NORM, tmp_path, 1, pool).verdict
    assert verdict.printed == "used True True\n"
