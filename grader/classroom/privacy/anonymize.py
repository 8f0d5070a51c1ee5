"""`grader class anonymize`: results in which nobody is named."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.classroom.exports.class_files import FEEDBACK, OPEN
from grader.classroom.exports.gradebooks import CANVAS, MOODLE
from grader.classroom.privacy.find_names import files_that_name
from grader.classroom.privacy.known_people import NameRemover, person_of, telling_values
from grader.classroom.privacy.nameless_class import without_names
from grader.classroom.privacy.pseudonyms import KeyLine, read_key, with_pseudonyms, write_key
from grader.classroom.results_folder import (
    begin_class,
    read_class,
    results_folder,
    write_class,
    write_submission,
)
from grader.classroom.run_settings import WHOLE
from grader.classroom.submission_names import printable
from grader.errors import UsageError
from grader.kata import Kata
from grader.sandbox.cleanup import remove_litter
from grader.write_files import naming_out

# These would send something back to people, and there is nobody to find by a pseudonym.
_FOR_COURSE_SYSTEMS = (CANVAS, MOODLE, OPEN, FEEDBACK)


def run_anonymize(
    kata: Kata, console: Console, results: Path, out: Path, key_file: Path | None
) -> None:
    """Write the results under pseudonyms, and print the key or write it to its own file.

    Raises:
        UsageError: if the results can't be read, or a path can't be used.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"--out {out} is not empty: choose a folder that doesn't exist yet")
    if key_file and key_file.resolve().is_relative_to(out.resolve()):
        raise UsageError(f"--key {key_file} is inside --out: keep the key apart")
    class_ = read_class(results)
    if class_.run.shard != WHOLE:
        raise UsageError(f"{results} is part {class_.run.shard} of a class: merge the parts first")
    earlier = read_key(key_file) if key_file else []
    people = [person_of(row) for row in class_.rows]
    lines = with_pseudonyms(people, earlier)
    remover = NameRemover(people, kata)
    run, graded = without_names(class_, [line.pseudonym for line in lines], remover)
    with results_folder(out) as work, naming_out(out):
        begin_class(out, run)
        for one in graded:
            write_submission(out, one, work / "no files")
            (out / "submissions" / one.key / "files").rmdir()
        write_class(out, run, graded, "points")
        for name in _FOR_COURSE_SYSTEMS:
            _remove(out / name)
    if key_file:
        with naming_out(key_file):
            write_key(key_file, {line.pseudonym: line for line in (*earlier, *lines)}.values())
    _print(console, out, key_file, lines)
    for path in files_that_name(out, telling_values(people)):
        console.print(Text(f"Look at {path} before you share it: a name or an id may be in it."))


def _remove(path: Path) -> None:
    if path.is_dir():
        remove_litter(path)
    else:
        path.unlink(missing_ok=True)


def _print(console: Console, out: Path, key_file: Path | None, lines: Sequence[KeyLine]) -> None:
    people = {line.pseudonym: line.person for line in lines}
    console.print(Text(f"{out}: {len(people)} people under pseudonyms", style="bold"))
    console.print("Names, ids, the graded code and what it printed are left out.")
    if key_file:
        console.print(Text(f"The key is in {key_file}. Keep it apart from these results."))
        return
    console.print("The key, which is not written to any file:")
    for pseudonym, person in sorted(people.items()):
        console.print(Text(f"  {pseudonym}  {printable(person.names[0])}"))
