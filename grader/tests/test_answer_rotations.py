"""Checkpoints that scale their rotations: stage 26 does it in the code that runs."""

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.answer.chosen_stages import MODEL, ChosenStages
from grader.answer.open_checkpoint import Opened, open_checkpoint
from grader.answer.rope_scaling import scaling_of_params
from grader.answer.scale_rotations import SCALING, ScaledRotations
from grader.calls.stage_modules import StageModules
from grader.errors import UsageError
from grader.kata import Kata
from grader.suite.yours_and_reference import Reference
from grader.tests.clone import Clone, clone_into
from grader.tests.hugging_face import write_hugging_face
from grader.tests.test_oracle_huggingface import near

SCALED = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
INLINED = """
import torch

def rope_frequencies(head_dim, theta):
    return 1.0 / theta ** (torch.arange(0, head_dim, 2).float() / head_dim)

def precompute_freqs_cis(head_dim, seq_len, theta):
    frequencies = 1.0 / theta ** (torch.arange(0, head_dim, 2).float() / head_dim)
    angles = torch.outer(torch.arange(seq_len).float(), frequencies)
    return torch.polar(torch.ones_like(angles), angles)
"""


@pytest.fixture(scope="module")
def later(kata: Kata, reference: Reference, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in Hugging Face's layout whose rotations are scaled."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    folder = tmp_path_factory.mktemp("rotations") / "later"
    write_hugging_face(kata.tiny_weights / "random_gqa", folder, reference, transformers)
    config = json.loads((folder / "config.json").read_text())
    config = {name: value for name, value in config.items() if not name.startswith("rope_")}
    config |= {"rope_theta": 10000.0, "rope_scaling": SCALED}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture
def opened(later: Path, reference: Reference) -> Opened:
    return open_checkpoint(later, partial(getattr, reference))


def code(kata: Kata, tmp_path: Path, **texts: str) -> tuple[StageModules, ChosenStages]:
    """Return the reference with other texts for some stages, which are then the learner's own."""
    files = {stage.number: kata.solution(stage) for stage in MODEL}
    own = set()
    for stage in MODEL:
        if stage.name in texts:
            files[stage.number] = tmp_path / f"{stage.name}.py"
            files[stage.number].write_text(texts[stage.name], encoding="utf-8")
            own.add(stage.number)
    return StageModules(files), ChosenStages(files, frozenset(own))


def logits_of(modules: StageModules, opened: Opened, tokens: torch.Tensor) -> torch.Tensor:
    weights = {name: weight.float() for name, weight in opened.weights.items()}
    hidden = modules.find("transformer")(tokens, weights, opened.params)
    return modules.find("next_token_logits")(hidden, weights["output.weight"])


@pytest.fixture
def expected(later: Path) -> Iterator[Any]:
    """Return a function that computes the logits with Hugging Face's library."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    model = transformers.LlamaForCausalLM.from_pretrained(later, dtype=torch.float32).eval()
    with torch.no_grad():
        yield lambda tokens: model(tokens[None]).logits[0, -1]


TOKENS = torch.arange(100) * 7 % 700


def test_the_same_numbers_as_hugging_face(
    opened: Opened, expected: Any, kata: Kata, tmp_path: Path
) -> None:
    modules, chosen = code(kata, tmp_path)
    unscaled = logits_of(code(kata, tmp_path)[0], opened, TOKENS)
    scaled = ScaledRotations(modules, chosen, opened.params, kata.solution(SCALING), None)
    near(logits_of(modules, opened, TOKENS), expected(TOKENS))
    assert "stage 26 does" in scaled.words and scaled.words_after() == ""
    assert float((unscaled - expected(TOKENS)).norm() / unscaled.norm()) > 1e-3


def test_code_that_computes_frequencies_itself_gets_the_references_stage_10(
    opened: Opened, expected: Any, kata: Kata, tmp_path: Path
) -> None:
    modules, chosen = code(kata, tmp_path, s10_freqs_cis=INLINED)
    modules.module(18)  # has imported the old stage 10
    reference = kata.solutions / "s10_freqs_cis.py"
    scaled = ScaledRotations(modules, chosen, opened.params, kata.solution(SCALING), reference)
    near(logits_of(modules, opened, TOKENS), expected(TOKENS))
    assert "doesn't call rope_frequencies, so the reference's stage 10 takes its" in scaled.words
    assert chosen.own == {10} and scaled.chosen.own == set() and scaled.words.count("\n") == 0


def test_without_the_reference_it_says_what_is_not_scaled(
    opened: Opened, kata: Kata, tmp_path: Path
) -> None:
    modules, chosen = code(kata, tmp_path, s10_freqs_cis=INLINED)
    scaled = ScaledRotations(modules, chosen, opened.params, kata.solution(SCALING), None)
    assert "but precompute_freqs_cis" in scaled.words and scaled.chosen.own == {10}
    assert scaled.words_after() == ""
    scaled = ScaledRotations(modules, chosen, opened.params, None, None)
    assert "stage 26, which does it, isn't written here" in scaled.words


def test_a_model_that_never_asks_stage_10_is_told_so(
    opened: Opened, kata: Kata, tmp_path: Path
) -> None:
    text = (kata.solutions / "s18_transformer.py").read_text(encoding="utf-8")
    text = text.replace("from solutions.s10_freqs_cis import precompute_freqs_cis\n", "")
    modules, chosen = code(kata, tmp_path, s18_transformer=text + INLINED)
    scaled = ScaledRotations(modules, chosen, opened.params, kata.solution(SCALING), None)
    logits_of(modules, opened, TOKENS)
    assert "your code never asked stage 10" in scaled.words_after()


def test_other_checkpoints_are_left_alone(kata: Kata, reference: Reference, tmp_path: Path) -> None:
    found = open_checkpoint(kata.tiny_weights / "random_gqa", partial(getattr, reference))
    modules, chosen = code(kata, tmp_path)
    scaled = ScaledRotations(modules, chosen, found.params, kata.solution(SCALING), None)
    assert scaled.words == "" and modules.loaded == {} and scaled.words_after() == ""
    assert found.params["rope_scaling"] is None and found.context == 8192


METAS = {"dim": 4096, "n_layers": 32, "use_scaled_rope": True}


@pytest.mark.parametrize(
    ("params", "factor"),
    [
        (METAS, 8.0),
        (METAS | {"dim": 2048, "n_layers": 16}, 32.0),
        (METAS | {"dim": 3072, "n_layers": 28}, 32.0),
        (METAS | {"rope_scaling_factor": 16}, 16),
        (METAS | {"use_scaled_rope": False}, None),
        (METAS | {"rope_scaling": None, "use_scaled_rope": None}, None),
    ],
)
def test_metas_layout_says_only_that_it_scales(params: dict[str, Any], factor: Any) -> None:
    scaling = scaling_of_params(Path("params.json"), params)
    rest = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_context": 8192}
    assert scaling == (None if factor is None else {"factor": factor, **rest})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([8], "'rope_scaling' is [8], expected an object or null"),
        ({"factor": 8}, "rope_scaling has no 'low_freq_factor'"),
        ({**SCALED, "original_context": 64, "factor": "8"}, "'factor' is '8'"),
        ({**SCALED, "original_context": 64, "high_freq_factor": 1.0}, "must be larger than"),
        ({**SCALED, "original_context": 64, "factor": 0.5}, "'factor' at least 1"),
    ],
)
def test_numbers_that_stage_26_cant_use(given: Any, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        scaling_of_params(Path("params.json"), METAS | {"rope_scaling": given})
    assert words in str(raised.value)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A learner who has solved everything, and has a checkpoint that scales its rotations."""
    clone = clone_into(tmp_path_factory.mktemp("clone"))
    clone.solve()
    folder = clone.root / "tiny_weights" / "later"
    shutil.copytree(clone.root / "tiny_weights" / "random_gqa", folder)
    params = json.loads((folder / "params.json").read_text())
    (folder / "params.json").write_text(json.dumps(params | {"use_scaled_rope": True}))
    return clone


def test_a_trace_with_scaled_rotations_agrees(clone: Clone) -> None:
    done = clone.run("answer", "--strict", "--trace", "--checkpoint", "tiny_weights/later")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "which your stage 26 does" in done.stdout.splitlines()[0]
    assert "agree with the reference" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("with 19 of 19 stages yours")


def test_an_unwritten_stage_26_is_the_references(clone: Clone) -> None:
    assert clone.run("reset", "26").returncode == 0
    done = clone.run("answer", "--strict", "--checkpoint", "tiny_weights/later")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "which the reference's stage 26 does" in done.stdout.splitlines()[0]
    assert done.stdout != clone.run("answer", "--strict").stdout
