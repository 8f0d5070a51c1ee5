"""`--device auto` uses the CPU wherever a GPU can't be used, and says why."""

import io
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as functional
from rich.console import Console

from grader.answer import devices
from grader.answer.answer import run_answer
from grader.answer.devices import first_usable, with_fallback
from grader.answer.layered_weights import LayerProgress, weights_for
from grader.answer.open_checkpoint import open_checkpoint
from grader.answer.run_plan import Plan, choose_device, make_plan
from grader.errors import UsageError
from grader.kata import Kata
from grader.suite.yours_and_reference import Reference

GPUS = [AssertionError("Torch not compiled with CUDA enabled"), RuntimeError("no driver\nat all")]


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make torch believe that there is a CUDA device."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


def test_a_gpu_that_torch_sees_and_cannot_use(gpu: None) -> None:
    said: list[str] = []
    assert choose_device("auto", said.append) == "cpu"
    (line,) = said
    assert "cuda can't be used here (" in line and "so the model runs on the CPU" in line
    with pytest.raises(UsageError, match="--device cuda can't be used here: "):
        choose_device("cuda")


@pytest.mark.parametrize("error", [*GPUS, ImportError("libcuda"), ValueError(), OSError(5, "x")])
def test_whatever_a_driver_raises(
    error: Exception, gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ones(*_size: int, **_named: Any) -> torch.Tensor:
        raise error

    monkeypatch.setattr(torch, "ones", ones)
    said: list[str] = []
    assert first_usable(said.append) == "cpu" and len(said) == 1 and "\n" not in said[0]


def test_a_gpu_that_cannot_even_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> bool:
        raise RuntimeError("the driver is too old")

    monkeypatch.setattr(torch.cuda, "is_available", broken)
    assert choose_device("auto") in ("cpu", "mps")


def test_a_failure_on_a_device_nobody_asked_for() -> None:
    said: list[str] = []

    def run(device: str) -> str:
        if device != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return "42"

    assert with_fallback(run, "cuda", True, said.append) == "42"
    assert said == [
        "cuda can't run this (it does not have enough memory), so the model runs on the CPU."
    ]
    with pytest.raises(torch.OutOfMemoryError):
        with_fallback(run, "cuda", False, said.append)


def test_a_failure_on_both_is_the_cpus() -> None:
    def run(device: str) -> str:
        raise ValueError(device)

    for device in ("cuda", "cpu"):
        with pytest.raises(ValueError, match="cpu"):
            with_fallback(run, device, True, lambda _words: None)


def answered(kata: Kata, device: str) -> tuple[int, str]:
    console = Console(file=io.StringIO(), highlight=False, width=200)
    code = run_answer(kata, console, None, device, "solutions", False, False)
    return code, console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("free", [5 * 10**8, 0])
def test_a_gpu_with_little_memory(free: int, kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_gpus", lambda: ["cuda"])
    monkeypatch.setattr(devices, "why_unusable", lambda device: "")
    monkeypatch.setattr("grader.answer.run_plan.free_on_device", lambda device: free)
    code, text = answered(kata, "auto")
    first, *_, last = text.strip().splitlines()
    assert code == 0 and last == "42, with 0 of 19 stages yours"
    assert f"cuda can't run this (cuda has {free / 1e9:.1f} GB free, but one layer" in first
    assert "use --device cpu" not in text


def test_a_gpu_that_fails_in_the_middle(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_gpus", lambda: ["meta"])  # computes, but has no values
    monkeypatch.setattr(devices, "why_unusable", lambda device: "")
    code, text = answered(kata, "auto")
    assert code == 0 and text.strip().endswith("42, with 0 of 19 stages yours")
    assert text.count("so the model runs on the CPU") == 1


def test_a_device_that_was_asked_for_does_not_fall_back(
    kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.answer.run_plan.why_unusable", lambda device: "")
    monkeypatch.setattr("grader.answer.run_plan.free_on_device", lambda device: 5 * 10**8)
    with pytest.raises(UsageError, match="use --device cpu"):
        answered(kata, "cuda")


def test_the_model_runs_in_inference_mode(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def silu(gate: torch.Tensor) -> torch.Tensor:
        seen.append(torch.is_inference_mode_enabled() and gate.is_inference())
        return right(gate)

    right = functional.silu
    monkeypatch.setattr(functional, "silu", silu)
    answered(kata, "cpu")
    assert seen and all(seen)


def test_a_tied_matrix_goes_to_the_device_once(
    kata: Kata, reference: Reference, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(kata.tiny_weights / "random_gqa", tmp_path / "tied"))
    weights = torch.load(folder / "consolidated.00.pth", weights_only=True)
    del weights["output.weight"]
    torch.save(weights, folder / "consolidated.00.pth")
    opened = open_checkpoint(folder, partial(getattr, reference))
    with LayerProgress(Console(file=io.StringIO()), opened, resident=True) as progress:
        loaded = weights_for(opened, Plan("cpu", True, ""), progress)
        assert progress.tasks[0].total == progress.tasks[0].completed
    assert loaded["output.weight"] is loaded["tok_embeddings.weight"]
    assert list(loaded) == list(opened.weights)
    assert make_plan(opened, "cpu").device == "cpu"
