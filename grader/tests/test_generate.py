"""`grader generate`: what it writes, what it says afterwards, and what it refuses."""

import json
import re
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from rich.console import Console

from grader.cli import main
from grader.cli.base import plain_console
from grader.errors import UsageError
from grader.generate import generate
from grader.generate.generate import INTERRUPTED, run_generate
from grader.generate.last_lines import REPEATS, rate_words, repeats_itself
from grader.generate.writer import Run, Writer
from grader.kata import Kata
from grader.tests.clone import clone_into, run_grader
from grader.tests.programs import environment_with
from grader.tests.writing import copied, options, writer_of, written


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def generated(kata: Kata, prompt: str | None, **named: Any) -> tuple[int, str]:
    """Return the exit code and what is printed, without a process of its own."""
    out = StringIO()
    console = Console(file=out, width=400, highlight=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        code = run_generate(kata, console, console, prompt, options(**named))
    return code, out.getvalue()


def test_it_says_42_and_whose_stages_did(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.solve("s23_sampling")
    done = clone.run("generate")
    assert done.returncode == 0, done.stderr
    assert "and everything is 42\n" in done.stdout
    assert "The model ended the text here." in done.stdout
    assert re.fullmatch(
        r"1 token after [\d.]+ s, with 1 of 23 stages yours", last_line(done.stdout)
    )


def test_strict_names_what_is_missing(tmp_path: Path) -> None:
    clone = clone_into(tmp_path)
    clone.solve(*(f.stem for f in (tmp_path / "solutions").glob("s[01]*.py")))
    done = clone.run("generate", "--strict")
    assert done.returncode == 1
    assert done.stdout == "" and "cached_attention" in done.stderr and "generate" in done.stderr
    assert "all_heads_attention" not in done.stderr  # the model can do without it


def test_a_seed_repeats_what_is_drawn(kata: Kata) -> None:
    folder = kata.tiny_weights / "random_gqa"
    texts = [generated(kata, "love", checkpoint=folder, temperature=2.0, seed=s) for s in (1, 1, 2)]
    one, again, other = (text.splitlines()[0] for _, text in texts)
    assert one == again != other
    assert "seed 1, with 0 of" in last_line(texts[0][1])


def test_the_context_can_be_full(kata: Kata) -> None:
    folder = kata.tiny_weights / "random_gqa"
    _, text = generated(kata, None, checkpoint=folder, context=20)
    assert "The context of 20 tokens is full." in text
    assert last_line(text).startswith("3 tokens, the first after")
    _, text = generated(kata, None, checkpoint=folder)
    assert "is full" not in text and last_line(text).startswith("12 tokens")
    with pytest.raises(UsageError, match="the prompt has 17 tokens, and the context ends after 17"):
        generated(kata, None, checkpoint=folder, context=17)


def test_ctrl_c_keeps_what_was_written(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Writer.write

    def stopped(self: Writer, run: Run) -> Any:
        for index, piece in enumerate(whole(self, run)):
            if index == 3:
                raise KeyboardInterrupt
            yield piece

    folder = kata.tiny_weights / "random_gqa"
    _, uninterrupted = generated(kata, "love", checkpoint=folder)
    monkeypatch.setattr(Writer, "write", stopped)
    code, text = generated(kata, "love", checkpoint=folder)
    assert code == INTERRUPTED and "\nInterrupted.\n" in text
    first = text.split("\n\nInterrupted.")[0]
    assert len(first) > len("love") and uninterrupted.startswith(first)
    assert re.match(r"4 tokens, the first after .* per second .*, with 0 of 23 ", last_line(text))


def test_an_empty_prompt_starts_from_begin_of_text(kata: Kata) -> None:
    code, text = generated(kata, "")
    assert code == 0 and "stages yours" in last_line(text)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--tokens", "0"), "0 is not in the range x>=1"),
        (("--temperature", "-1"), "-1.0 is not in the range x>=0"),
        (("--temperature", "nan"), "nan is not a number"),
        (("--top-p", "0"), "0.0 is not in the range 0<x<=1"),
        (("--top-p", "1.5"), "1.5 is not in the range 0<x<=1"),
        (("--checkpoint", "nowhere"), "nowhere: there is no such folder"),
    ],
)
def test_what_is_asked_wrongly_is_refused(args: tuple[str, ...], words: str) -> None:
    done = run_grader("generate", "--target", "solutions", *args)
    assert done.returncode == 2 and done.stdout == ""
    assert words in last_line(done.stderr) and "Traceback" not in done.stderr


def test_a_folder_without_a_tokenizer_is_refused(kata: Kata, tmp_path: Path) -> None:
    folder = copied(kata, "random_gqa", tmp_path)
    (folder / "tokenizer.model").unlink()
    with pytest.raises(UsageError, match=r"has no tokenizer\.model"):
        generated(kata, None, checkpoint=folder)


def test_logits_that_are_not_finite_are_one_line(kata: Kata, tmp_path: Path) -> None:
    folder = copied(kata, "random_gqa", tmp_path)
    weights = torch.load(folder / "consolidated.00.pth", weights_only=True)
    weights["layers.1.feed_forward.w1.weight"][0, 0] = float("nan")
    torch.save(weights, folder / "consolidated.00.pth")
    with pytest.raises(UsageError, match="the logits are not finite"):
        generated(kata, None, checkpoint=folder)


@pytest.mark.parametrize("raising", ["gate[1000]", "exit()"])
def test_an_error_in_a_stage_is_shown_with_its_line(
    raising: str, kata: Kata, tmp_path: Path
) -> None:
    clone = clone_into(tmp_path)
    clone.solve()
    path = tmp_path / "exercises/s16_feed_forward.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("(gate * up)", raising), encoding="utf-8")
    code, text = generated(clone.kata, None, target="exercises", strict=True)
    assert code == 1 and "s16_feed_forward.py, line" in text


def test_a_closed_pipe_is_no_error(kata: Kata) -> None:
    command = [sys.executable, "-m", "grader", "generate", "--target", "solutions"]
    many = ["--checkpoint", "tiny_weights/random_mha", "--tokens", "4000", "--temperature", "2"]
    program = subprocess.Popen(
        [*command, *many],
        cwd=kata.root,
        env=environment_with(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout is not None and program.stderr is not None
    assert program.stdout.read(3) == b"the"
    program.stdout.close()
    assert program.stderr.read() == b""
    program.wait()
    program.stderr.close()


@pytest.mark.parametrize(
    ("redirected", "code", "said"),
    [
        (">&-", 0, ""),
        ("> /dev/full", 2, "grader: this machine: No space left on device"),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_that_nobody_can_read(redirected: str, code: int, said: str, kata: Kata) -> None:
    command = f"{sys.executable} -m grader generate --target solutions love {redirected}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=kata.root,
        env=environment_with(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.strip()) == (code, said)


def test_strict_and_the_reference_exclude_each_other() -> None:
    done = run_grader("generate", "--strict", "--target", "solutions")
    assert done.returncode == 2 and "--strict runs your code alone" in done.stderr


class Unread(StringIO):
    """A pipe whose reader has left."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_rich_reports_a_closed_pipe_as_any_other_code_does() -> None:
    console = plain_console()
    console.file = Unread()
    with pytest.raises(BrokenPipeError):
        console.print("love")


class Terminal(TextIOWrapper):
    """A terminal that knows only ASCII."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_that_is_not_utf_8_shows_question_marks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal(BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    words = ["generate", "größer", "--target", "solutions", "--tokens", "3"]
    with pytest.raises(SystemExit) as left:
        main(words)
    terminal.flush()
    assert left.value.code == 0
    assert b"gr??er" in terminal.buffer.getvalue()  # type: ignore[attr-defined]


def test_a_prompt_that_is_not_utf_8_is_read_with_replacements(
    kata: Kata, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts: list[Any] = []
    monkeypatch.setattr(generate, "run_generate", lambda *args: prompts.append(args[3]))
    with pytest.raises(SystemExit):
        main(["generate", "gr\udcfcn"])
    assert prompts == ["gr\N{REPLACEMENT CHARACTER}n"]


def test_nothing_that_a_model_writes_controls_the_terminal(kata: Kata) -> None:
    writer = writer_of(kata, options())
    module = writer.modules.module(24)
    run = Run([1], 5)
    module.__dict__["generate"] = lambda *_: iter([(token, None) for token in (0, 1, 2)])
    texts = {0: b"a\x1b[2J", 1: "é".encode()[:1], 2: "é".encode()[1:]}
    writer.text = SimpleNamespace(bytes_of=texts.__getitem__)
    assert list(writer.write(run)) == ["a", "é"]  # whole characters


def test_it_says_why_it_repeats_itself(kata: Kata, monkeypatch: pytest.MonkeyPatch) -> None:
    assert repeats_itself([9, 1, 2, 3, 1, 2, 3, 1, 2, 3]) and repeats_itself([7] * 6)
    assert not repeats_itself([1, 2, 3, 1, 2, 3, 1, 2, 4]) and not repeats_itself([7, 7])
    folder = kata.tiny_weights / "random_gqa"
    _, text = generated(kata, "love", checkpoint=folder)
    assert "repeats" not in text
    monkeypatch.setattr(generate, "repeats_itself", lambda tokens: len(tokens) == 12)
    _, text = generated(kata, "love", checkpoint=folder)
    assert REPEATS in text


def test_the_rate_is_said_with_and_without_the_first_token() -> None:
    run = Run([1, 2], 9, written=[5, 6, 7], times=[0.5, 0.75, 1.0])
    assert rate_words(run) == (
        "3 tokens, the first after 0.5 s, then 4.0 per second (3.0 with the first)"
    )
    assert rate_words(Run([1], 9)) == "no tokens"


def test_help_has_an_example() -> None:
    for command in ("generate", "chat"):
        shown = run_grader(command, "--help")
        assert shown.returncode == 0 and "Example" in shown.stdout
        assert f"grader {command}" in shown.stdout


def test_the_model_writes_what_the_answer_says(kata: Kata) -> None:
    known = json.loads((kata.tiny_weights / "prompts.json").read_text(encoding="utf-8"))
    writer = writer_of(kata, options())
    run = written(writer, known["prompt"])
    assert run.is_over and writer.text.pieces(run.written) == [known["answer"]]
