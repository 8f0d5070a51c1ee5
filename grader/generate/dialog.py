"""Turn a dialog into tokens, with stage 6 or with the checkpoint's own chat template."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.answer.text_side import CheckpointsText, LearnersText, TextSide
from grader.errors import UsageError
from grader.generate.chat_template import ChatTemplate, Messages, find_template
from grader.generate.writer import Writer
from grader.language import mark, tr

GET_ONE = mark(
    "SmolLM2 can (270 MB, no account needed): `hf download HuggingFaceTB/SmolLM2-135M-Instruct "
    '--exclude "onnx/*" --local-dir SmolLM2`, then `grader chat --checkpoint SmolLM2`'
)
_ASK = [{"role": "user", "content": "a"}]
_LLAMA_3S = re.compile(  # what Llama 3's template makes of _ASK, with a system message or without
    r"<\|begin_of_text\|>"
    r"(?:<\|start_header_id\|>system<\|end_header_id\|>\n\n(?P<system>.*?)<\|eot_id\|>)?"
    r"<\|start_header_id\|>user<\|end_header_id\|>\n\na<\|eot_id\|>"
    r"<\|start_header_id\|>assistant<\|end_header_id\|>\n\n",
    re.DOTALL,
)
_OTHER_TEMPLATE = mark(
    "This model was trained on another chat format than Llama 3's, which stage 6 writes. So the "
    "dialog is formatted by the checkpoint's own chat template."
)
_STAND_IN = re.compile("\ue000(\\d+)\ue001")  # private characters around a number
_NO_TEMPLATE = mark(
    "This checkpoint has no chat template. If it is not an Instruct model, it will continue your "
    "text instead of answering."
)


class Dialog(Protocol):
    """Turns messages into tokens, up to where the assistant's answer begins."""

    @property
    def text(self) -> TextSide:
        """What turns the answer's tokens into text."""

    @property
    def note(self) -> str:
        """What to print before the first message; empty if there is nothing to say."""

    def encode(self, messages: Messages) -> list[int]:
        """Return the tokens of all messages and of the header of the answer."""


def dialog_for(writer: Writer, folder: Path) -> Dialog:
    """Return what turns dialogs into the tokens that a model was trained on.

    Raises:
        UsageError: if it wasn't trained on dialogs, or what its format needs is missing.
    """
    template = find_template(folder)
    if template is not None:
        found = _LLAMA_3S.fullmatch(template.text(_ASK))
        if found and isinstance(writer.text, LearnersText):
            return Stage6(writer, system=(found["system"] or "").strip())
        own = writer.text if isinstance(writer.text, CheckpointsText) else None
        return Templated(template, own or CheckpointsText(folder))
    if not isinstance(writer.text, LearnersText):
        words = tr(
            "{folder} has no chat template, so it is not an Instruct model and can't chat. "
            "{advice}",
            folder=folder,
            advice=tr(GET_ONE),
        )
        raise UsageError(words)
    if not _knows_headers(writer, writer.text):
        words = tr(
            "{folder} is a base model: it was never trained on <|start_header_id|>. Use an "
            "Instruct model to chat. {advice}",
            folder=folder,
            advice=tr(GET_ONE),
        )
        raise UsageError(words)
    return Stage6(writer, note="" if "instruct" in str(folder).lower() else tr(_NO_TEMPLATE))


def _knows_headers(writer: Writer, text: LearnersText) -> bool:
    """Return whether a model was trained on dialogs: base models have a row of zeros there."""
    header = text.tokenizer.encode_single_token("<|start_header_id|>")
    return bool(writer.weights["tok_embeddings.weight"][header].abs().max() > 1e-6)


class Stage6:
    """Llama 3's format, written by the learner's or the reference's `encode_chat`."""

    def __init__(self, writer: Writer, note: str = "", system: str = "") -> None:
        """Take the system message that the checkpoint begins every dialog with, if it has one."""
        assert isinstance(writer.text, LearnersText)
        self.text: LearnersText = writer.text
        self.note = note
        self._encode = writer.find("encode_chat")
        self._system = [{"role": "system", "content": system}] if system else []

    def encode(self, messages: Messages) -> list[int]:
        return list(self._encode(self.text.tokenizer, [*self._system, *messages]))


@dataclass(frozen=True)
class Templated:
    """The checkpoint's own format and tokenizer."""

    template: ChatTemplate
    text: CheckpointsText

    @property
    def note(self) -> str:
        return tr(_OTHER_TEMPLATE)

    def encode(self, messages: Messages) -> list[int]:
        """Return the tokens; what looks like a special token in a message stays text.

        The template knows nothing of such text, so it gets a stand-in for it.
        """
        names = self.text.special_names()
        disguised = [
            {**message, "content": _disguised(message["content"], names)} for message in messages
        ]
        ids: list[int] = []
        for index, part in enumerate(_STAND_IN.split(self.template.text(disguised))):
            if index % 2:  # the number of a special token that a message spelled out
                ids += self.text.encode_ordinary(names[int(part)])
            elif part:
                ids += self.text.encode_with_special(part)
        return ids


def _disguised(content: str, names: list[str]) -> str:
    """Return a message with a stand-in for everything that looks like a special token."""
    content = _STAND_IN.sub("", content)
    for index, name in enumerate(names):
        content = content.replace(name, f"\ue000{index}\ue001")
    return content
