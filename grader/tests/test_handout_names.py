"""A handout names the same mistakes as the whole kata, and lets every right way pass."""

from collections.abc import Mapping
from math import ceil
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

import msgspec
import pytest
import torch

from grader.author.grade_variants import told
from grader.author.right_ways import right_ways_of
from grader.calls.outcome import Raised, Returned
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.editions import open_kata
from grader.handout.outcome_sketch import Sketch, alike, sketch
from grader.handout.recorded_oracle import RecordedOracle
from grader.handout.recording import recording_of
from grader.stage import Stage
from grader.stages import STAGES, stage_of
from grader.suite.oracle import LiveOracle
from grader.tests.handed_out import ALL_RECORDED, SOME_RECORDED, WHOLE

SEED = 4  # the seed of the handout that these tests share
ALL, SOME = ([stage_of(one) for one in some] for some in (ALL_RECORDED, SOME_RECORDED))
CODED = [stage for stage in STAGES if stage.has_code]
MOST_WAYS = 4  # of a stage; they all pass the same tests in the whole kata


def recorded_mistakes(handout: Path, stage: Stage) -> list[Mistake]:
    recorded = {one.name for one in recording_of(open_kata(handout), stage).mistakes}
    return [one for one in mistakes_of(WHOLE, stage) if one.name in recorded]


def played_by(
    handout: Path, stage: Stage, replaces: Mapping[str, Any]
) -> dict[str, tuple[str, str | None]]:
    return told(WHOLE, stage, replaces, RecordedOracle(open_kata(handout), stage, SEED))


@pytest.mark.parametrize("stage", ALL, ids=lambda stage: stage.name)
def test_every_test_of_every_mistake_reads_as_in_the_whole_kata(
    handout: Path, stage: Stage
) -> None:
    recorded = recorded_mistakes(handout, stage)
    assert len(recorded) == len(mistakes_of(WHOLE, stage))
    for mistake in recorded:
        live = told(WHOLE, stage, mistake.replaces, LiveOracle(WHOLE, stage, SEED))
        assert mistake.name in {name for _, name in live.values()}
        assert played_by(handout, stage, mistake.replaces) == live, mistake.name


@pytest.mark.parametrize("stage", SOME, ids=lambda stage: stage.name)
def test_a_mistake_is_named_as_itself_or_as_one_like_it(handout: Path, stage: Stage) -> None:
    named = 0
    recorded = recorded_mistakes(handout, stage)
    for mistake in recorded:
        names = {name for _, name in played_by(handout, stage, mistake.replaces).values()}
        assert names <= {mistake.name, mistake.like, None}
        named += mistake.name in names
    assert named >= len(recorded) - 2 > 5  # two fail only hidden tests


@pytest.mark.parametrize("stage", CODED, ids=lambda stage: stage.name)
def test_right_ways_pass(handout: Path, stage: Stage) -> None:
    ways = right_ways_of(WHOLE, stage)
    for way in ways[:: ceil(len(ways) / MOST_WAYS)]:
        outcomes = played_by(handout, stage, way.replaces)
        assert set(outcomes.values()) == {("passed", None)}, (way.name, outcomes)


def test_a_mistake_is_explained_as_in_the_kata(handout: Path) -> None:
    def words(mistakes: list[Mistake]) -> list[tuple[str, str, str | None]]:
        return [(one.name, one.text, one.like) for one in mistakes]

    recorded = recording_of(open_kata(handout), stage_of(9)).mistakes
    assert words(recorded) == words(list(mistakes_of(WHOLE, stage_of(9))))


def seen(value: object, salt: str = "a") -> Sketch:
    return sketch(Returned(value), salt, None)


X = torch.randn(40, generator=torch.Generator().manual_seed(1))


def test_rounding_makes_no_difference() -> None:
    noise = torch.randn(40, generator=torch.Generator().manual_seed(2))
    assert alike(seen(X), seen(X * (1 + 1e-6 * noise)))
    assert not alike(seen(X), seen(X * (1 + 1e-3 * noise)))
    assert alike(seen(X.half()), seen((X * (1 + 2e-4 * noise)).half()))
    stored = msgspec.msgpack.encode(seen(X))
    assert alike(msgspec.msgpack.decode(stored, type=Sketch), seen(X))


@pytest.mark.parametrize(
    "other",
    [
        X.double(),
        X.reshape(4, 10),
        -X,
        X.roll(1),
        X.masked_fill(X[3] == X, torch.nan),
        X.to("meta"),
        X.tolist(),
        (X, X),
        None,
    ],
    ids=["dtype", "shape", "sign", "order", "nan", "device", "list", "tuple", "none"],
)
def test_a_different_outcome_has_a_different_sketch(other: object) -> None:
    assert not alike(seen(X), seen(other))


def test_infinities_keep_their_positions() -> None:
    one, other = X.clone(), X.clone()
    one[2], other[2] = torch.inf, -torch.inf
    assert alike(seen(one), seen(one.clone()))
    assert not alike(seen(one), seen(other))


def test_dicts_are_alike_in_any_order_and_messages_in_any_folder() -> None:
    assert alike(seen({"a": X, "b": 1}), seen({"b": 1, "a": X}))
    assert not alike(seen({"a": X, "b": 1}), seen({"a": X, "b": 2}))
    assert not alike(seen({"a": X, "b": 1}), seen({"a": X, "b": True}))
    here, there = Path("/tmp/kata-1"), Path("/tmp/kata-2")
    raised = [Raised("KeyError", f"{folder}/params.json") for folder in (here, there)]
    assert alike(sketch(raised[0], "a", here), sketch(raised[1], "a", there))
    assert not alike(sketch(raised[0], "a", here), sketch(raised[1], "a", here))


def test_a_number_is_rounded_too() -> None:
    assert alike(seen(0.1), seen(0.1 * (1 + 1e-6)))
    assert not alike(seen(0.1), seen(0.1 * (1 + 1e-3)))
    assert not alike(seen(1.0), seen(1))
    assert alike(seen(float("inf")), seen(float("inf")))
    assert not alike(seen(float("inf")), seen(float("nan")))


def test_a_sketch_has_fewer_numbers_than_the_tensor_and_a_salt() -> None:
    for count in (2, 6, 40):
        (projected,) = seen(X[:count]).tensors
        assert len(projected.products) <= count / 2
    assert seen([1, 2, 3]) != seen([1, 2, 3], "b")


def test_an_error_that_names_a_file_is_the_same_on_windows() -> None:
    def of(folder: PurePath, name: str) -> Sketch:
        message = f"[Errno 2] No such file or directory: {str(folder / name)!r}"
        return sketch(Raised("FileNotFoundError", message), "salt", folder)

    on_linux = of(PurePosixPath("/tmp/kata-1"), "params.json")
    assert alike(on_linux, of(PureWindowsPath(r"C:\Temp\kata-2"), "params.json"))
    assert not alike(on_linux, of(PureWindowsPath(r"C:\Temp\kata-2"), "other.json"))
