"""`/autograder` in Gradescope's layout, for tests, and a submission that attacks it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from grader.classroom.platforms.bundle import BundleSettings, write_gradescope_zip
from grader.kata import Kata
from grader.tests.warm_venv import warm_venv

SETTINGS = BundleSettings((8, 9), 7, False)
FORGED = '{"score": 100}'


@cache
def zip_of(kata: Kata) -> bytes:
    """Return the zip with these settings."""
    with tempfile.TemporaryDirectory() as folder:
        write_gradescope_zip(kata, SETTINGS, Path(folder, "autograder.zip"))
        return Path(folder, "autograder.zip").read_bytes()


class Autograder:
    """`/autograder`, in another folder; the Python in its virtual environment is a warm one."""

    def __init__(self, root: Path) -> None:
        self.root, self.results = root, root / "results/results.json"

    def install(self, kata: Kata) -> None:
        with zipfile.ZipFile(BytesIO(zip_of(kata))) as archive:
            for entry in archive.infolist():  # extractall makes no file executable
                Path(archive.extract(entry, self.root / "source")).chmod(entry.external_attr >> 16)
        shutil.copy(self.root / "source/run_autograder", self.root)
        (self.root / "submission").mkdir()
        (self.root / "results").mkdir()
        (self.root / "venv").symlink_to(warm_venv())
        (self.root / "submission_metadata.json").write_text("{}")

    def use_fresh_python(self) -> None:
        """Use the virtual environment that the tests run in."""
        (self.root / "venv").unlink()
        (self.root / "venv").symlink_to(sys.prefix)

    def hand_in(self, name: str, text: str) -> None:
        path = self.root / "submission" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, preexec: Callable[[], None] | None = None) -> str:
        """Run it, and return what it printed."""
        done = subprocess.run(
            [self.root / "run_autograder"],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], "AUTOGRADER_ROOT": str(self.root)},
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
            preexec_fn=preexec,
        )
        return done.stdout

    def result(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.results.read_text(encoding="utf-8"))
        return read


@pytest.fixture
def autograder(kata: Kata) -> Iterator[Autograder]:
    """An installed autograder, in a folder that other users can reach."""
    root = Path(tempfile.mkdtemp(prefix="autograder-"))
    root.chmod(0o755)
    made = Autograder(root)
    made.install(kata)
    yield made
    shutil.rmtree(root)


def attack(root: Path) -> str:
    """Return code that tries to give itself a mark, when imported and when called.

    It writes what it achieves to a file that everybody can write to.
    """
    return f"""
import glob, os, torch

OURS = {str(root)!r}

def attempt(act):
    try:
        act()
    except BaseException:
        return
    open(OURS + "/done", "a").write(act.__name__ + "\\n")

def forge_results():
    open(OURS + "/results/results.json", "w").write({FORGED!r})

def replace_results():
    open("forged", "w").write({FORGED!r})
    os.rename("forged", OURS + "/results/results.json")

def change_the_kata():
    for path in glob.glob(OURS + "/source/**/*.py", recursive=True):
        open(path, "a").write("# mine")
    open(OURS + "/source/kata/tests/test_s09_rms_norm.py", "w").write("")

def change_the_program():
    open(OURS + "/run_autograder", "w").write("echo owned")

def read_the_answer():
    open(OURS + "/source/kata/solutions/s09_rms_norm.py").read()

def read_the_tests():
    open(OURS + "/source/kata/tests/test_s09_rms_norm.py").read()

def read_the_seed():
    open(OURS + "/source/settings.json").read()

def read_what_is_known_of_others():
    open(OURS + "/submission_metadata.json").read()

def run_another_program():
    os.posix_spawn("/bin/true", ["true"], {{}})

ALL = [value for name, value in list(globals().items()) if "_" in name and callable(value)]
for act in ALL:
    attempt(act)

def rms_norm(x, weight, eps):
    for act in ALL:
        attempt(act)
    return torch.zeros_like(x)
"""
