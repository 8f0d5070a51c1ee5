"""A checkpoint with the real model's layout, on a small scale."""

from pathlib import Path

import pytest
import torch

from grader.llama3_8b import PARAMS
from grader.suite.yours_and_reference import Reference
from tiny_weights.large import checkpoint_bytes, made_up_ranks, write_large

SMALL = PARAMS | {
    "dim": 128,
    "n_layers": 2,
    "n_heads": 8,
    "n_kv_heads": 2,
    "vocab_size": 1024,
    "multiple_of": 64,
}


def weights_in(folder: Path) -> dict[str, torch.Tensor]:
    loaded: dict[str, torch.Tensor] = torch.load(folder / "consolidated.00.pth", weights_only=True)
    return loaded


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_it_is_a_checkpoint_in_metas_format(
    dtype: torch.dtype, reference: Reference, tmp_path: Path
) -> None:
    told: list[int] = []
    write_large(tmp_path / "new", SMALL, 0, dtype, told.append)
    params, mapped = reference.load_checkpoint(str(tmp_path / "new"))
    whole = weights_in(tmp_path / "new")
    assert params == SMALL and list(whole) == list(reference.expected_shapes(SMALL))
    for name, weight in whole.items():
        assert weight.dtype == dtype and torch.equal(weight, mapped[name])
        assert float(weight.float().std()) > 0
    assert sum(told) == checkpoint_bytes(SMALL, dtype)
    hidden = reference.transformer(torch.arange(17), whole, params).float()
    assert 0.3 < float(hidden.pow(2).mean().sqrt()) < 3


def test_the_seed_decides(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        write_large(tmp_path / name, SMALL, seed, torch.bfloat16)
    first, same, other = (weights_in(tmp_path / name) for name in "abc")
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)
    wq = [first[f"layers.{layer}.attention.wq.weight"] for layer in range(2)]
    assert not torch.equal(*wq)


def test_the_vocabulary_works(reference: Reference) -> None:
    ranks = made_up_ranks(2000)
    assert sorted(ranks.values()) == list(range(2000))
    tokenizer = reference.build_tokenizer(ranks)
    prompt = "the answer to the ultimate question of life, the universe, and everything is "
    tokens = reference.encode_prompt(tokenizer, prompt)
    assert len(tokens) == 17 and tokens[0] == 2000


def test_it_is_written_completely_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_large(tmp_path / "new", SMALL, 0, torch.bfloat16, fail)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("tiny_weights.large.checkpoint_bytes", lambda *_: 10**18)
    with pytest.raises(OSError, match="needs 1000000000.00 GB"):
        write_large(tmp_path / "new", SMALL, 0, torch.bfloat16)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "new").mkdir()
    with pytest.raises(FileExistsError, match="choose another --out"):
        write_large(tmp_path / "new", SMALL, 0, torch.bfloat16)
