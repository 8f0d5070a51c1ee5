"""The chat template that a checkpoint in Hugging Face's layout brings.

It is a program in the template language Jinja, so it runs in Jinja's sandbox.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from grader.answer.json_file import read_json
from grader.errors import UsageError
from grader.language import tr

_FILE, _CONFIG = "chat_template.jinja", "tokenizer_config.json"
_SPECIAL = ("bos_token", "eos_token", "pad_token", "unk_token")

Messages = list[dict[str, str]]  # each with `role` and `content`


class ChatTemplate:
    """Turns messages into the text of a dialog, with special tokens spelled out."""

    def __init__(self, folder: Path, source: str) -> None:
        """Compile a template.

        Raises:
            UsageError: if it is not valid.
        """
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _to_json
        environment.globals |= {"raise_exception": _refuse, "strftime_now": _now}
        self._folder = folder
        self._special = {name: _spelled(_entry(folder / _CONFIG, name)) for name in _SPECIAL}
        try:
            self._template = environment.from_string(source)
        except TemplateError as error:
            raise UsageError(self._what(error)) from None

    def text(self, messages: Messages) -> str:
        """Return the text of a dialog, up to where the assistant's answer begins.

        Raises:
            UsageError: if the template fails.
        """
        try:
            text = self._template.render(
                messages=messages, add_generation_prompt=True, **self._special
            )
        except Exception as error:  # a template is a program, and may raise anything
            raise UsageError(self._what(error)) from None
        if not text:
            raise UsageError(self._what(tr("it makes an empty text of a dialog")))
        return text

    def _what(self, error: Exception | str) -> str:
        return tr(
            "{folder}: the chat template can't be used: {error}", folder=self._folder, error=error
        )


def find_template(folder: Path) -> ChatTemplate | None:
    """Return a checkpoint's chat template, or None if it has none: then it is no Instruct model."""
    path = folder / _FILE
    if path.is_file():
        try:
            return ChatTemplate(folder, path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                tr("{path} can't be read: {reason}", path=path, reason=error)
            ) from None
    found = _entry(folder / _CONFIG, "chat_template")
    if isinstance(found, list):  # several, by name
        by_name = {one.get("name"): one.get("template") for one in found if isinstance(one, dict)}
        found = by_name.get("default")
    return ChatTemplate(folder, found) if isinstance(found, str) else None


def _entry(path: Path, name: str) -> Any:
    """Return an entry of a JSON file, or None if there is no such file or entry."""
    whole = read_json(path) if path.is_file() else None
    return whole.get(name) if isinstance(whole, dict) else None


def _spelled(token: Any) -> str:
    """Return how a special token is spelled, which is stored as text or with its properties."""
    return str(token.get("content", "")) if isinstance(token, dict) else str(token or "")


def _refuse(message: str) -> None:
    raise TemplateError(message)


def _now(pattern: str) -> str:
    return datetime.now().strftime(pattern)


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
