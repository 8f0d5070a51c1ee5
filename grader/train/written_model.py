"""Write a trained model as a checkpoint folder in Meta's format, with the curve of its loss."""

import io
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import torch

from grader.answer.meta_layout import PARAMS, VOCABULARY, WEIGHTS
from grader.errors import UsageError
from grader.language import tr
from grader.train.learned_text import in_words, without_count
from grader.train.trainer import Weights
from grader.write_files import naming_out

ABOUT = "training.json"  # it also tells that this program made the folder
_DRAFTS = ".drafts-"  # begins the name of a folder with unfinished files


@dataclass(frozen=True)
class About:
    """How a model was made."""

    recipe: dict[str, float]
    text: str  # the name of its rows
    losses: list[float]  # of each step
    held_out: list[tuple[int, float]]  # steps, and the loss of the held-out rows
    seconds: float
    stages: str  # whose, such as "3 of 22 stages yours"


def require_writable(out: Path, learned: str, read: Path | None = None) -> None:
    """Check early that a folder can be written to, and that nothing in it is lost.

    A model that learned from the same text may be overwritten.

    Args:
        learned: what the new model learns from, as `About.text` ends: all but the number of rows.
        read: a checkpoint that must stay.

    Raises:
        UsageError: if not.
    """
    with naming_out(out):
        above = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
        if not above.is_dir():
            raise UsageError(tr("--out {out}: {above} is a file", out=out, above=above))
        if not os.access(above, os.W_OK):
            words = tr("--out {out}: {above} can't be written to", out=out, above=above)
            raise UsageError(words)
        found = list(out.iterdir()) if out.exists() else []
        others = [one for one in found if not one.name.startswith(_DRAFTS)]
        if others and not (out / ABOUT).is_file():
            words = tr(
                "--out {out} holds something that this command didn't write: name another folder",
                out=out,
            )
            raise UsageError(words)
        if read is not None and read.exists() and out.exists() and out.samefile(read):
            words = tr("--out {out} is the model that --lora reads: choose another --out", out=out)
            raise UsageError(words)
        before = text_of(out)
    if before and without_count(before) != learned:
        words = tr(
            "--out {out} has a model that learned from {text}: choose another --out",
            out=out,
            text=in_words(before),
        )
        raise UsageError(words)


def text_of(out: Path) -> str:
    """Return what the finished model in a folder learned from; '' if there is none."""
    if not (out / ABOUT).is_file() or not (out / WEIGHTS).is_file():
        return ""
    try:
        return msgspec.json.decode((out / ABOUT).read_bytes(), type=About).text
    except ValueError:
        return ""


def write_model(out: Path, like: Path, weights: Weights, about: About) -> None:
    """Write all files or none.

    Args:
        like: a checkpoint folder of the same size and vocabulary.

    Raises:
        UsageError: if they can't be written; what was in the folder is then untouched.
    """
    data = io.BytesIO()
    own = {name: weight.detach().clone().contiguous() for name, weight in weights.items()}
    torch.save(own, data)
    files = {
        ABOUT: msgspec.json.encode(about),
        **{name: (like / name).read_bytes() for name in (PARAMS, VOCABULARY)},
        WEIGHTS: data.getvalue(),
    }
    new = [folder for folder in (out, *out.absolute().parents) if not folder.exists()]
    with naming_out(out):
        try:
            out.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=_DRAFTS, dir=out) as drafts:
                for name, contents in files.items():
                    (Path(drafts) / name).write_bytes(contents)
                for name in files:  # from here on, no space is needed
                    (Path(drafts) / name).replace(out / name)
        except OSError:
            for folder in new:
                with suppress(OSError):
                    folder.rmdir()
            raise
