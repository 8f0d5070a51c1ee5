"""Classroom 50's runner starts this once for each submission, in the student's checkout.

It makes a virtual environment with PyTorch's CPU build beside this file, and lets the grader of
this folder grade the checkout. Nothing of the checkout is imported, here or in what it starts: -I
and -P keep the current folder, and -I also the environment, out of where Python looks for modules.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

BUNDLE = Path(__file__).resolve().parent
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - the runner's Python is the teacher's choice
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"::error::this is Python {version}: the kata needs 3.11 or newer in `runtime`")
        return 1
    python = BUNDLE / "venv" / "bin" / "python"
    if not python.exists():
        install(python)
    grade = [str(python), "-P", "-m", "grader.classroom.platforms.run_classroom50"]
    environment = {**os.environ, "PYTHONPATH": str(BUNDLE / "kata")}
    command = [*grade, str(BUNDLE), str(Path.cwd())]
    return subprocess.run(command, cwd=BUNDLE, env=environment).returncode


def install(python: Path) -> None:
    """Make the virtual environment; PyTorch alone comes first and from its own index, or pip would
    fetch gigabytes of CUDA."""
    venv.create(python.parent.parent, with_pip=True)
    pip = [str(python), "-I", "-m", "pip", "install", "--quiet", "--no-cache-dir"]
    constraints = BUNDLE / "kata" / "constraints.txt"
    lines = constraints.read_text(encoding="utf-8").splitlines()
    torch = next(line for line in lines if line.startswith("torch=="))
    alone = ["--no-deps", "--index-url", TORCH_INDEX, torch]
    subprocess.run([*pip, *alone], cwd=BUNDLE, check=True)
    needed = ["-c", str(constraints), "-r", str(BUNDLE / "requirements.txt")]
    subprocess.run([*pip, *needed], cwd=BUNDLE, check=True)


if __name__ == "__main__":
    sys.exit(main())
