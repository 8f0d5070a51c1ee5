"""Seeds, the inputs drawn from them, and that no step cuts a long seed."""

import json
import random
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
import torch
from click.testing import CliRunner

from grader.classroom.journal import Journal, Key
from grader.classroom.local_grader import Job, LocalGrader
from grader.classroom.platforms.bundle import new_settings, settings_of
from grader.classroom.run_settings import WHOLE, Run, read_run
from grader.cli import main
from grader.editions import find_kata
from grader.errors import UsageError
from grader.seeds import BITS, fresh_seed, secret_seed
from grader.serving.messages import Request, as_line, read_request
from grader.stages import stage_of
from grader.suite.rng import Rng

SEED = 2**127 + 12345


def drawn(seed: int, name: str = "test_eps") -> list[torch.Tensor]:
    """Return one of everything that tests draw."""
    rng = Rng(seed, name)
    numbers = [rng.random(), float(rng.randint(0, 2**40)), float(rng.getrandbits(48))]
    return [
        rng.normal(3, 4),
        rng.uniform(3, 4),
        rng.weight(5, 6),
        rng.norm_weight(7),
        rng.tokens(20, 500),
        torch.tensor(numbers, dtype=torch.float64),
    ]


def none_is_equal(some: list[torch.Tensor], others: list[torch.Tensor]) -> bool:
    return not any(map(torch.equal, some, others))


def test_the_same_seed_and_name_give_the_same_inputs_whatever_was_drawn_elsewhere() -> None:
    first = drawn(SEED)
    random.seed(3)
    torch.manual_seed(3)
    assert all(map(torch.equal, first, drawn(SEED)))


def test_another_name_gives_other_inputs() -> None:
    assert none_is_equal(drawn(SEED, "test_eps"), drawn(SEED, "test_eps_more"))


@pytest.mark.parametrize("bit", [0, 31, 32, 63, 64, 100, BITS - 1])
def test_every_bit_of_a_seed_matters(bit: int) -> None:
    assert none_is_equal(drawn(SEED), drawn(SEED ^ 1 << bit))


def test_tensors_and_numbers_depend_on_more_than_32_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that differ only in their highest bits give other inputs, tensors included."""

    class Hash:
        def __init__(self, name: bytes, **_: object) -> None:
            self.name = name

        def digest(self) -> bytes:
            return self.name.ljust(BITS // 8, b"\0")

    monkeypatch.setattr("grader.seeds.blake2b", Hash)
    for others in (b"b", b"a" + bytes(3) + b"b", b"a" + bytes(7) + b"b", b"a" + bytes(14) + b"b"):
        assert none_is_equal(drawn(SEED, "a"), drawn(SEED, others.decode()))


def test_shapes_dtypes_and_sizes_are_those_that_suites_expect() -> None:
    rng = Rng(SEED, "shapes")
    for make in (rng.normal, rng.uniform):
        for shape in ((), (5,), (2, 3, 4), (0, 3)):
            made = make(*shape)
            assert (made.dtype, tuple(made.shape)) == (torch.float32, shape)
            made += 1.0  # a test may modify what it has drawn
    many = rng.normal(100_000, scale=3.0)
    assert abs(many.mean()) < 0.05 and abs(many.std() - 3.0) < 0.05
    between = rng.uniform(100_000, low=-2.0, high=1.0)
    assert -2.0 <= between.min() < -1.99 and 0.99 < between.max() <= 1.0
    assert abs(rng.weight(300, 400).std() - 400**-0.5) < 1e-3
    assert rng.norm_weight(9).min() >= 0.5 and rng.norm_weight(9).max() <= 1.5


def test_tokens_are_distinct_as_far_as_the_vocabulary_goes() -> None:
    tokens = Rng(SEED, "tokens").tokens(40, 50)
    assert tokens.dtype == torch.int64 and len(set(tokens.tolist())) == 40
    assert tokens.min() >= 0 and tokens.max() < 50
    more = Rng(SEED, "tokens").tokens(70, 50)
    assert set(more.tolist()) == set(range(50)) and len(more) == 70


def test_only_a_learners_own_seed_is_short() -> None:
    assert all(fresh_seed(None) < 10**6 for _ in range(50))
    long = [secret_seed(None) for _ in range(50)]
    assert len(set(long)) == 50 and 2**64 < max(long) < 2**BITS
    assert fresh_seed(SEED) == secret_seed(SEED) == SEED


@pytest.mark.parametrize("seed", [-1, 2**BITS])
def test_an_invalid_seed_is_refused_with_a_clear_message(seed: int, tmp_path: Path) -> None:
    for choose in (fresh_seed, secret_seed):
        with pytest.raises(UsageError, match=r"choose a number from 0 to 2\*\*128 - 1"):
            choose(seed)
    zipped = ["class", "gradescope", "--out", str(tmp_path / "a.zip"), "--seed", str(seed)]
    done = CliRunner().invoke(main, zipped)
    assert done.exit_code == 2 and "choose a number from 0" in done.output


@pytest.mark.parametrize("seed", [0, 2**63, 2**64, SEED, 2**BITS - 1])
def test_what_is_sent_or_stored_can_hold_a_seed_of_any_length(seed: int, tmp_path: Path) -> None:
    request = Request(1, "folder", (9,), seed)
    assert read_request(as_line(request)) == request
    run = Run(seed, (9,), "suites", WHOLE, ("ada",), (), ())
    run.write(tmp_path)
    assert read_run(tmp_path) == run
    settings = new_settings([stage_of(9)], seed, trusted=False)
    (tmp_path / "settings.json").write_bytes(msgspec.json.encode(settings))
    assert settings_of(tmp_path) == settings
    key, path = Key("a" * 64, "b" * 64, seed, (9,), "full"), tmp_path / "journal.jsonl"
    for _ in range(2):
        with closing(Journal(path)) as journal:
            journal.add(key, ())
    with closing(Journal(path)) as journal:
        assert journal.get(key) == ()


def test_a_class_and_a_learner_get_the_same_inputs_from_a_long_seed(tmp_path: Path) -> None:
    wrong = "def rms_norm(x, weight, eps):\n    return x\n"
    (tmp_path / "s09_rms_norm.py").write_text(wrong, encoding="utf-8")
    with LocalGrader(find_kata(), 1, trusted=True) as local:
        (job,) = local.grade([Job(tmp_path, (9,), SEED)])
    given = ["check", "9", "--target", str(tmp_path), "--seed", str(SEED), "--format", "json"]
    report = json.loads(CliRunner().invoke(main, given).stdout)
    assert report["seed"] == SEED
    messages = [test["message"] for test in report["stages"][0]["tests"]]
    assert messages == [test.message for test in job.verdicts[0].tests]
    assert any("all 60 values are wrong" in message for message in messages)
