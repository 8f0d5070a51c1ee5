"""Open a checkpoint folder; anything that can be wrong with it gets one clear line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from grader.answer import huggingface_config, meta_layout
from grader.answer.folder_kinds import other_kind, refuse_file
from grader.answer.huggingface_config import CONFIG
from grader.answer.huggingface_layout import HuggingFaceWeights
from grader.answer.meta_layout import PARAMS, VOCABULARY, WEIGHTS
from grader.answer.rope_scaling import scaling_of_params
from grader.answer.vocabulary import Vocabulary, hugging_faces_vocabulary, metas_vocabulary
from grader.errors import UsageError
from grader.language import mark, tr

_CONTEXT, _SCALED_CONTEXT = 8192, 131072  # of Llama 3, and of those that scale their rotations
_SPECIAL = 256  # tokens in Llama 3
FindFunction = Callable[[str], Callable[..., Any]]  # a stage's function, by its name


@dataclass(frozen=True)
class Opened:
    """A complete checkpoint; each weight is read only when asked for."""

    params: dict[str, Any]  # as in Meta's `params.json`, with `rope_scaling` (stage 26) or None
    weights: Mapping[str, torch.Tensor]  # by Meta's names, in Meta's order
    mapped: Callable[[str], torch.Tensor]  # returns a weight as stored in its file
    ranks: dict[bytes, int]  # of the ordinary tokens; empty if they are not made of bytes
    files: list[Path]  # the files with the weights
    layout: str  # whose layout it is; `tr` translates it
    special: dict[str, int] = field(default_factory=dict)  # ids of special tokens, by name
    stop: frozenset[int] = frozenset()  # ids of the tokens that end a text or a turn
    context: int = _CONTEXT  # how many tokens the model was made for
    tied: bool = False  # whether one matrix is both the embedding and the output
    vocabulary_path: Path | None = None  # the file that the ranks are from
    foreign: str = ""  # how its vocabulary differs from Llama 3's, if it does: "its ..."

    def has_token(self, number: int) -> bool:
        """Return whether a row of the embedding belongs to a token; the rest is padding."""
        if not self.foreign and number < len(self.ranks) + _SPECIAL:
            return True
        return number in self.ranks.values() or number in self.special.values()


def open_checkpoint(folder: Path, function: FindFunction) -> Opened:
    """Open a folder in Meta's layout (also in `original/` below it) or in Hugging Face's.

    Args:
        function: returns a function of stage 1 or 7, the learner's or the reference's.

    Raises:
        UsageError: if anything is wrong; the message names the file and says what to do.
    """
    refuse_file(folder)
    if not folder.is_dir():
        raise UsageError(tr("--checkpoint {folder}: there is no such folder", folder=folder))
    has_config = (folder / CONFIG).exists()
    if (folder / WEIGHTS).exists() and ((folder / PARAMS).exists() or not has_config):
        return _open_metas(folder, function)
    if (folder / "original" / WEIGHTS).exists():
        return _open_metas(folder / "original", function)
    if has_config:
        return _open_hugging_faces(folder, function)
    return _open_metas(folder, function)


def _open_metas(folder: Path, function: FindFunction) -> Opened:
    if (folder / "consolidated.01.pth").exists():
        words = tr(
            "{folder} has a model in several parts (consolidated.01.pth), like the 70B: this kata "
            "runs models in one part, such as Llama 3 8B",
            folder=folder,
        )
        raise UsageError(words)
    for name in (PARAMS, VOCABULARY, WEIGHTS):
        if not (folder / name).is_file():
            if not (folder / WEIGHTS).exists() and (kind := other_kind(folder)):
                raise UsageError(kind)
            words = tr(
                "{folder} has no {file}: a checkpoint in Meta's layout has {params}, {vocabulary} "
                "and {weights}, one in Hugging Face's has {config} and *.safetensors",
                folder=folder,
                file=name,
                params=PARAMS,
                vocabulary=VOCABULARY,
                weights=WEIGHTS,
                config=CONFIG,
            )
            raise UsageError(words)
    vocabulary = metas_vocabulary(folder / VOCABULARY, function("parse_vocabulary"))
    meta_layout.check_params(folder / PARAMS)
    functions = function("load_checkpoint"), function("expected_shapes")
    params, weights = meta_layout.load_weights(folder, *functions)
    scaling = scaling_of_params(folder / PARAMS, params)
    _check_ids(vocabulary, params)
    return Opened(
        params | {"rope_scaling": scaling},
        weights,
        weights.__getitem__,
        vocabulary.ranks,
        [folder / WEIGHTS],
        mark("Meta's"),
        special=vocabulary.special,
        stop=vocabulary.stop,
        context=_CONTEXT if scaling is None else _SCALED_CONTEXT,
        tied=_is_one_matrix(weights.__getitem__),
        vocabulary_path=vocabulary.path,
    )


def _open_hugging_faces(folder: Path, function: FindFunction) -> Opened:
    config = huggingface_config.read_config(folder)
    params = huggingface_config.params_of(folder, config)
    may_be_tied = config.get("tie_word_embeddings") is not False
    shapes = function("expected_shapes")(params)
    weights = HuggingFaceWeights(folder, params, shapes, may_be_tied)
    vocabulary = hugging_faces_vocabulary(folder, function("parse_vocabulary"))
    _check_ids(vocabulary, params)
    mapped = weights.data.__getitem__
    return Opened(
        params,
        weights,
        mapped,
        vocabulary.ranks,
        weights.files,
        mark("Hugging Face's"),
        special=vocabulary.special,
        stop=vocabulary.stop | huggingface_config.stop_tokens(folder, config),
        context=huggingface_config.context_of(config)
        or (_SCALED_CONTEXT if params["rope_scaling"] else _CONTEXT),
        tied=_is_one_matrix(mapped),
        vocabulary_path=vocabulary.path,
        foreign=vocabulary.foreign,
    )


def _is_one_matrix(mapped: Callable[[str], torch.Tensor]) -> bool:
    embedding, output = mapped("tok_embeddings.weight"), mapped("output.weight")
    return embedding.data_ptr() == output.data_ptr()


def _check_ids(vocabulary: Vocabulary, params: dict[str, Any]) -> None:
    """Check that there is a row of the embedding for every token that a prompt can have."""
    begin = vocabulary.special.get("<|begin_of_text|>", 0)
    largest, rows = max([begin, *vocabulary.ranks.values()]), params["vocab_size"]
    if largest >= rows:
        words = tr(
            "{path} has a token with the id {largest}, but the embedding has only {rows} rows: the "
            "vocabulary belongs to another model",
            path=vocabulary.path,
            largest=largest,
            rows=rows,
        )
        raise UsageError(words)
