"""What grading needs of the kata, as files for a platform."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from grader.classroom.handing_out.hidden_tests import without_hidden_tests
from grader.classroom.platforms.settings import Settings
from grader.kata import Kata

_PACKAGE = Path(__file__).resolve().parents[2]
_SCRIPTS = Path(__file__).parent / "scripts"
# Stage files of the kata, and data that tests read. Lessons and exercises are for learners.
_OF_KATA = (
    "LICENSE",
    "constraints.txt",
    "solutions/s*.py",
    "mistakes/s*.py",
    "tests/test_s*.py",
    "tiny_weights/*.json",
    "tiny_weights/*/*",
)
_NOT_NEEDED = {"tests", "author", "watch", "compare", "plot", "learn", "answer"}  # of the program


def bundle(
    kata: Kata, settings: Settings, scripts: tuple[str, ...], published: bool
) -> dict[str, bytes]:
    """Give the contents of all files of a bundle, by name, in the same order each time.

    Args:
        scripts: the platform's own, which go to the top of the bundle.
        published: whether students can read the bundle: hidden tests are then left out.
    """
    files = {name: (_SCRIPTS / name).read_bytes() for name in scripts}
    files["settings.json"] = settings.as_json().encode()
    files["requirements.txt"] = _requirements(kata).encode()
    files |= {f"kata/{name}": path.read_bytes() for name, path in _kata_files(kata)}
    if published:
        for name in (name for name in files if name.startswith("kata/tests/")):
            files[name] = without_hidden_tests(files[name].decode()).encode()
    return dict(sorted(files.items()))


def is_script(name: str) -> bool:
    """Tell whether a file of a bundle is to be run by its name."""
    return name in {path.name for path in _SCRIPTS.iterdir()}


def _kata_files(kata: Kata) -> Iterator[tuple[str, Path]]:
    for pattern in _OF_KATA:
        for path in kata.root.glob(pattern):
            if _is_source(path):
                yield path.relative_to(kata.root).as_posix(), path
    for path in _PACKAGE.rglob("*"):
        inside = path.relative_to(_PACKAGE)
        if _is_source(path) and inside.parts[0] not in _NOT_NEEDED:
            yield f"grader/{inside.as_posix()}", path


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _requirements(kata: Kata) -> str:
    project = tomllib.loads((kata.root / "pyproject.toml").read_text(encoding="utf-8"))
    return "".join(f"{line}\n" for line in project["project"]["dependencies"])
