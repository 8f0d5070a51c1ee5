"""Recognize what is given in place of a checkpoint, and say what it is.

People have models in many forms: as one GGUF file, as a LoRA adapter, as a folder of Hugging Face's
cache. None of them is missing anything, so "download it again" would not help.
"""

from collections.abc import Iterator
from pathlib import Path

from grader.errors import UsageError
from grader.language import tr

_POINTER = b"version https://git-lfs.github.com/spec/"
_GGUF = b"GGUF"
_IN_CHECKPOINTS = (".safetensors", ".pth", ".bin", ".pt", ".json", ".model")
_WEIGHTS = ("params.json", "consolidated.00.pth", "config.json", "model.safetensors")


def refuse_pointer(path: Path) -> None:
    """Raise a UsageError if a file is only git-lfs's note about where the file is."""
    if _begins_with(path, _POINTER):
        words = tr(
            "{path} is a git-lfs pointer, not the file itself: run `git lfs pull` in that folder",
            path=path,
        )
        raise UsageError(words)


def refuse_file(path: Path) -> None:
    """Raise a UsageError if a path names a file instead of a folder."""
    if not path.is_file():
        return
    refuse_pointer(path)
    if _begins_with(path, _GGUF):
        words = tr(
            "--checkpoint {path} is a GGUF file, for llama.cpp: download the model as "
            "*.safetensors",
            path=path,
        )
        raise UsageError(words)
    words = tr("--checkpoint {path} is a file: name the folder of a checkpoint", path=path)
    if path.suffix in _IN_CHECKPOINTS:
        words = tr(
            "--checkpoint {path} is a file: name its folder, {folder}",
            path=path,
            folder=path.parent,
        )
    raise UsageError(words)


def other_kind(folder: Path) -> str | None:
    """Return what a folder without usable weights is and what to do, or None if nothing is known.

    Returns:
        a message that begins with the folder's name.
    """
    if snapshot := _snapshot(folder):
        return tr(
            "{folder} is a folder of Hugging Face's cache; the model is in {snapshot}",
            folder=folder,
            snapshot=snapshot,
        )
    if (folder / "adapter_config.json").is_file() or any(folder.glob("adapter_model.*")):
        return tr(
            "{folder} is a LoRA adapter, which holds only changes to a model: merge it into that "
            "model with peft's `merge_and_unload`, and save the result",
            folder=folder,
        )
    if found := next(iter(sorted(folder.glob("*.gguf"))), None):
        return tr(
            "{folder} has the model as GGUF, for llama.cpp ({file}): download the model as "
            "*.safetensors",
            folder=folder,
            file=found.name,
        )
    if found := next(iter(sorted(folder.glob("*.bin"))), None):
        return tr(
            "{folder} has its weights only in *.bin files ({file}): download the model as "
            "*.safetensors, or convert them with transformers' `save_pretrained`",
            folder=folder,
            file=found.name,
        )
    if inside := next(_checkpoints_inside(folder), None):
        return tr(
            "{folder} is not a checkpoint, but contains one: {inside}",
            folder=folder,
            inside=inside,
        )
    return None


def _snapshot(folder: Path) -> Path | None:
    """Return a model's own folder below one of Hugging Face's cache, `models--x--y/snapshots/z`."""
    for pattern in ("snapshots/*", "models--*/snapshots/*", "hub/models--*/snapshots/*"):
        if found := sorted(path for path in folder.glob(pattern) if path.is_dir()):
            main = found[0].parents[1] / "refs" / "main"
            named = main.read_text("utf-8", errors="replace").strip() if main.is_file() else ""
            return next((path for path in found if path.name == named), found[-1])
    return None


def _checkpoints_inside(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and any((path / name).is_file() for name in _WEIGHTS):
            yield path


def _begins_with(path: Path, magic: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(magic)) == magic
    except OSError:  # whoever reads the whole file reports it
        return False
