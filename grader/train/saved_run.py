"""Interrupted trainings on disk, and whether the same command continues them."""

import io
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path

import torch

from grader.kata import Kata
from grader.language import in_a_row, tr
from grader.train.learned_text import learned_from
from grader.train.options import Options
from grader.train.pace import Pace, pace_from
from grader.train.recipe import Recipe
from grader.train.rows import Rows
from grader.train.steps import Run
from grader.train.trainer import Trainer
from grader.write_files import write_whole

_DIGITS = 12  # of the hash in a file's name


@dataclass(frozen=True)
class Identity:
    """All that a training's result depends on."""

    recipe: dict[str, float]
    text: str  # a digest of all rows
    code: dict[int, str]  # a digest of each stage's file
    torch: str  # its version


def identity_of(trainer: Trainer, recipe: Recipe, rows: Rows) -> Identity:
    """Return what the result of a training depends on."""
    tensors = [rows.tokens, *([] if rows.held_out is None else [rows.held_out])]
    text = sha256(b"".join(tensor.numpy().tobytes() for tensor in tensors)).hexdigest()
    files = trainer.chosen.files
    code = {number: sha256(path.read_bytes()).hexdigest() for number, path in files.items()}
    return Identity(asdict(recipe), text, code, str(torch.__version__))


def differences(now: Identity, then: Identity) -> list[str]:
    """Return what an interrupted training had instead, such as "torch 2.8.0"."""
    found: list[str] = []
    if now.text != then.text:
        found.append(tr("another text"))
    elif now.recipe != then.recipe:  # a newer kata's
        found.append(tr("another recipe"))
    changed = [n for n in sorted(now.code) if now.code[n] != then.code.get(n)]
    if changed:
        stages = in_a_row(f"s{number:02d}" for number in changed)
        found.append(tr("other code for {stages}", stages=stages))
    if now.torch != then.torch:
        found.append(f"torch {then.torch}")
    return found


@dataclass(frozen=True)
class Saved:
    """An interrupted training."""

    identity: Identity
    pace: Pace  # how its rows were computed
    run: Run


def file_of(kata: Kata, options: Options) -> Path:
    """Return where a training with these options is stored when it is interrupted.

    Each text, seed, number of steps and target has a file of its own.
    """
    kind = learned_from(options.text), options.seed, options.steps, options.target
    name = sha256(repr(kind).encode()).hexdigest()[:_DIGITS]
    return kata.state_dir / "train" / f"interrupted-{name}.pth"


def save(path: Path, saved: Saved) -> None:
    """Store an interrupted training, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    run = {field.name: getattr(saved.run, field.name) for field in fields(Run)}
    data = io.BytesIO()
    content = {"identity": asdict(saved.identity), "pace": asdict(saved.pace), "run": run}
    torch.save(content, data)
    write_whole(path, data.getvalue())


def read_saved(path: Path) -> Saved | None:
    """Return an interrupted training; None if there is none, or none that can be read."""
    try:
        found = torch.load(path, weights_only=True)
        return Saved(Identity(**found["identity"]), pace_from(found["pace"]), Run(**found["run"]))
    except Exception:  # a damaged file raises anything
        return None
