"""`grader class forget`: results without one person."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.classroom.exports.class_files import FEEDBACK, GRADEBOOK, OPEN, ZIPS
from grader.classroom.exports.gradebooks import CANVAS, MOODLE
from grader.classroom.graded_class import GradedClass
from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.grades.class_rows import ClassRow
from grader.classroom.journal import JOURNAL, keep_only
from grader.classroom.likeness.run_likeness import PAGE
from grader.classroom.privacy.find_names import files_that_name
from grader.classroom.privacy.known_people import (
    KnownPerson,
    NameRemover,
    person_of,
    telling_values,
)
from grader.classroom.results_folder import (
    CHANGES,
    CLASS_PAGE,
    EARLIER,
    files_of,
    read_class,
    read_graded,
    results_folder,
    write_class,
    write_submission,
)
from grader.classroom.roster.nearest import did_you_mean
from grader.classroom.roster.students import Student
from grader.classroom.run_settings import WHOLE, Run
from grader.classroom.safe_copies import plain_columns
from grader.classroom.submission_names import distinct_keys, printable, words_of
from grader.errors import UsageError
from grader.kata import Kata
from grader.write_files import naming_out

_MADE_AGAIN = (GRADEBOOK, CANVAS, MOODLE, OPEN, CLASS_PAGE, FEEDBACK, *ZIPS)
_NOT_AGAIN = {
    PAGE: "`grader class likeness` makes it again",
    CHANGES: "it compared this run with the one before",
    EARLIER: "it held the run before this one",
}


def run_forget(kata: Kata, console: Console, results: Path, name: str) -> None:
    """Remove a person from a folder of results, and print what was removed.

    Raises:
        UsageError: if the results can't be read, or not exactly one person is called so.
    """
    class_ = read_class(results)
    if class_.run.shard != WHOLE:
        raise UsageError(
            f"{results} is part {class_.run.shard} of a class: merge the parts, forget the person "
            "there, and delete the parts"
        )
    row = _find(class_, name)
    person = person_of(row)
    remover = NameRemover([person], kata)
    with results_folder(results), naming_out(results):
        graded = read_graded(results)
        others = [one.key for one in graded if not row.result or one.key != row.result.key]
        both = [(one, _without(one, row, remover, others)) for one in graded]
        kept = [after for _, after in both if after]
        # First what is made from the results, so that nothing is left if this is interrupted.
        removed = _remove_made(results)
        for before, after in both:
            folder = files_of(results, before.key).parent
            if after is None:
                count = sum(path.is_file() for path in folder.rglob("*"))
                shutil.rmtree(folder)
                removed.append(f"submissions/{before.key}: {count} files")
            elif after != before:
                if after.key != before.key:
                    folder.rename(folder.with_name(after.key))
                write_submission(results, after, files_of(results, after.key))
        removed += _told(
            row, [after.key for before, after in both if after and _is_of(row, before)]
        )
        keys = {before.key: after.key for before, after in both if after}
        run = _run_without(class_.run, row, remover, keys)
        run.write(results)
        write_class(results, run, kept, run.assignment)
        count = keep_only(results / JOURNAL, {one.files for one in kept})
        removed += [f"{count} of the results in {JOURNAL}"] if count else []
    _print(console, person, removed)
    for path in files_that_name(results, telling_values([person])):
        console.print(Text(f"Still named in {path}, which is not this person's: look at it."))


def _find(class_: GradedClass, name: str) -> ClassRow:
    wanted, shown = words_of(name), printable(name)
    found = [row for row in class_.rows if wanted and wanted in _all_names(row)]
    if not found:
        near = did_you_mean(name, ([row.name] for row in class_.rows))
        hint = near or f": {GRADEBOOK} has the names"
        raise UsageError(f"nobody in these results is called {shown}{hint}")
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} people in these results are called {shown}: write an id, or the name in "
            f"the first column of {GRADEBOOK}"
        )
    return found[0]


def _all_names(row: ClassRow) -> frozenset[str]:
    person = person_of(row)
    said = (*person.names, *(value for _, value in person.ids))
    return row.identities | frozenset(map(words_of, said))


def _without(
    one: GradedSubmission, row: ClassRow, remover: NameRemover, taken: Sequence[str]
) -> GradedSubmission | None:
    """Return a submission without a person; None if it was theirs alone.

    Args:
        taken: the keys of the other submissions.
    """
    problems = tuple(map(remover.plain, one.problems))
    if not _is_of(row, one):
        return replace(one, problems=problems)
    others = tuple(columns for columns in one.students if plain_columns(columns) != row.columns)
    if not others:
        return None
    name = " and ".join(Student(columns).name for columns in others)
    is_named = remover.plain(one.key) != one.key
    student = KnownPerson(Student(row.columns).names, Student(row.columns).ids)
    return replace(
        one,
        key=distinct_keys([*taken, name])[-1] if is_named else one.key,
        name=name,
        students=others,
        people=tuple(
            other
            for other in one.people
            if not student.is_same(KnownPerson((other.name,), other.ids))
        ),
        hand_in=remover.plain(one.hand_in),
        hand_in_files=tuple(map(remover.plain, one.hand_in_files)),
        problems=problems,
    )


def _remove_made(results: Path) -> list[str]:
    """Remove what is made from the results, and return what isn't made again."""
    gone = []
    for name in (*_NOT_AGAIN, *_MADE_AGAIN):
        path = results / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
        else:
            continue
        gone += [f"{name}: {_NOT_AGAIN[name]}"] if name in _NOT_AGAIN else []
    return gone


def _told(row: ClassRow, groups: Sequence[str]) -> list[str]:
    """Say where else the person was; `groups` are the submissions that stay with others."""
    lines = ["the row of somebody who handed in nothing"] if row.result is None else []
    lines += [
        f"a name in the group of submissions/{key}, which stays with the others" for key in groups
    ]
    return [*lines, "the rows in the gradebooks, on the class's page and in the feedback"]


def _is_of(row: ClassRow, one: GradedSubmission) -> bool:
    return row.result is not None and one.key == row.result.key


def _run_without(run: Run, row: ClassRow, remover: NameRemover, keys: Mapping[str, str]) -> Run:
    """Return settings without a person; `keys` has the submissions that stay, by their old keys."""
    others = [columns for columns in run.absent if plain_columns(columns) != row.columns]
    names = frozenset(map(words_of, person_of(row).names))
    return replace(
        run,
        listed=tuple(keys.values()),
        absent=tuple(others),
        pending=tuple(columns for columns in run.pending if columns in others),
        problems=tuple(one for one in run.problems if remover.plain(one) == one),
        open=tuple(
            replace(
                one,
                key=keys[one.key],
                nearest=tuple(name for name in one.nearest if words_of(name) not in names),
            )
            for one in run.open
            if one.key in keys
        ),
        rules=replace(
            run.rules,
            late=tuple(one for one in run.rules.late if not one.whose.fits(row.identities)),
            overrides=tuple(
                one for one in run.rules.overrides if not one.whose.fits(row.identities)
            ),
        ),
    )


def _print(console: Console, person: KnownPerson, removed: Sequence[str]) -> None:
    console.print(Text(f"{printable(person.names[0])} is forgotten. Removed:", style="bold"))
    for line in removed:
        console.print(Text(f"  {line}"))
    console.print(
        "Another run brings them back only if the submission is still in the download, or the "
        "person in the roster: remove them there, too. Copies elsewhere, such as zips that were "
        "uploaded, are not touched."
    )
