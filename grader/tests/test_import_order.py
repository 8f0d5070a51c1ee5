"""Data goes one way: a part imports only from itself and from parts above it in CONTRIBUTING."""

import re
from pathlib import Path

import grader

PACKAGE = Path(grader.__file__).parent
_ROW = re.compile(r"^\| ((?:`[\w./]+`(?:, )?)+) \|", re.MULTILINE)
_IMPORT = re.compile(r"^\s*(?:from|import) grader\.(\w+)", re.MULTILINE)


def parts() -> dict[str, int]:
    """Return the row in CONTRIBUTING's table of each part, by its name without an ending."""
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = _ROW.findall(text.split("## The parts of the program")[1].split("\n## ")[0])
    names = {index: re.findall(r"`(\w+)", row) for index, row in enumerate(rows)}
    return {name: index for index, found in names.items() for name in found}


def upward_imports(rows: dict[str, int]) -> list[str]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if part not in ("tests", "__init__", "__main__"):
            for other in _IMPORT.findall(path.read_text(encoding="utf-8")):
                if rows[other] > rows[part]:
                    found.append(f"{path.relative_to(PACKAGE)} imports {other}")
    return found


def test_every_part_is_in_the_table_and_imports_only_from_those_above() -> None:
    assert upward_imports(parts()) == []


def test_an_import_from_below_is_found() -> None:
    upside_down = {name: -row for name, row in parts().items()}
    assert "suite/grade_stage.py imports calls" in upward_imports(upside_down)
