"""Weights one layer at a time: they are right, and their memory is released."""

import io
import json
from functools import partial
from pathlib import Path

import pytest
import torch
from rich.console import Console

from grader.answer.layered_weights import LayeredWeights, LayerProgress, weights_for
from grader.answer.mapped_pages import Pages
from grader.answer.open_checkpoint import Opened, open_checkpoint
from grader.answer.run_plan import Plan, choose_device, make_plan
from grader.errors import UsageError
from grader.free_memory import free_memory, is_short_of_memory
from grader.kata import Kata
from grader.suite.yours_and_reference import Reference

FOLDER = "random_gqa"


@pytest.fixture
def opened(kata: Kata, reference: Reference) -> Opened:
    return open_checkpoint(kata.tiny_weights / FOLDER, partial(getattr, reference))


def layered(opened: Opened, entered: list[tuple[int, int]]) -> LayeredWeights:
    return LayeredWeights(opened, "cpu", lambda *told: entered.append(told))


def test_it_is_a_dict_with_every_weight(opened: Opened) -> None:
    weights = layered(opened, [])
    names = list(opened.weights)
    assert isinstance(weights, dict) and len(weights) == len(names)
    for view in (weights, dict(weights), {**weights}, dict(weights.items()), weights | {}):
        assert list(view) == names
        assert all(torch.equal(view[name], opened.weights[name]) for name in names)
    assert all(map(torch.equal, weights.values(), opened.weights.values()))
    assert "norm.weight" in weights and "other" not in weights
    assert torch.equal(weights.get("norm.weight"), opened.weights["norm.weight"])
    assert weights.get("other", 5) == 5
    with pytest.raises(KeyError, match="other"):
        weights["other"]


def test_it_reports_every_layer_and_its_bytes(opened: Opened, reference: Reference) -> None:
    entered: list[tuple[int, int]] = []
    weights = layered(opened, entered)
    tokens = torch.arange(5)
    hidden = reference.transformer(tokens, weights, opened.params)
    weights["output.weight"]
    weights["tok_embeddings.weight"]  # of another layer again, which releases the last one
    right = reference.transformer(tokens, dict(opened.weights), opened.params)
    assert torch.equal(hidden, right)
    layers = [layer for layer, _ in entered]
    assert layers[:3] == [0, 1, 2] and all(layer >= 3 for layer in layers[3:-1])
    assert sum(count for _, count in entered) == sum(w.nbytes for w in opened.weights.values())


def resident(file: Path) -> int:
    """Return the bytes of a mapped file that are in this process's memory."""
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        fields = line.split()
        if "-" in fields[0]:
            inside = line.endswith(str(file))
        elif inside and fields[0] == "Rss:":
            total += int(fields[1]) * 1024
    return total


needs_linux = pytest.mark.skipif(
    not Path("/proc/self/smaps").exists(), reason="only Linux tells what is in memory"
)


@needs_linux
def test_pages_are_released_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "large.pth"
    kept = torch.rand(1000, 1000)
    torch.save({"a": torch.ones(4000, 1000), "b": kept}, path)
    weights = torch.load(path, mmap=True, weights_only=True)
    pages = Pages([path])
    assert float(weights["a"].sum()) == 4e6 and torch.equal(weights["b"], kept)
    assert resident(path) > 19e6
    pages.release(weights["a"])
    assert resident(path) < 5e6
    pages.release(weights["b"])
    assert resident(path) < 1e5
    assert float(weights["a"].sum()) == 4e6 and torch.equal(weights["b"], kept)


@needs_linux
def test_values_outside_the_files_are_never_released(tmp_path: Path) -> None:
    path = tmp_path / "large.pth"
    torch.save({"a": torch.ones(1000, 1000)}, path)
    in_memory = torch.load(path, weights_only=True)["a"]
    mapped = torch.load(path, mmap=True, weights_only=True)["a"]
    pages = Pages([path])
    for tensor in (in_memory, mapped.clone(), mapped):
        pages.release(tensor)
        assert float(tensor.sum()) == 1e6


@needs_linux
def test_a_layer_that_is_done_is_not_in_memory(
    opened: Opened, tmp_path: Path, reference: Reference
) -> None:
    params = opened.params | {"dim": 480, "multiple_of": 64, "n_layers": 6}
    shapes = reference.expected_shapes(params)
    whole = {name: torch.randn(shape) * 0.02 for name, shape in shapes.items()}
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "params.json").write_text(json.dumps(params), encoding="utf-8")
    path = folder / "consolidated.00.pth"
    torch.save(whole, path)
    _, mapped = reference.load_checkpoint(str(folder))
    peaks: list[int] = []

    def entered(layer: int, _: int) -> None:
        peaks.append(resident(path))

    model = Opened(params, mapped, mapped.__getitem__, {}, [path], "Meta's")
    weights = LayeredWeights(model, "cpu", entered)
    hidden = reference.transformer(torch.arange(5), weights, params)
    one_layer = sum(w.nbytes for name, w in whole.items() if name.startswith("layers.0."))
    assert path.stat().st_size > 5 * one_layer
    assert max(peaks) < 2 * one_layer
    assert torch.equal(hidden, reference.transformer(torch.arange(5), whole, params))


def test_all_weights_at_once_are_the_right_ones(opened: Opened) -> None:
    console = Console(file=io.StringIO())
    with LayerProgress(console, opened, resident=True) as progress:
        weights = weights_for(opened, Plan("cpu", True, ""), progress)
    assert type(weights) is dict and list(weights) == list(opened.weights)
    assert all(torch.equal(weights[name], opened.weights[name]) for name in weights)


def test_a_missing_device_is_one_line() -> None:
    assert choose_device("cpu") == "cpu" and choose_device("auto") in ("cpu", "cuda", "mps")
    with pytest.raises(UsageError, match="--device nonsense: choose auto"):
        choose_device("nonsense")


def test_a_device_with_little_memory_gets_a_layer_at_a_time(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.answer.run_plan.free_on_device", lambda device: 80 * 10**9)
    plan = make_plan(opened, "cuda")
    assert plan.resident and "All of them go to cuda, which has 80.0 GB free" in plan.words
    monkeypatch.setattr("grader.answer.run_plan.free_on_device", lambda device: 1_000_400_000)
    plan = make_plan(opened, "cuda")
    assert not plan.resident and "one layer at a time is on cuda" in plan.words
    monkeypatch.setattr("grader.answer.run_plan.free_on_device", lambda device: 10**8)
    with pytest.raises(UsageError, match="use --device cpu"):
        make_plan(opened, "cuda")


def test_out_of_memory_is_told_from_other_errors() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**50)
    assert is_short_of_memory(raised.value) and is_short_of_memory(MemoryError())
    assert is_short_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    on_windows = "DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."
    assert is_short_of_memory(RuntimeError(on_windows))
    assert not is_short_of_memory(RuntimeError("shapes cannot be multiplied"))


def test_the_limit_of_a_surrounding_cgroup_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "job/step").mkdir(parents=True)
    for folder, limit in (("job", "5000"), ("job/step", "max")):
        (tmp_path / folder / "memory.max").write_text(f"{limit}\n")
        (tmp_path / folder / "memory.current").write_text("3000\n")
        (tmp_path / folder / "memory.stat").write_text("anon 2000\nfile 1000\n")
    (tmp_path / "own").write_text("0::/job/step\n")
    monkeypatch.setattr("grader.free_memory._CGROUPS", tmp_path)
    monkeypatch.setattr("grader.free_memory._OWN_CGROUP", tmp_path / "own")
    assert free_memory() == 5000 - 3000 + 1000
