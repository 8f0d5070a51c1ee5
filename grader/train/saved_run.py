"""An interrupted training on disk, and whether the same command continues it."""

import io
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path

import torch

from grader.kata import Kata
from grader.train.pace import Pace
from grader.train.recipe import Recipe
from grader.train.rows import Rows
from grader.train.steps import Run
from grader.train.trainer import Trainer
from grader.write_files import write_whole

_FOLDER, _FILE = "train", "interrupted.pth"


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
    """Return what an interrupted training had instead, such as "seed 7"."""
    shown = ("seed", "steps")
    found = [
        f"{name} {then.recipe.get(name)}"
        for name in shown
        if now.recipe[name] != then.recipe.get(name)
    ]
    if now.text != then.text:
        found.append("another text")
    elif any(now.recipe[name] != then.recipe.get(name) for name in now.recipe.keys() - {*shown}):
        found.append("another recipe")
    changed = [n for n in sorted(now.code) if now.code[n] != then.code.get(n)]
    if changed:
        found.append(f"other code for {', '.join(f's{number:02d}' for number in changed)}")
    if now.torch != then.torch:
        found.append(f"torch {then.torch}")
    return found


@dataclass(frozen=True)
class Saved:
    """An interrupted training."""

    identity: Identity
    pace: Pace  # how its rows were computed
    run: Run


def file_of(kata: Kata) -> Path:
    """Return where an interrupted training is stored."""
    return kata.state_dir / _FOLDER / _FILE


def save(kata: Kata, saved: Saved) -> None:
    """Store an interrupted training, atomically."""
    path = file_of(kata)
    path.parent.mkdir(parents=True, exist_ok=True)
    run = {field.name: getattr(saved.run, field.name) for field in fields(Run)}
    data = io.BytesIO()
    content = {"identity": asdict(saved.identity), "pace": asdict(saved.pace), "run": run}
    torch.save(content, data)
    write_whole(path, data.getvalue())


def read_saved(kata: Kata) -> Saved | None:
    """Return the interrupted training; None if there is none, or none that can be read."""
    try:
        found = torch.load(file_of(kata), weights_only=True)
        return Saved(Identity(**found["identity"]), Pace(**found["pace"]), Run(**found["run"]))
    except Exception:  # a damaged file raises anything
        return None


def is_damaged(kata: Kata) -> bool:
    """Return whether there is an interrupted training that can't be read."""
    return file_of(kata).exists() and read_saved(kata) is None


def forget(kata: Kata) -> None:
    """Remove the interrupted training, once it isn't needed."""
    file_of(kata).unlink(missing_ok=True)
