"""Render pages of HTML that hold their own style sheet, run no scripts and load nothing."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


class HtmlPages:
    """The templates in a folder, which share a style sheet in the same folder."""

    def __init__(self, folder: Path, style_sheet: str) -> None:
        self._style_sheet = folder / style_sheet
        self.environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, template: str, **values: object) -> str:
        """Return a page; its `policy` allows the style sheet, by its hash, and nothing else."""
        style = self._style_sheet.read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )
        return self.environment.get_template(template).render(values, style=style, policy=policy)
