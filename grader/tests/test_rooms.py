"""Data goes one way: a room imports only from itself and from rooms above it in CONTRIBUTING."""

import re
from pathlib import Path

import grader

PACKAGE = Path(grader.__file__).parent
_ROW = re.compile(r"^\| ((?:`[\w./]+`(?:, )?)+) \|", re.MULTILINE)
_IMPORT = re.compile(r"^\s*(?:from|import) grader\.(\w+)", re.MULTILINE)


def rooms() -> dict[str, int]:
    """Return the place in CONTRIBUTING's map of each room, by its name without an ending."""
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = _ROW.findall(text.split("## The rooms")[1].split("\n## ")[0])
    names = {place: re.findall(r"`(\w+)", row) for place, row in enumerate(rows)}
    return {name: place for place, found in names.items() for name in found}


def upward_imports(places: dict[str, int]) -> list[str]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in ("tests", "__init__", "__main__"):
            for other in _IMPORT.findall(path.read_text(encoding="utf-8")):
                if places[other] > places[room]:
                    found.append(f"{path.relative_to(PACKAGE)} imports {other}")
    return found


def test_every_room_is_on_the_map_and_imports_only_from_those_above() -> None:
    assert upward_imports(rooms()) == []


def test_an_import_from_below_is_found() -> None:
    upside_down = {name: -place for name, place in rooms().items()}
    assert "suite/grade_stage.py imports calls" in upward_imports(upside_down)
