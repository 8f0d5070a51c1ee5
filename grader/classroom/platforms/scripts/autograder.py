"""Classroom 50's runner starts this once for each submission, in the student's checkout.

It creates a virtual environment with PyTorch's CPU build beside this file, and grades the checkout
with the grader in this folder. Nothing in the checkout is imported, neither here nor in the
programs that this one starts: with -I and -P, Python doesn't look for modules in the current
folder, and with -I it also ignores the environment.
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
    """Create the virtual environment.

    PyTorch is installed first, alone and from its own index, or pip would fetch gigabytes of CUDA.
    """
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
