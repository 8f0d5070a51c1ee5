"""What a worker says in English is recognized where it is shown, so that it can be translated."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from grader.calls import retell
from grader.calls.earlier_modules import EarlierModules
from grader.calls.error_report import describe_error
from grader.calls.forbid_large_tensors import no_tensor_of
from grader.calls.linked_call import _Gradients
from grader.calls.outcome import Raised
from grader.calls.packing import pack
from grader.calls.plain_values import Unsupported, require_plain_keys
from grader.calls.retell import retold, retold_type
from grader.calls.stage_modules import StageModules
from grader.language import Words
from grader.workers.worker import _no_keyboard

NOWHERE = SimpleNamespace(put=None, take=None)


@pytest.fixture(autouse=True)
def translated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Translate every message into the same word and its values."""

    def tr(message: str, **values: object) -> Words:
        return Words.of(" ".join(["so", *map(str, values.values())]), message, True)

    monkeypatch.setattr(retell, "tr", tr)


def imports(name: str) -> Callable[[], Any]:
    modules = StageModules({9: Path("s09_rms_norm.py"), 13: Path("s13_attention_scores.py")})
    return lambda: modules._import(f"exercises.{name}", fromlist=("x",))


def sum_of_many() -> None:
    with no_tensor_of(10):
        torch.ones(3, 4) + 1


def passes_an_object_on() -> None:
    EarlierModules(NOWHERE, lambda question: b"").ask("call", args=[object()])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fails, told",
    [
        (imports("s09_norm"), "so s09_norm"),
        (imports("s20_the_answer"), "so s20_the_answer"),
        (imports("s10_freqs_cis"), "so s10_freqs_cis"),
        (sum_of_many, "so 3 x 4 12"),
        (passes_an_object_on, "so builtins.object"),
        (lambda: _Gradients.backward(None), "so"),
        (_no_keyboard, "so test_test_retell.py"),
        (lambda: 1 / 0, "division by zero"),
    ],
)
def test_messages(fails: Callable[[], Any], told: str) -> None:
    with pytest.raises(Exception) as caught:
        fails()
    assert retold(describe_error(caught.value, frozenset())).message == told


def calls_itself(count: int, numbers: list[int], text: str) -> int:
    return calls_itself(count - 1, numbers, text) if count else numbers[7 : len(text)][9]


def test_lines_and_values() -> None:
    with pytest.raises(IndexError) as caught:
        calls_itself(9, [1, 2], "x" * 50)
    told = retold(describe_error(caught.value, frozenset([__file__])))
    lines = told.where.split("\n")
    assert len(lines) == 7 and lines[3] == "so 5"
    assert all(line.startswith("so test_retell.py ") for line in lines[:3] + lines[4:])
    assert told.values == "numbers: so list 2, text: so str"


def test_the_line_that_calls_the_reference() -> None:
    line = "  which calls embed of the reference (s08_embedding.py)"
    assert retold(Raised("ValueError", "no", line)).where == "so embed s08_embedding.py"


@pytest.mark.parametrize(
    "value, told",
    [
        ([10 ** (sys.get_int_max_str_digits() + 1)], "so"),
        (["\ud800"], "so"),
        ([{(1, 2): 3}], "so tuple"),
        ([object()], "builtins.object"),
    ],
    ids=["number", "text", "dict", "object"],
)
def test_types(value: Any, told: str) -> None:
    with pytest.raises(Unsupported) as caught:
        require_plain_keys(value)
        pack(value)
    assert retold_type(str(caught.value)) == told
