"""A bundle for a platform: the parts of the kata that grading needs, and a script for the platform.

Gradescope's is a zip that a teacher uploads. `setup.sh` runs once, as root, when Gradescope builds
its image; `run_autograder` runs once for each submission.
Specification: gradescope-autograders.readthedocs.io/en/latest/specs.

Classroom 50's is a folder that a teacher puts into the `classroom50` repository, as
`CLASSROOM/autograders/ASSIGNMENT/`. It is published as one archive. The runner fetches it for each
submission, and so can anybody who knows its address.
Contract: the page Advanced Autograding of github.com/foundation50/classroom50's wiki, and its
`runner.py`.
"""

import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import msgspec

from grader.classroom.handout_making.hidden_tests import without_hidden_tests
from grader.errors import UsageError
from grader.kata import Kata
from grader.seeds import secret_seed
from grader.stage import Stage
from grader.stages import stage_of
from grader.targets import require_reference
from grader.write_files import naming_out, write_whole

_PACKAGE = Path(__file__).resolve().parents[2]
_SCRIPTS = Path(__file__).parent / "scripts"
_OF_GRADESCOPE, _OF_CLASSROOM50 = ("setup.sh", "run_autograder"), ("autograder.py",)
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
_NOT_NEEDED = {"tests", "author", "watch", "compare", "plot", "answer"}  # parts of the program
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date in a zip, so that equal files make equal zips
_UNIX = 3  # in a zip made on such a system, a file may be marked as executable


@dataclass(frozen=True)
class BundleSettings:
    """What a teacher decides when making a bundle; stored in the bundle."""

    stages: tuple[int, ...]
    seed: int  # of the class
    trusted: bool  # whether to grade code that the platform's machine can't sandbox

    @property
    def points(self) -> int:
        return sum(stage_of(number).points for number in self.stages)

    def __str__(self) -> str:
        return f"seed {self.seed}, {len(self.stages)} stages"


def new_settings(stages: Sequence[Stage], seed: int | None, trusted: bool) -> BundleSettings:
    """Return settings; without a seed, draw one."""
    return BundleSettings(tuple(stage.number for stage in stages), secret_seed(seed), trusted)


def settings_of(bundle: Path) -> BundleSettings:
    """Read the settings of an unpacked bundle."""
    return msgspec.json.decode((bundle / "settings.json").read_bytes(), type=BundleSettings)


def write_gradescope_zip(kata: Kata, settings: BundleSettings, out: Path) -> int:
    """Write the zip, replacing an older one, and return its size in bytes."""
    require_reference(kata, "`grader class gradescope`")
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, contents in _bundle(kata, settings, _OF_GRADESCOPE).items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.create_system = _UNIX
            entry.external_attr = (0o100755 if name in _OF_GRADESCOPE else 0o100644) << 16
            archive.writestr(entry, contents, zipfile.ZIP_DEFLATED, compresslevel=9)
    with naming_out(out):
        write_whole(out, made.getvalue())
    return len(made.getvalue())


def write_classroom50_folder(kata: Kata, settings: BundleSettings, out: Path) -> int:
    """Write the folder, which must be new or empty, and return its size in bytes.

    Hidden tests are left out, because students can read the folder.
    """
    require_reference(kata, "`grader class classroom50`")
    files = _bundle(kata, settings, _OF_CLASSROOM50)
    for name, contents in files.items():
        if name.startswith("kata/tests/"):
            files[name] = without_hidden_tests(contents.decode()).encode()
    with naming_out(out):
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise UsageError(f"--out {out} is not empty: remove it first, or choose another folder")
        for name, contents in files.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents)
    return sum(map(len, files.values()))


def _bundle(kata: Kata, settings: BundleSettings, scripts: tuple[str, ...]) -> dict[str, bytes]:
    """Return the contents of all files of a bundle, by name, always in the same order."""
    project = tomllib.loads((kata.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    files = {name: (_SCRIPTS / name).read_bytes() for name in scripts}
    files["settings.json"] = msgspec.json.format(msgspec.json.encode(settings)) + b"\n"
    files["requirements.txt"] = "".join(f"{line}\n" for line in project["dependencies"]).encode()
    for name, path in _kata_files(kata):
        if path.is_file() and "__pycache__" not in path.parts:
            files[f"kata/{name}"] = path.read_bytes()
    return dict(sorted(files.items()))


def _kata_files(kata: Kata) -> Iterator[tuple[str, Path]]:
    for pattern in _OF_KATA:
        for path in kata.root.glob(pattern):
            yield path.relative_to(kata.root).as_posix(), path
    for path in _PACKAGE.rglob("*"):
        inside = path.relative_to(_PACKAGE)
        if inside.parts[0] not in _NOT_NEEDED:
            yield f"grader/{inside.as_posix()}", path
