"""`grader chat`: its dialogs, its cache, and what it refuses."""

import json
import os
import select
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch
from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from grader.errors import UsageError
from grader.generate import chat
from grader.generate.chat import run_chat
from grader.generate.conversation import ContextFull, Conversation
from grader.generate.dialog import Stage6, dialog_for
from grader.generate.options import Options
from grader.generate.silent_keyboard import silent_keyboard
from grader.generate.writer import Run, Writer
from grader.kata import Kata
from grader.tests.clone import run_grader
from grader.tests.writing import copied, options, writer_of

LLAMA_3S = (
    "{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message['role'] }}"
    "<|end_header_id|>\n\n{{ message['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
WITH_SYSTEM = LLAMA_3S.replace(
    "{% for",
    "<|start_header_id|>system<|end_header_id|>\n\nBe kind.\n\n<|eot_id|>{% for",
    1,
)
ASKED = ["love life", "the answer?", "everything"]


@pytest.fixture
def instruct(kata: Kata, tmp_path: Path) -> Path:
    """A random checkpoint that says that it can chat."""
    folder = copied(kata, "random_gqa", tmp_path)
    give_template(folder, LLAMA_3S)
    return folder


def give_template(folder: Path, template: Any, **others: Any) -> None:
    whole = {"bos_token": "<|begin_of_text|>", "chat_template": template, **others}
    (folder / "tokenizer_config.json").write_text(json.dumps(whole), encoding="utf-8")


def conversation_of(kata: Kata, folder: Path, **others: Any) -> tuple[Writer, Conversation]:
    writer = writer_of(kata, options(folder, **others))
    return writer, Conversation(writer, dialog_for(writer, folder))


def said(conversation: Conversation, content: str) -> tuple[Run, str]:
    run, pieces = conversation.answer(content)
    return run, "".join(pieces)


def test_answers_with_the_cache_equal_those_without(kata: Kata, instruct: Path) -> None:
    writer, conversation = conversation_of(kata, instruct)
    fresh = Conversation(writer, dialog_for(writer, instruct))
    for content in ASKED:
        fresh.messages, fresh._cached, fresh._cache = list(conversation.messages), [], None
        run, answer = said(conversation, content)
        without, same = said(fresh, content)
        assert (run.written, answer) == (without.written, same)
        assert without.before == 0 and run.before + len(run.read) == len(without.read)
    assert [message["role"] for message in conversation.messages] == ["user", "assistant"] * 3


def test_earlier_turns_are_not_computed_again(kata: Kata, instruct: Path) -> None:
    writer, conversation = conversation_of(kata, instruct)
    answer = writer.text.encode("love love")[1:]
    forward, reads = writer.find("cached_forward"), list[list[int]]()

    def says_love(tokens: list[int], weights: Any, params: Any, cache: Any, *_: Any) -> Any:
        for token in answer:
            reads.append(tokens)
            _, cache = forward(torch.tensor(tokens), weights, params, cache)
            yield token, cache
            tokens = [token]

    writer.modules.module(24).__dict__["generate"] = says_love
    dialog, in_cache = dialog_for(writer, instruct), 0
    for content in ASKED:
        reads.clear()
        run, text = said(conversation, content)
        ids = dialog.encode(conversation.messages[:-1])
        assert text == "love love" and ids[: run.before] + reads[0] == ids
        assert run.before == in_cache
        in_cache = len(ids) + len(answer) - 1  # the last token is read with the next message


def test_a_reset_forgets_everything(kata: Kata, instruct: Path) -> None:
    _, conversation = conversation_of(kata, instruct)
    first, answer = said(conversation, "love")
    said(conversation, "life")
    conversation.reset()
    again, same = said(conversation, "love")
    assert (again.before, again.read, same) == (0, first.read, answer)


def test_an_interrupted_answer_stays_in_the_conversation(kata: Kata, instruct: Path) -> None:
    writer, conversation = conversation_of(kata, instruct)
    _, pieces = conversation.answer("love")
    begun = next(pieces) + next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert conversation.messages[-1] == {"role": "assistant", "content": begun}
    fresh = Conversation(writer, dialog_for(writer, instruct))
    fresh.messages = list(conversation.messages)
    run, answer = said(conversation, "life")
    assert run.before > 0 and answer == said(fresh, "life")[1]


def test_a_conversation_that_no_longer_fits_says_so(kata: Kata, instruct: Path) -> None:
    _, conversation = conversation_of(kata, instruct, context=30)
    run, _ = said(conversation, "love")
    assert run.limit <= 30 - len(run.read) < 30
    before = list(conversation.messages)
    with pytest.raises(ContextFull, match=r"/reset starts a new one"):
        conversation.answer("life " * 20)
    assert conversation.messages == before
    conversation.reset()
    assert said(conversation, "love")[0].read == run.read


def lines(monkeypatch: pytest.MonkeyPatch, typed: str, kata: Kata, chosen: Options) -> list[str]:
    """Return what a chat prints when these lines come from a pipe."""
    out = StringIO()
    monkeypatch.setattr(sys, "stdin", StringIO(typed))
    monkeypatch.setattr(sys, "stdout", out)
    assert run_chat(kata, Console(file=out, width=400, highlight=False), chosen) == 0
    return out.getvalue().splitlines()


def test_lines_from_a_pipe_are_answered(
    kata: Kata, instruct: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = "love\n\n/reset\n/what is this\nlove\n/quit\nlife\n"
    chosen = options(instruct)
    printed = lines(monkeypatch, typed, kata, chosen)
    asked = [line for line in printed if line.startswith("> ")]
    assert asked == ["> love", "> ", "> /reset", "> /what is this", "> love", "> /quit"]
    first, last = (index for index, line in enumerate(printed) if line == "> love")
    assert printed[first + 1] == printed[last + 1] != ""
    counted = [line for line in printed if " were in the cache)" in line]
    assert len(counted) == 2 and all("; 0 of the" in line for line in counted)
    assert "A new conversation." in printed
    assert any(line.startswith("There is no command /what. /reset starts") for line in printed)
    assert printed[-1] == "The chat ran with 0 of 23 stages yours."


def test_a_cut_answer_says_so(kata: Kata, instruct: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for chosen, words in (
        (options(instruct, tokens=3), "Cut off after 3 tokens: --tokens allows more."),
        (options(instruct, context=25), "The context of 25 tokens is full."),
    ):
        printed = lines(monkeypatch, "love\n", kata, chosen)
        assert any(line.startswith(words) for line in printed), printed


def test_ctrl_c_ends_an_answer_but_not_the_chat(
    kata: Kata, instruct: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Writer.write

    def stopped(self: Writer, run: Run) -> Any:
        yield next(iter(whole(self, run)))
        raise KeyboardInterrupt

    monkeypatch.setattr(Writer, "write", stopped)
    chosen = options(instruct)
    printed = lines(monkeypatch, "love\nlife\n", kata, chosen)
    assert printed.count("Interrupted.") == 2 and printed[-1].endswith("stages yours.")


def test_ctrl_c_before_an_answer_begins_does_not_end_the_chat(
    kata: Kata, instruct: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Conversation, "answer", stopped)
    printed = lines(monkeypatch, "love\nlife\n", kata, options(instruct))
    assert printed.count("Interrupted.") == 2 and printed[-1].endswith("stages yours.")


def test_lines_can_be_edited_and_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions: list[PromptSession[str]] = []

    class Kept(PromptSession[str]):
        def __init__(self) -> None:
            super().__init__()
            sessions.append(self)

    monkeypatch.setattr("prompt_toolkit.PromptSession", Kept)
    left, ctrl_c, ctrl_d = "\x1b[D", "\x03", "\x04"
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        pipe.send_text(f"ab{left}c\rdef{ctrl_c}ghi\r{ctrl_d}")
        typed = list(chat._typed(Console(quiet=True)))
    assert typed == ["acb", "ghi"]
    assert [session.history.get_strings() for session in sessions] == [typed]


@pytest.mark.parametrize("args", [(), ("--checkpoint", "tiny_weights/trained")])
def test_the_tiny_model_cannot_chat_and_it_says_which_can(args: Sequence[str]) -> None:
    done = run_grader("chat", "--target", "solutions", *args)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "can't chat" in done.stderr and "hf download HuggingFaceTB/SmolLM2-135M" in done.stderr


def test_llama_3s_template_is_stage_6(kata: Kata, instruct: Path) -> None:
    writer = writer_of(kata, options(instruct))
    dialog = dialog_for(writer, instruct)
    messages = [{"role": "user", "content": " love <|eot_id|> "}]
    assert isinstance(dialog, Stage6) and dialog.note == ""
    encode, tokenizer = writer.find("encode_chat"), dialog.text.tokenizer
    assert dialog.encode(messages) == encode(tokenizer, messages)
    give_template(instruct, [{"name": "default", "template": WITH_SYSTEM}])
    system = {"role": "system", "content": "Be kind."}
    assert dialog_for(writer, instruct).encode(messages) == encode(tokenizer, [system, *messages])


def test_without_a_template_it_says_what_may_happen(kata: Kata, tmp_path: Path) -> None:
    folder = copied(kata, "random_gqa", tmp_path)
    writer = writer_of(kata, options(folder))
    assert "If it is not an Instruct model" in dialog_for(writer, folder).note
    named = folder.rename(tmp_path / "Tiny-Instruct")
    assert dialog_for(writer_of(kata, options(named)), named).note == ""


def test_a_base_model_is_refused(kata: Kata, tmp_path: Path) -> None:
    folder = copied(kata, "random_gqa", tmp_path)
    weights = torch.load(folder / "consolidated.00.pth", weights_only=True)
    weights["tok_embeddings.weight"][-250:-245] = 0  # <|start_header_id|> and its neighbors
    torch.save(weights, folder / "consolidated.00.pth")
    with pytest.raises(UsageError, match="is a base model"):
        dialog_for(writer_of(kata, options(folder)), folder)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% for %}", "the chat template can't be used: "),
        ("", "can't be used: it makes an empty text of a dialog"),
        ("{{ 1 / 0 }}", "can't be used: division by zero"),
        ("{{ range(10 ** 30) }}", "can't be used: "),
        ("{{ raise_exception('only once') }}", "can't be used: only once"),
        ("{{ messages[3].content }}", "can't be used: "),
        ("{{ ''.__class__.__mro__ }}", "can't be used: access to attribute"),
    ],
)
def test_a_bad_template_is_one_line(template: str, words: str, kata: Kata, instruct: Path) -> None:
    give_template(instruct, template)
    writer = writer_of(kata, options(instruct))
    with pytest.raises(UsageError) as raised:
        dialog_for(writer, instruct)
    assert words in str(raised.value) and "\n" not in str(raised.value)


def test_what_is_typed_during_an_answer_is_not_shown_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pytest.importorskip("pty").openpty()
    with open(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        with silent_keyboard():
            os.write(ours, b"hidden\n")
            assert not select.select([ours], [], [], 0.2)[0]
        os.write(ours, b"shown\n")
        assert os.read(ours, 100) == b"shown\r\n"
        assert terminal.readline() == "hidden\n"  # it waits for the next prompt
    os.close(ours)


def test_a_keyboard_that_is_a_pipe_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("love\n"))
    with silent_keyboard():
        assert sys.stdin.readline() == "love\n"
