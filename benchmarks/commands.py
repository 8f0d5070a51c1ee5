"""Time the commands as a user sees them, and importing torch: `python benchmarks/commands.py`.

Every round runs each command once, so that when the machine slows down, all of them slow down.
"""

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "import torch": [sys.executable, "-c", "import torch"],
    "grader status": [sys.executable, "-m", "grader", "status"],
    "grader hint 9": [sys.executable, "-m", "grader", "hint", "9"],
    "grader check 9 (solutions)": [
        *(sys.executable, "-m", "grader", "check", "9", "--target", "solutions"),
    ],
    "grader check --all (solutions)": [
        *(sys.executable, "-m", "grader", "check", "--all", "--target", "solutions"),
    ],
    "pytest tests/test_s09_rms_norm.py (solutions)": [
        *(sys.executable, "-m", "pytest", "-q", "tests/test_s09_rms_norm.py"),
        "--target=solutions",
    ],
}


def main() -> None:
    """Print each command's median time and its ratio to importing torch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(options.rounds + 1):
        for name, command in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(found[1:]) for name, found in times.items()}
    for name, seconds in medians.items():
        print(f"{name:<48}{seconds:6.2f} s {seconds / medians['import torch']:6.2f} x import torch")


if __name__ == "__main__":
    main()
