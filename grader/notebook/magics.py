"""The magics of a notebook: `%%stage` grades a cell, and the others are the commands."""

import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.kata import Kata
from grader.kept_language import use_kept_language
from grader.language import language, mark, tr
from grader.learn.hints import Hint, next_hint, seen_hint, seen_hints
from grader.learn.kept_texts import keep_texts
from grader.learn.lesson import CLOSING
from grader.learn.progress import Progress, passed_before
from grader.learn.wanted_stage import stage_here, wanted_stage
from grader.notebook.cell_text import cell_text, is_still_stub, stage_text
from grader.notebook.commands import in_notebook, run_command
from grader.notebook.grade_cell import Grading
from grader.notebook.kata_folder import open_kata_here
from grader.notebook.lesson_page import closing_for_notebook, lesson_for_notebook
from grader.notebook.map_page import map_as_html, map_as_text
from grader.notebook.shown import show, show_picture
from grader.stage import Stage
from grader.stubs import stub_for
from grader.targets import require_files
from grader.write_files import reason_of, write_whole

_PROGRAMS = ("compare", "answer", "generate", "grader")  # what they print is shown as it comes


class Magics:
    """The magics of one kernel, and the stage that its last cell was about."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._kata: Kata | None = None
        self._grading: Grading | None = None
        self._stage: Stage | None = None

    def register(self) -> None:
        """Add the magics to the shell."""
        add = self._shell.register_magic_function
        add(_reporting_errors(self.stage), "line_cell", "stage")
        for magic in (self.check, self.hint, self.lesson, self.code, self.map, self.plot):
            add(_reporting_errors(magic), "line", magic.__name__)
        for name in _PROGRAMS:
            add(_reporting_errors(self._program(name)), "line", name)

    def open(self) -> None:
        """Find the kata, start the process that grades, and say what to do next."""
        try:
            kata = self._opened()
        except UsageError as error:
            print(error)
            return
        following = Progress(kata).next_stage(passed_before(kata, kata.stages))
        if following is None:
            words = mark("Your kata is in {folder}; all is done. %map shows all stages.")
            print(tr(words, folder=kata.folder))
            return
        words = tr(
            "Your kata is in {folder}; next is s{number:02d} {title}. %map shows all stages.",
            folder=kata.folder,
            number=following.number,
            title=tr(following.title),
        )
        print(words)

    def close(self) -> None:
        """End the process that grades."""
        if self._grading is not None:
            self._grading.close()
            self._grading = None

    def stage(self, line: str, cell: str | None = None) -> None:
        """Grade a cell: `%%stage 9` on its first line, your code below.

        The cell's text becomes the stage's exercise file; the version before it is kept. With
        `--seed N`, the random inputs of an earlier run are repeated.
        """
        if cell is None:
            self.check(line)
            return
        kata, (name, seed) = self._opened(), _stage_and_seed(line)
        if name is None:
            raise UsageError(tr("which stage? Write its number, for example %%stage 9"))
        stage = self._with_code(kata, name)
        if not cell.strip():
            words = tr(
                "the cell is empty: %code {number} makes one with your code", number=stage.number
            )
            raise UsageError(words)
        if not is_still_stub(kata, stage, cell):
            keep_texts(kata)
            write_whole(kata.exercise(stage), stage_text(stub_for(kata, stage), cell))
        elif kata.exercise(stage).exists() and Progress(kata).is_edited(stage):
            words = tr(
                "this cell is still the stub, but {file} has code of yours, so nothing was "
                "changed: %code {number} makes a cell with your code",
                file=kata.shown(kata.exercise(stage)),
                number=stage.number,
            )
            raise UsageError(words)
        self._grade(kata, stage, seed)

    def check(self, line: str) -> None:
        """Grade a stage's exercise file as it is, by default the last stage: `%check 9`."""
        kata, (name, seed) = self._opened(), _stage_and_seed(line)
        self._grade(kata, self._wanted(kata, name), seed)

    def hint(self, line: str) -> None:
        """Show one more hint each time, by default for the last stage: `%hint 9`.

        `%hint 9 2` shows the second one again, and `%hint 9 --again` all that you have seen.
        """
        kata, words = self._opened(), shlex.split(line)
        names = [word for word in words if word != "--again"]
        stage = self._wanted(kata, names[0] if names else None)
        hints = _chosen_hints(kata, stage, names[1:], "--again" in words)
        shown = [_hint_as_markdown(stage, hint) for hint in hints]
        advice = tr(
            "That's the last hint. `%lesson {number}` explains it from the beginning.",
            number=stage.number,
        )
        if following := hints[-1].following:
            advice = tr(
                "`%hint {number}` shows the next one: {following}.",
                number=stage.number,
                following=following,
            )
        text = in_notebook("\n\n".join([*shown, advice]))
        show(text, markdown=text)

    def lesson(self, line: str) -> None:
        """Show a stage's lesson, by default that of the last stage: `%lesson 9`.

        `%lesson after_42` shows the closing lesson.
        """
        kata = self._opened()
        if line.strip().lower() in CLOSING:
            text = closing_for_notebook(kata)
            show(text, markdown=text)
            return
        stage = self._wanted(kata, line.strip() or None)
        text = lesson_for_notebook(kata, stage)
        show(lesson_for_notebook(kata, stage, with_pictures=False), markdown=text)

    def code(self, line: str) -> None:
        """Make a cell with your code for a stage, by default the last one: `%code 9`."""
        kata = self._opened()
        stage = self._with_code(kata, line.strip() or None)
        require_files(kata.exercises, [stage], "exercises")
        text = kata.exercise(stage).read_text(encoding="utf-8-sig", errors="replace")
        self._shell.set_next_input(f"%%stage {stage.number}\n{cell_text(text)}", replace=True)

    def map(self, _line: str) -> None:
        """Show the map of stages, and what to do next."""
        kata = self._opened()
        show(map_as_text(kata), html=map_as_html(kata))

    def plot(self, line: str) -> None:
        """Draw a picture with your own functions: `%plot norm`, `%plot attention --head 3`."""
        kata, printed = self._opened(), list[str]()
        with tempfile.TemporaryDirectory(prefix="kata-") as folder:
            args = ["plot", *shlex.split(line), "--out", folder]
            failed = run_command(kata.folder, args, printed.append)
            text = "".join(printed).strip()
            if failed:
                raise UsageError(text)
            *words, path = text.split("\n")
            print("\n".join(words))
            show_picture(Path(path), words[0])

    def _program(self, name: str) -> Callable[[str], None]:
        """Return a magic that runs a command and shows what it prints."""

        def run(line: str) -> None:
            args = shlex.split(line) if name == "grader" else [name, *shlex.split(line)]
            if args == ["compare"] and self._stage is not None:
                args.append(str(self._stage.number))
            if args[:1] == ["watch"]:
                words = tr(
                    "`grader watch` needs a terminal. Here, %%stage 9 on the first line of a cell "
                    "grades your code each time you run the cell."
                )
                raise UsageError(words)
            is_init = args[:1] == ["init"]  # there may be no kata yet
            folder = Path.cwd() if is_init else self._opened().folder
            run_command(folder, args, lambda text: print(text, end="", flush=True))

        run.__doc__ = f"Run the command `grader{'' if name == 'grader' else f' {name}'}`."
        return run

    def _grade(self, kata: Kata, stage: Stage, seed: int | None) -> None:
        needed = [one for one in kata.stages if stage.own_stages and one.number in stage.uses]
        require_files(kata.exercises, [stage, *needed], "exercises")
        self._stage = stage
        assert self._grading is not None
        self._grading.run(stage, seed)

    def _opened(self) -> Kata:
        """Return the kata, and start the process that grades, unless that has been done.

        Raises:
            UsageError: if there is no kata; the message says how to make one.
        """
        before = language()
        use_kept_language()
        if language() != before:  # the process that grades still speaks the other one
            self.close()
        if self._kata is None:
            self._kata, remark = open_kata_here()
            if remark:
                print(remark)
        if self._grading is None:
            self._grading = Grading(self._kata)
        return self._kata

    def _wanted(self, kata: Kata, name: str | None) -> Stage:
        """Return the stage that was named, or the last one, or else the next one to do."""
        if name is not None or self._stage is None:
            self._stage = wanted_stage(kata, name)
        return self._stage

    def _with_code(self, kata: Kata, name: str | None) -> Stage:
        stage = stage_here(kata, name) if name else self._wanted(kata, name)
        if not stage.has_code:
            words = tr(
                "{name} has no code of its own: %check {number} runs it",
                name=stage.name,
                number=stage.number,
            )
            raise UsageError(words)
        return stage


def _reporting_errors(function: Callable[..., None]) -> Callable[..., None]:
    """Return a magic that prints an error that users can fix themselves without a traceback."""

    def magic(*args: str) -> None:
        try:
            function(*args)
        except UsageError as error:
            print(in_notebook(str(error)), file=sys.stderr)
        except OSError as error:
            about, reason = error.filename or tr("this machine"), reason_of(error)
            print(tr("{about}: {reason}", about=about, reason=reason), file=sys.stderr)
        except KeyboardInterrupt:
            print(tr("Interrupted."), file=sys.stderr)

    magic.__doc__ = function.__doc__
    return magic


def _hint_as_markdown(stage: Stage, hint: Hint) -> str:
    title = tr("{name}: {title}", name=stage.name, title=hint.title)
    return f"**{title}**\n\n{hint.text}"


def _stage_and_seed(line: str) -> tuple[str | None, int | None]:
    """Return the stage and the seed in a line such as `9 --seed 42`."""
    names, _, seed = line.replace("--seed=", "--seed ").partition("--seed")
    words = names.split()
    if len(words) > 1 or ("--seed" in line and not seed.strip().isdigit()):
        wrong = tr(
            "{text!r} is not a stage: write, for example, 9 or 9 --seed 42", text=line.strip()
        )
        raise UsageError(wrong)
    return (words[0] if words else None), (int(seed) if seed.strip() else None)


def _chosen_hints(kata: Kata, stage: Stage, numbers: Sequence[str], again: bool) -> list[Hint]:
    """Return the hints to show; only a new one is counted as shown."""
    if numbers and not (len(numbers) == 1 and numbers[0].isdigit()):
        words = tr("{text!r} is not a hint's number: write %hint 9 2", text=" ".join(numbers))
        raise UsageError(words)
    if numbers:
        return [seen_hint(kata, stage, int(numbers[0]))]
    if not again:
        return [next_hint(kata, stage)]
    if seen := seen_hints(kata, stage):
        return seen
    words = tr(
        "you haven't seen a hint for {name} yet: %hint {number} shows one",
        name=stage.name,
        number=stage.number,
    )
    raise UsageError(words)
