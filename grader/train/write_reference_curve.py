"""Train with the reference and store its curve: `python -m grader.train.write_reference_curve`."""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from rich.console import Console

from grader.editions import WholeKata, find_kata
from grader.train.curve_file import REFERENCE, learners_curve
from grader.train.options import Options
from grader.train.train import run_train
from grader.write_files import write_whole

_DIGITS = 4


def main() -> int:
    """Write `reference_curve.json`, which `grader plot loss` draws."""
    with TemporaryDirectory() as folder:
        kata = WholeKata(find_kata().root, own=Path(folder))
        options = Options(Path(folder) / "trained", target="solutions")
        if code := run_train(kata, Console(highlight=False), options):
            return code
        curve = learners_curve(kata)
    assert curve is not None
    losses = [round(loss, _DIGITS) for loss in curve.losses]
    write_whole(REFERENCE, msgspec.json.encode(replace(curve, losses=losses)) + b"\n")
    print(REFERENCE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
