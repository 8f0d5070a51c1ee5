"""How `grader train` is stopped, continued and kept from losing what was learned."""

import errno
import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.errors import UsageError
from grader.kata import Kata
from grader.tests.clone import clone_into
from grader.tests.programs import environment_with, run_fresh
from grader.tests.training import (
    STEPS,
    interrupt_after,
    own_kata,
    same_weights,
    trained,
    weights_in,
)
from grader.train.options import Options
from grader.train.pace import AS_WRITTEN, ONE_BY_ONE, Pace, pace_from
from grader.train.process import stopped_like_ctrl_c
from grader.train.saved_run import Saved, read_saved, save
from grader.train.steps import Run, training

INTERRUPTED = 130


def saved_files(kata: Kata) -> list[Path]:
    """Return the files of all interrupted trainings."""
    return list((kata.state_dir / "train").glob("interrupted*"))


def test_it_continues_exactly_where_it_was_interrupted(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_kata(kata, tmp_path)
    assert trained(own, tmp_path / "whole")[0] == 0
    for steps in (2, 5):
        with pytest.MonkeyPatch.context() as patch:
            interrupt_after(patch, steps)
            code, said = trained(own, tmp_path / "parts")
        assert code == INTERRUPTED
        again = Options(tmp_path / "parts", steps=STEPS, target="solutions").command()
        assert f"Interrupted after step {steps} of {STEPS}. `{again}` continues it." in said
        assert not (tmp_path / "parts/params.json").exists()
    code, said = trained(own, tmp_path / "parts")
    assert code == 0 and said.startswith(f"Continuing after step 5 of {STEPS}.\n")
    assert same_weights(tmp_path / "whole", tmp_path / "parts")
    losses = [
        json.loads((tmp_path / name / "training.json").read_bytes())["losses"]
        for name in ("whole", "parts")
    ]
    assert losses[0] == losses[1]
    assert not saved_files(own)  # the next training starts from the beginning
    assert "random numbers learn" in trained(own, tmp_path / "parts")[1]


def test_every_kind_of_training_is_kept_for_itself(kata: Kata, tmp_path: Path) -> None:
    own = own_kata(kata, tmp_path)
    (tmp_path / "names.txt").write_text("\n".join(f"ada{n}" for n in range(200)), encoding="utf-8")
    kinds: tuple[dict[str, Any], ...] = (
        {"seed": 7},
        {"seed": 8},
        {"steps": 9},
        {"text": tmp_path / "names.txt"},
    )
    for steps, options in enumerate(kinds, 1):
        with pytest.MonkeyPatch.context() as patch:
            interrupt_after(patch, steps)
            trained(own, tmp_path / f"out{steps}", **options)
    for steps, options in enumerate(kinds, 1):
        code, said = trained(own, tmp_path / f"out{steps}", **options)
        assert code == 0 and said.startswith(f"Continuing after step {steps} of ")
    code, said = trained(own, tmp_path / "out1", seed=7)
    assert code == 0 and "(seed 7)" in said


def test_restart_begins_again(kata: Kata, tmp_path: Path) -> None:
    own = own_kata(kata, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 2)
        _, said = trained(own, tmp_path / "out", restart=True)
        assert "--restart" not in said  # the command that continues
    code, said = trained(own, tmp_path / "out", restart=True)
    assert code == 0 and "random numbers" in said and not saved_files(own)


def test_another_text_of_the_same_name_is_noticed(kata: Kata, tmp_path: Path) -> None:
    own, text = own_kata(kata, tmp_path), tmp_path / "names.txt"
    text.write_text("\n".join(f"ada{n}" for n in range(200)), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 2)
        trained(own, tmp_path / "out", text=text)
    text.write_text("\n".join(f"ada{n}" for n in range(201)), encoding="utf-8")
    words = "at step 2 of 6, with another text: add --restart to start over"
    with pytest.raises(UsageError, match=words):
        trained(own, tmp_path / "out", text=text)


@pytest.mark.parametrize(
    ("options", "command"),
    [
        (Options(Path("trained")), "grader train"),
        (Options(Path("trained-names"), text=Path("names.txt")), "grader train --text names.txt"),
        (
            Options(Path("my [b]"), 7, 2000, None, True, "solutions", True),
            "grader train --steps 2000 --seed 7 --out 'my [b]' --target solutions --strict",
        ),
    ],
)
def test_the_command_that_continues_is_printed(options: Options, command: str) -> None:
    quoted = command if sys.platform != "win32" else command.replace("'", '"')
    assert options.command() == quoted


def test_other_code_is_noticed(kata: Kata, tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 1)
        trained(clone.kata, tmp_path / "out")
    path = tmp_path / "solutions/s16_feed_forward.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    with pytest.raises(UsageError, match="with other code for s16: add --restart to start"):
        trained(clone.kata, tmp_path / "out")


@pytest.mark.parametrize("damage", ["no archive", "half", "other content"])
def test_a_damaged_file_of_an_interrupted_training_counts_as_none(
    kata: Kata, tmp_path: Path, damage: str
) -> None:
    own = own_kata(kata, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 1)
        trained(own, tmp_path / "out")
    (path,) = saved_files(own)
    if damage == "no archive":
        path.write_bytes(b"PK not a checkpoint")
    elif damage == "half":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        torch.save([1, 2], path)
    assert read_saved(path) is None
    words = f".grader/train/{path.name} couldn't be read, so the training starts over."
    code, said = trained(own, tmp_path / "out")
    assert code == 0 and said.splitlines()[0] == words and "random numbers" in said
    assert "couldn't be read" not in trained(own, tmp_path / "out")[1]


def test_the_pace_of_an_interrupted_training_is_read_from_older_files_too() -> None:
    slow = Pace(ONE_BY_ONE, "s08_embedding.py", 21)
    assert pace_from(asdict(slow)) == slow and "s08_embedding.py, line 21" in slow.words
    assert pace_from({"name": AS_WRITTEN, "words": "Your batch_loss ..."}) == Pace(AS_WRITTEN)


def test_a_model_that_cannot_be_written_is_not_lost(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, write = own_kata(kata, tmp_path), Path.write_bytes

    def full(path: Path, data: Any) -> int:
        if path.name == "consolidated.00.pth":
            write(path, data[:100])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    (tmp_path / "old").mkdir()
    trained(own, tmp_path / "old/model", steps=1)
    before = {path: path.read_bytes() for path in (tmp_path / "old/model").iterdir()}
    words = "No space left on device: the same command with another --out only writes the model"
    for out in ("old/model", "new/deep/model"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "write_bytes", full)
            with pytest.raises(UsageError, match=f"--out .*{out}: {words}"):
                trained(own, tmp_path / out)
    assert before == {path: path.read_bytes() for path in (tmp_path / "old/model").iterdir()}
    assert not (tmp_path / "new").exists()
    monkeypatch.setattr("grader.train.steps._next", None)  # no step is taken again
    code, said = trained(own, tmp_path / "other")
    assert code == 0 and said.startswith(f"All {STEPS} steps were taken before, so only the")
    assert len(weights_in(tmp_path / "other")) > 1 and not saved_files(own)


def test_a_second_ctrl_c_waits_until_the_file_is_written(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_kata(kata, tmp_path)

    def pressed_again(*args: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        save(*args)

    interrupt_after(monkeypatch, 1)
    monkeypatch.setattr("grader.train.train.save", pressed_again)
    try:
        code, _ = trained(own, tmp_path / "out")
    except KeyboardInterrupt:
        pytest.fail("the second Ctrl-C got through")
    saved = read_saved(*saved_files(own))
    assert code == INTERRUPTED and saved is not None and saved.run.step == 1


def test_ctrl_c_while_it_is_saved_from_time_to_time_counts(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, saves = own_kata(kata, tmp_path), list[int]()

    def pressed(path: Path, saved: Saved) -> None:
        if not saves:
            signal.raise_signal(signal.SIGINT)
        save(path, saved)
        saves.append(saved.run.step)

    monkeypatch.setattr("grader.train.train._SAVE_EVERY", 0.0)
    monkeypatch.setattr("grader.train.train.save", pressed)
    code, said = trained(own, tmp_path / "out")
    assert code == INTERRUPTED and f"Interrupted after step 1 of {STEPS}" in said
    assert saves == [1, 1]  # as that file was written, and once more because of Ctrl-C


PRESSED_WHILE_NUMPY_LOADS = """
import signal, sys

class Press:
    def find_spec(self, name, *rest):
        if name == "numpy":
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Press())
sys.argv = ["grader", *{arguments}]
from grader.__main__ import start
start()
"""


@pytest.mark.parametrize("command", ["train", "answer", "generate", "chat"])
def test_ctrl_c_while_numpy_loads_counts(command: str, tmp_path: Path) -> None:
    short = ["--steps", "1", "--out", str(tmp_path / "out")] if command == "train" else []
    arguments = [command, "--target", "solutions", *short]
    code = PRESSED_WHILE_NUMPY_LOADS.format(arguments=arguments)
    root = Path(__file__).parents[2]
    done = run_fresh("-c", code, folder=root, environment=environment_with())
    assert (done.returncode, done.stdout) == (1, "") and "Aborted!" in done.stderr


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_kill_and_a_closed_terminal_act_like_ctrl_c(
    kata: Kata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    number = getattr(signal, name, None)
    if number is None or sys.platform == "win32":
        pytest.skip(f"no {name} on this system")

    def killed(*args: Any) -> Iterator[Run]:
        for run in training(*args):
            yield run
            signal.raise_signal(number)

    def killed_again(*args: Any) -> None:
        signal.raise_signal(number)
        save(*args)

    own, before = own_kata(kata, tmp_path), signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr("grader.train.train.training", killed)
    monkeypatch.setattr("grader.train.train.save", killed_again)
    try:
        try:
            code, said = trained(own, tmp_path / "out")
        except KeyboardInterrupt:
            pytest.fail("the second signal got through")
        assert signal.getsignal(number) == signal.SIG_DFL
        with stopped_like_ctrl_c():
            assert signal.getsignal(number) != signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)
        with stopped_like_ctrl_c():
            assert signal.getsignal(number) == signal.SIG_IGN  # as under nohup
    finally:
        signal.signal(number, before)
    saved = read_saved(*saved_files(own))
    assert code == 128 + number and f"Interrupted after step 1 of {STEPS}" in said
    assert saved is not None and saved.run.step == 1
