"""A folder of whatever students sent, and a registrar's list of the class.

There is no system behind it. What registrars' lists look like is from memory: German, in Windows'
own encoding, with semicolons, a few title rows, and a row for each of a person's groups.
"""

from collections.abc import Callable

from grader.tests.course_systems.export import Clue, Export, TrueHandIn, csv_text
from grader.tests.course_systems.hand_ins import (
    Kind,
    Work,
    checkout,
    choose,
    folder,
    handout,
    notebook,
    repository,
    stage_files,
)
from grader.tests.course_systems.names import Name
from grader.tests.course_systems.packing import as_tar_gz, as_zip
from grader.tests.course_systems.people import (
    People,
    Student,
    is_one_of_several,
    is_squeezed,
)

_KINDS: dict[Kind, int] = {
    stage_files: 4,
    folder: 3,
    handout: 2,
    checkout: 1,
    repository: 1,
    notebook: 1,
}
_TITLES = (
    "Universität Musterstadt;;;;;",
    "Teilnehmerliste: Neuronale Netze (Übung), SoSe 2026;;;;;",
    "Stand: 04.05.2026 09:30 Uhr;;;;;",
    ";;;;;",
)
_COLUMNS = ("Nr.", "Matrikelnummer", "Nachname", "Vorname", "E-Mail", "Gruppe")


def plain_archives(people: People) -> Export:
    """Return archives and folders as students named them, and the registrar's list."""
    made = Export("", "submissions", roster_name="Teilnehmerliste.csv")
    for student in people.handing_in:
        kind, _ = choose(people, student, _KINDS)
        work = kind(people, student)
        name, clue = _named(people, student)
        copies = [name, f"{name} (1)"] if student.hands_in_again else [name]
        for copy in copies:
            made.files |= _packed(people, student, copy, work)
        made.hand_ins.append(TrueHandIn((student,), work.stages, clue, copies=len(copies)))
    rows = [list(_COLUMNS)]
    for student in sorted(people.students, key=lambda one: one.name.latin_family):
        spelled = student.name
        for section in student.sections:
            names = [spelled.latin_family, spelled.latin_given]
            who = [student.sis_id, *names, student.email, section]
            rows.append([str(len(rows)), *who])
        made.know(student, student.email, spelled.latin)
    text = "\r\n".join([*_TITLES, csv_text(rows, delimiter=";", end="\r\n")])
    made.roster = text.encode("cp1252")
    return made


_Named = Callable[[Name], str]
_EXACT: tuple[_Named, ...] = (
    lambda name: f"{name.latin_family}_{name.latin_given}".replace(" ", "_"),
    lambda name: f"{name.latin_given} {name.latin_family}",
    lambda name: f"{name.latin_family}, {name.latin_given}",
    lambda name: f"{name.latin_given}-{name.latin_family}".lower(),
)
_ON_A_KEYBOARD = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)
_ALIKE: tuple[_Named, ...] = (
    lambda name: f"Llama3_{name.latin_given}_{name.latin_family}",
    lambda name: f"{name.latin_given}{name.latin_family}".replace(" ", ""),
    lambda name: _with_a_slip(f"{name.latin_given} {name.latin_family}"),
    lambda name: _in_ascii(f"{name.latin_given} {name.latin_family}"),
)


def _named(people: People, student: Student) -> tuple[str, Clue]:
    """Return what a student's archive is called, and how well that shows whose it is."""
    rng = people.rng("name", student)
    name = Name("", "", student.name.latin_given, student.name.latin_family)
    by_name = rng.choice(_EXACT)(name).strip(" _,-")
    if student.is_stranger:
        return by_name, Clue.STRANGER
    if is_one_of_several(student):
        if student.number == 1:
            return f"{student.sis_id}_{name.latin_family}", Clue.SURE
        return _EXACT[student.number % len(_EXACT)](name), Clue.UNCLEAR
    if is_squeezed(student) or student.hands_in_again:
        return student.name.latin, Clue.LIKELY
    style = rng.random()
    if style < 0.15:
        return student.sis_id, Clue.SURE
    if style < 0.3:
        return f"{student.sis_id}_{name.latin_family or name.latin_given}", Clue.SURE
    if style < 0.35:
        return student.email, Clue.SURE
    if style < 0.4:
        return student.login, Clue.LIKELY
    if style < 0.55:
        return rng.choice(_ALIKE)(name).strip(" _,-"), Clue.LIKELY
    return by_name, Clue.SURE


def _with_a_slip(text: str) -> str:
    """Return the text with one letter left out."""
    middle = len(text) * 2 // 3
    return text[:middle] + text[middle + 1 :]


def _in_ascii(text: str) -> str:
    """Return the text as Germans without umlauts on the keyboard write it."""
    return text.translate(_ON_A_KEYBOARD)


def _packed(people: People, student: Student, name: str, work: Work) -> dict[str, bytes]:
    """Return an archive or a folder of somebody's work, in the folder of the class."""
    rng = people.rng("packed", student)
    share = rng.random()
    if share < 0.3:
        return {f"{name}/{path}": contents for path, contents in work.files.items()}
    if share < 0.5:
        return {f"{name}.tar.gz": as_tar_gz(work.files)}
    return {f"{name}.zip": as_zip(work.files, from_a_mac=rng.random() < 0.3)}
