"""`grader certificate`: write a page, or check one."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.certificate.claims import LONGEST_NAME, Claims
from grader.certificate.page import page_of, read_page
from grader.certificate.take_stock import Say, take_stock
from grader.certificate.verify import differences, fingerprint_here
from grader.errors import UsageError
from grader.kata import Kata
from grader.report.plain_text import one_line, spelled_out
from grader.seeds import fresh_seed
from grader.shell_command import shell_command
from grader.write_files import reason_of, write_whole


def write_page(kata: Kata, console: Console, name: str, folder: Path | None, out: Path) -> None:
    """Grade everything again, write the page, and say what is on it.

    Args:
        name: whose page it is; may be empty.
        folder: the checkpoint of a model of the learner's own; None if there is none.

    Raises:
        UsageError: if no stage passes, or an argument can't be used.
    """
    shown = spelled_out(one_line(name))
    if len(shown) > LONGEST_NAME:
        raise UsageError(f"--name has {len(shown)} characters: {LONGEST_NAME} fit on the page")
    _refuse_other_file(out)
    _check_model(kata, folder)
    seed = fresh_seed(None, kata.seeds)
    console.print(f"Grading every stage you have begun, with the new seed {seed} ...")
    claims = take_stock(kata, shown, folder, seed, lambda words: console.print(Text(words)))
    try:
        write_whole(out, page_of(claims))
    except OSError as error:
        raise UsageError(f"--out {out}: {reason_of(error)}") from None
    for line in _summary(claims, out):
        console.print(Text(line))


def _refuse_other_file(out: Path) -> None:
    """Raise a UsageError if a file is there that isn't such a page."""
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder: give the name of a file")
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}")
    if out.exists():
        try:
            read_page(out)
        except UsageError:
            raise UsageError(f"{out} is another file: choose another --out") from None


def _check_model(kata: Kata, folder: Path | None) -> None:
    if folder:
        from grader.certificate.model_figures import check_model  # load torch

        check_model(kata, folder)


def _summary(claims: Claims, out: Path) -> list[str]:
    core = claims.core
    lines = [
        f"{sum(one.has_passed for one in core)} of {len(core)} stages, {claims.points_in_words}."
    ]
    if missing := [one for one in claims.stages if one.is_missing]:
        names = ", ".join(f"s{one.number:02d}" for one in missing)
        lines.append(f"Not passed: {names}. The page says so.")
    command = shell_command("grader", "certificate", "--verify", str(out))
    lines += [
        f"Your page is {out}: open it in a browser, print it, keep it.",
        f"Anyone who has your files can check it: `{command}`",
    ]
    return lines


def verify_page(kata: Kata, console: Console, path: Path, folder: Path | None) -> int:
    """Check a page by grading the files here, and return the exit code: 1 if anything doesn't hold.

    Args:
        folder: the checkpoint that the page's own model is compared with.

    Raises:
        UsageError: if it isn't such a page, or the files can't be graded.
    """
    claims, text = read_page(path)
    _check_model(kata, folder)
    console.print(f"Grading the stages on the page with its seed, {claims.seed} ...")
    count = 0
    say: Say = lambda words: console.print(Text(words))  # noqa: E731
    for words in differences(kata, claims, text, folder, say):
        say(f"- {words}")
        count += 1
    here = fingerprint_here(kata, claims)
    other = "" if here == claims.fingerprint else f"; the page's is {claims.fingerprint}"
    console.print(f"The fingerprint here is {here}{other}.")
    if count:
        console.print("Some of what the page says doesn't hold for the files here.")
    else:
        console.print(f"The page holds for the files here: {claims.points_in_words}.")
    console.print("Grading can't check the name, the dates or the speed.")
    return 1 if count else 0
