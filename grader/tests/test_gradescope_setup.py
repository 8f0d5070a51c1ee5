"""What the Gradescope zip's `setup.sh` does on images with different programs."""

import shutil
import subprocess

from grader.tests.gradescope_machine import Autograder, autograder

__all__ = ["autograder"]


class Image:
    """The image that `setup.sh` runs in: its programs, and which of them were called."""

    def __init__(self, autograder: Autograder) -> None:
        self._root, self._bin = autograder.root, autograder.root / "bin"
        self._bin.mkdir()
        self._log = autograder.root / "log"
        for name in ("bash", "env", "grep", "mkdir", "cp", "chmod", "ln"):
            (self._bin / name).symlink_to(str(shutil.which(name)))

    def has(self, name: str, does: str = "") -> None:
        """Add a program that records how it was called."""
        path = self._bin / name
        path.write_text(f'#!/usr/bin/env bash\necho "{name} $*" >> "{self._log}"\n{does}\n')
        path.chmod(0o755)

    def set_up(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", str(self._root / "source/setup.sh")],
            env={"PATH": str(self._bin), "AUTOGRADER_ROOT": str(self._root)},
            capture_output=True,
            text=True,
        )

    @property
    def calls(self) -> list[str]:
        return self._log.read_text().splitlines()


# A Python that can do everything, and creates virtual environments that contain itself.
ABLE = 'if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi'


def test_setup_puts_torchs_cpu_build_first(autograder: Autograder) -> None:
    (autograder.root / "venv").unlink()
    image = Image(autograder)
    image.has("python3.11", ABLE)
    done = image.set_up()
    assert done.returncode == 0, done.stderr
    torch, others = (call for call in image.calls if " pip " in call)
    assert "--no-deps --index-url https://download.pytorch.org/whl/cpu torch==" in torch
    assert others.endswith("-c kata/constraints.txt -r requirements.txt")


def test_setup_installs_a_python_that_is_new_enough(autograder: Autograder) -> None:
    """Ubuntu 22.04, Gradescope's default, has 3.10 and offers 3.11."""
    (autograder.root / "venv").unlink()
    image = Image(autograder)
    image.has("python3", "exit 1")
    made = autograder.root / "bin/python3.12"
    image.has("python3.12", ABLE)
    held_back = made.rename(autograder.root / "python")
    image.has("apt-get", f'[[ "$*" = *python3.11* ]] && exit 100; cp {held_back} {made}')
    assert image.set_up().returncode == 0
    brought = [call for call in image.calls if call.startswith("apt-get install")]
    assert [call.split()[-2] for call in brought] == ["python3.11", "python3.12"]


def test_setup_says_which_image_to_choose(autograder: Autograder) -> None:
    image = Image(autograder)
    image.has("python3", '[ "$1" = --version ] && echo Python 3.8.10 && exit; exit 1')
    image.has("apt-get", "exit 100")
    done = image.set_up()
    assert done.returncode == 1
    assert "needs Python 3.11 or newer with venv, and this image has Python 3.8.10." in done.stderr
    assert "Choose Ubuntu 22.04 or newer as the base image." in done.stderr
