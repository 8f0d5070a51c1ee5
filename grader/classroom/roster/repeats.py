"""Which rows of a roster are the same person, and which people share an id.

Two rows are one person only if it is certain: the same name, and the same id. Everybody else stays
a person, so that nobody is lost.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from grader.classroom.hand_in import IdKind
from grader.classroom.roster.students import ID_WORDS, Student, forms_of, plain_id
from grader.classroom.submission_names import listed, printable

_Id = tuple[IdKind, str]
_ONE_EACH = {"participant", "canvas", "id", "login", "github"}  # nobody has two; of emails, many do
_MOST_NAMED = 3


def without_repeats(students: Sequence[Student]) -> tuple[tuple[Student, ...], list[str]]:
    """Return each person once, and notes; somebody in two sections has two rows with one id."""
    shared = _shared_by_names(students)
    kept: list[Student] = []
    seen: dict[tuple[str, _Id], int] = {}
    repeats: list[str] = []
    for one in students:
        keys = [(name, each) for each in _ids(one) - shared for name in _name_forms(one)]
        known = (seen[key] for key in keys if key in seen)
        number = next((at for at in known if not _contradict(kept[at], one)), len(kept))
        if number == len(kept):
            kept.append(one)
        else:
            kept[number] = _joined(kept[number], one)
            repeats.append(one.name)
        for key in keys:
            seen.setdefault(key, number)
    notes = []
    if repeats:
        rows = "1 row was" if len(repeats) == 1 else f"{len(repeats)} rows were"
        notes.append(f"{rows} taken as people listed twice: {_some(repeats)}")
    return tuple(kept), [*notes, *_notes_on_shared(kept), *_notes_on_namesakes(kept)]


def _shared_by_names(students: Sequence[Student]) -> set[_Id]:
    """Return the ids that people of different names have."""
    first: dict[_Id, frozenset[str]] = {}
    shared = set()
    for one in students:
        for each in _ids(one):
            if not first.setdefault(each, _name_forms(one)) & _name_forms(one):
                shared.add(each)
    return shared


def _notes_on_shared(people: Sequence[Student]) -> list[str]:
    owners: Mapping[_Id, list[Student]] = defaultdict(list)
    for one in people:
        for each in _ids(one):
            owners[each].append(one)
    groups = {tuple(one.name for one in some): each for each, some in owners.items() if some[1:]}
    notes = [
        f"{len(names)} people have the same {ID_WORDS[kind]} {printable(value)}: {_some(names)}"
        for names, (kind, value) in groups.items()
    ]
    if len(notes) <= _MOST_NAMED:
        return notes
    count = len({name for names in groups for name in names})
    return [f"{count} people share an ID with somebody: {_some([n for g in groups for n in g])}"]


def _notes_on_namesakes(people: Sequence[Student]) -> list[str]:
    """Say whom nothing can tell apart, not even a line in a map file."""
    times = Counter(each for one in people for each in _ids(one))
    namesakes: dict[str, list[Student]] = defaultdict(list)
    for one in people:
        namesakes[forms_of(one.name).words].append(one)
    alike = [
        some[0].name
        for some in namesakes.values()
        if some[1:] and any(all(times[each] > 1 for each in _ids(one)) for one in some)
    ]
    if not alike:
        return []
    what = "several people have one name and no ID of their own"
    return [f"{what}: {_some(alike)} (add a column that tells them apart)"]


def _ids(one: Student) -> set[_Id]:
    """Return a person's ids, but not what GitHub Classroom calls an identifier if it is a name."""
    names = {forms_of(name).words for name in one.names}
    return {
        (kind, plain_id(kind, value))
        for kind, value in one.ids
        if any(map(str.isdigit, value)) or forms_of(value).words not in names
    }


def _name_forms(one: Student) -> frozenset[str]:
    """Return the forms of a name; of one without letters, the name itself."""
    return frozenset(forms_of(name).words or name for name in one.names) or frozenset([""])


def _contradict(first: Student, second: Student) -> bool:
    """Return whether two have different ids of a kind of which everybody has one."""
    both = _ids(first), _ids(second)
    return any(
        mine and theirs and not mine & theirs
        for kind in _ONE_EACH
        for mine, theirs in [[{v for k, v in some if k == kind} for some in both]]
    )


def _joined(first: Student, again: Student) -> Student:
    """Return a person with the columns of the first row, completed from the other."""
    return Student({title: value or again.columns[title] for title, value in first.columns.items()})


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if names[_MOST_NAMED:] else ""
    return listed(map(printable, names[:_MOST_NAMED])) + more
