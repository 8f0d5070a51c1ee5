"""`grader train --text`: rows of a text of one's own."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from grader.errors import UsageError
from grader.kata import Kata
from grader.tests.training import own_kata, trained, trainer_with
from grader.train.last_lines import overfitting, what_it_says
from grader.train.options import default_out
from grader.train.own_text import texts_in
from grader.train.recipe import Recipe
from grader.train.rows import LONGEST, Rows, own_rows
from grader.train.steps import Run, first_run
from grader.train.trainer import Trainer

NAMES = "\n".join(f"ada{number}" for number in range(200))
BOOK = "\n\n".join(
    f"Chapter {number}. The house was dark, and nobody came." for number in range(99)
)


@pytest.fixture(scope="module")
def trainer(kata: Kata) -> Trainer:
    return trainer_with(kata, {})


def rows_of(trainer: Trainer, folder: Path, text: str | bytes, seed: int = 0) -> Rows:
    path = folder / "text.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return own_rows(path, trainer.text.encode, trainer.end, seed)


def spelled(trainer: Trainer, row: torch.Tensor) -> str:
    return "".join(trainer.text.pieces(row.tolist()))


def test_each_line_of_a_list_is_a_row(trainer: Trainer, tmp_path: Path) -> None:
    rows = rows_of(trainer, tmp_path, NAMES)
    assert rows.held_out is not None
    assert (len(rows.tokens), len(rows.held_out)) == (180, 20)
    texts = {spelled(trainer, row) for row in [*rows.tokens, *rows.held_out]}
    assert len(texts) == 200
    ends = "<|end_of_text|>"
    stripped = {text.removeprefix("<|begin_of_text|>").replace(ends, "") for text in texts}
    assert stripped == set(NAMES.splitlines())
    assert all(text.endswith(ends) for text in texts)


def test_a_book_is_cut_into_rows_of_one_length(trainer: Trainer, tmp_path: Path) -> None:
    rows = rows_of(trainer, tmp_path, BOOK)
    assert rows.held_out is not None
    whole = [*rows.tokens, *rows.held_out]
    begin = trainer.prompt[0]
    assert all(len(row) == LONGEST + 1 and row[0] == begin for row in whole)
    tokens = trainer.text.encode(BOOK + "\n")[1:]
    assert len(whole) == -(-(len(tokens) + 1) // LONGEST)
    first = torch.tensor([begin, *tokens[:LONGEST]])
    assert any(torch.equal(row, first) for row in whole)


def test_long_lines_of_a_list_are_cut_too(trainer: Trainer, tmp_path: Path) -> None:
    rows = rows_of(trainer, tmp_path, "\n".join(["so long " * 100] * 30))
    assert rows.tokens.shape[1] == LONGEST + 1


def test_the_seed_decides_which_rows_are_held_out(trainer: Trainer, tmp_path: Path) -> None:
    one, again, other = (rows_of(trainer, tmp_path, NAMES, seed).held_out for seed in (1, 1, 2))
    assert one is not None and again is not None and other is not None
    assert torch.equal(one, again) and not torch.equal(one, other)


def test_blank_lines_make_one_text() -> None:
    assert texts_in("a\nb\n") == ["a", "b"]
    assert texts_in("a\n\nb\n") == ["a\n\nb\n"]
    assert texts_in("a\n \nb\n") == ["a\n \nb\n"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "is empty: there is nothing to learn from"),
        (b" \n\n ", "is empty"),
        (
            b"ada\ngrace\n",
            "is too short: training needs at least 20 rows, and it has 2. A row is a line, or 64 "
            "tokens of a text with blank lines",
        ),
        (
            b"eve\nada\xff\n",
            "isn't text in UTF-8, as line 2 shows: if it is text, save it as UTF-8",
        ),
        (b"\x89PNG\r\n\x1a\n\0\0", "isn't text in UTF-8, as line 1 shows"),
        (b"ada\0" * 400, "isn't text in UTF-8, because it has bytes that are 0"),
        ("ada\n".encode("utf-16"), "is text in UTF-16: save it as UTF-8"),
        (b"\xfe\xff\0a", "is text in UTF-16"),
    ],
)
def test_what_is_no_text_is_refused(
    trainer: Trainer, tmp_path: Path, text: bytes, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        rows_of(trainer, tmp_path, text)


def test_a_folder_and_a_missing_file_are_refused(trainer: Trainer, tmp_path: Path) -> None:
    for path, words in ((tmp_path, "is a folder"), (tmp_path / "none", "there is no such file")):
        with pytest.raises(UsageError, match=words):
            own_rows(path, trainer.text.encode, trainer.end, 0)


def test_a_text_looks_like_special_tokens_without_being_some(
    trainer: Trainer, tmp_path: Path
) -> None:
    rows = rows_of(trainer, tmp_path, "<|end_of_text|>ada\n" * 40)
    assert (rows.tokens == trainer.end).sum() == len(rows.tokens)


def test_the_loss_of_the_held_out_rows_is_shown(kata: Kata, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(NAMES, encoding="utf-8")
    code, said = trained(
        own_kata(kata, tmp_path), tmp_path / "out", text=tmp_path / "names.txt", steps=2
    )
    lines = said.splitlines()
    assert code == 0 and "learn from 180 rows of names.txt, 64 at a time" in lines[0]
    assert "held out" in lines[2] and re.match(r"step 0  'a?d?a?' \.\.\. '", lines[1])
    assert lines[-3].startswith("The loss of the held-out rows is ")
    assert lines[-1].startswith('Next: `grader generate "" --checkpoint ')


def test_of_a_short_row_only_the_first_token_is_given(trainer: Trainer, tmp_path: Path) -> None:
    run = first_run(trainer, Recipe())
    rows = rows_of(trainer, tmp_path, "\n".join(f"{c * 9}ed" for c in "abcdefghijklmnopqrst" * 2))
    given = [what_it_says(trainer, rows, after(run, steps)).split("'")[1] for steps in range(4)]
    assert rows.held_out is not None and len(rows.held_out) == 4 and len(set(given)) > 1
    first = [trainer.text.pieces([token])[0] for token in rows.held_out[:, 1].tolist()]
    assert given == first  # another row each time
    book = rows_of(trainer, tmp_path, BOOK)
    assert book.held_out is not None
    said = what_it_says(trainer, book, after(run, 1))
    assert said.startswith(repr("".join(trainer.text.pieces(book.held_out[1, 1:9].tolist()))))


def after(run: Run, steps: int, loss: float = 1.0) -> Run:
    return replace(run, losses=tuple(loss for _ in range(steps)))


@pytest.mark.parametrize(
    ("held_out", "falls", "said"),
    [
        ((3.0, 2.0, 1.9, 2.0, 2.1, 2.1, 2.2), True, "lowest after step 75, with 1.900. Since"),
        ((3.0, 2.0, 1.9, 2.0, 2.1, 2.1, 2.2), False, ""),  # the loss rises on all rows
        ((3.0, 2.0, 2.1, 2.2, 2.1, 2.0, 1.9), True, ""),
        ((3.0, 2.5, 2.4, 2.3, 1.9, 2.1, 2.2), True, ""),  # not for long
        ((3.0, 2.5, 1.9, 1.91, 1.9, 1.91, 1.91), True, ""),  # noise
        ((), True, ""),
    ],
)
def test_overfitting_is_remarked_on(
    trainer: Trainer, held_out: tuple[float, ...], falls: bool, said: str
) -> None:
    steps = 25 * len(held_out)
    losses = tuple(5 - step / 100 if falls else 1 + step / 100 for step in range(steps))
    looks = tuple((25 * number, loss) for number, loss in enumerate(held_out, 1))
    run = replace(first_run(trainer, Recipe()), losses=losses, held_out=looks)
    lines = overfitting(run)
    assert len(lines) == bool(said) and all(said in line for line in lines), lines


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("names.txt", "trained-names"),
        ("books/My Book (2).txt", "trained-my-book-2"),
        ("a_b-c", "trained-a_b-c"),
        ("..", "trained-text"),
        ("\u56db.txt", "trained-text"),
    ],
)
def test_each_text_has_a_folder_of_its_own(text: str, folder: str) -> None:
    assert str(default_out(Path(text))) == folder


def test_a_model_of_another_text_is_not_overwritten(kata: Kata, tmp_path: Path) -> None:
    own, out = own_kata(kata, tmp_path), tmp_path / "out"
    for name in ("names.txt", "others.txt"):
        (tmp_path / name).write_text(NAMES, encoding="utf-8")
    assert trained(own, out, text=tmp_path / "names.txt", steps=1)[0] == 0
    written = (out / "consolidated.00.pth").read_bytes()
    for text in (None, tmp_path / "others.txt"):
        words = "out has a model that learned from 180 rows of names.txt: choose another --out"
        with pytest.raises(UsageError, match=words):
            trained(own, out, text=text, steps=1)
    assert (out / "consolidated.00.pth").read_bytes() == written
    (tmp_path / "names.txt").write_text(NAMES + NAMES, encoding="utf-8")  # edited by its owner
    assert trained(own, out, text=tmp_path / "names.txt", steps=1)[0] == 0
    assert (out / "consolidated.00.pth").read_bytes() != written
