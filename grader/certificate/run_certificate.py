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
from grader.language import in_a_row, tr
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
        words = tr(
            "--name has {count} characters: {most} fit on the page",
            count=len(shown),
            most=LONGEST_NAME,
        )
        raise UsageError(words)
    _refuse_other_file(out)
    _check_model(kata, folder)
    seed = fresh_seed(None, kata.seeds)
    grading = tr("Grading every stage you have begun, with the new seed {seed} ...", seed=seed)
    console.print(grading)
    claims = take_stock(kata, shown, folder, seed, lambda words: console.print(Text(words)))
    try:
        write_whole(out, page_of(claims))
    except OSError as error:
        words = tr("--out {out}: {reason}", out=out, reason=reason_of(error))
        raise UsageError(words) from None
    for line in _summary(claims, out):
        console.print(Text(line))


def _refuse_other_file(out: Path) -> None:
    """Raise a UsageError if a file is there that isn't such a page."""
    if out.is_dir():
        raise UsageError(tr("--out {out} is a folder: give the name of a file", out=out))
    if not out.parent.is_dir():
        words = tr("--out {out}: there is no folder {folder}", out=out, folder=out.parent)
        raise UsageError(words)
    if out.exists():
        try:
            read_page(out)
        except UsageError:
            words = tr("{out} is another file: choose another --out", out=out)
            raise UsageError(words) from None


def _check_model(kata: Kata, folder: Path | None) -> None:
    if folder:
        from grader.certificate.model_figures import check_model  # load torch

        check_model(kata, folder)


def _summary(claims: Claims, out: Path) -> list[str]:
    core = claims.core
    lines: list[str] = [
        tr(
            "{passed} of {count} stages, {points}.",
            passed=sum(one.has_passed for one in core),
            count=len(core),
            points=claims.points_in_words,
        )
    ]
    if missing := [one for one in claims.stages if one.is_missing]:
        names = in_a_row(f"s{one.number:02d}" for one in missing)
        lines.append(tr("Not passed: {names}. The page says so.", names=names))
    command = shell_command("grader", "certificate", "--verify", str(out))
    lines += [
        tr("Your page is {out}: open it in a browser, print it, keep it.", out=out),
        tr("Anyone who has your files can check it: `{command}`", command=command),
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
    grading = tr("Grading the stages on the page with its seed, {seed} ...", seed=claims.seed)
    console.print(grading)
    count = 0
    say: Say = lambda words: console.print(Text(words))  # noqa: E731
    for words in differences(kata, claims, text, folder, say):
        say(f"- {words}")
        count += 1
    for words in _conclusion(claims, fingerprint_here(kata, claims), holds=not count):
        console.print(words)
    return 1 if count else 0


def _conclusion(claims: Claims, here: str, holds: bool) -> list[str]:
    """Return the last lines of a check: the fingerprint here, and whether the page holds."""
    lines: list[str] = [tr("The fingerprint here is {here}.", here=here)]
    if here != claims.fingerprint:
        lines = [
            tr(
                "The fingerprint here is {here}; the page's is {claimed}.",
                here=here,
                claimed=claims.fingerprint,
            )
        ]
    if holds:
        points = claims.points_in_words
        lines.append(tr("The page holds for the files here: {points}.", points=points))
    else:
        lines.append(tr("Some of what the page says doesn't hold for the files here."))
    return [*lines, tr("Grading can't check the name, the dates or the speed.")]
