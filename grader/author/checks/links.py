"""The links of a page: files and headings that exist, addresses that could."""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from grader.kata import Kata

_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
_FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def link_problems(kata: Kata, page: Path) -> list[str]:
    """Look for links of a Markdown page that lead nowhere; nothing is fetched from the network."""
    text = _CODE.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))
    found = [(target, _why_dead(page, target)) for target in _LINK.findall(text)]
    return [
        f"{kata.shown(page)} links to {target}, {why}: mend the link"
        for target, why in found
        if why
    ]


def _why_dead(page: Path, target: str) -> str | None:
    """Say why a link leads nowhere; None when it leads somewhere."""
    address = urlsplit(target)
    if address.scheme or address.netloc:
        sound = address.scheme in ("http", "https") and "." in address.netloc
        return None if sound else "which is no address of a web page"
    file = page.parent / address.path if address.path else page
    if not file.exists():
        return "which is not there"
    if address.fragment and address.fragment not in anchors_of(file):
        return f"but {file.name} has no heading of that name"
    return None


def anchors_of(page: Path) -> set[str]:
    """Give the anchors that GitHub makes of a page's headings."""
    anchors, seen = set(), Counter[str]()
    for heading in _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        anchors.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return anchors
