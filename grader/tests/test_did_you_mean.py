"""What a teacher's file or command may have meant by a name that nobody has."""

from pathlib import Path

import pytest

from grader.classroom.grades.people import (
    Identities,
    PersonLine,
    check_that_each_fits_one,
    identities_of,
)
from grader.classroom.roster.mapping import read_map
from grader.classroom.roster.nearest import did_you_mean
from grader.classroom.roster.students import Roster, Student
from grader.errors import UsageError
from grader.tests.named_class import a_class, forgotten, write
from grader.tests.rosters import handed_in, somebody

PEOPLE = ["Ada Lovelace", "Robert Floyd", "Grace Hopper", "Alan Turing", "Dan Ingalls"]


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("Grace", ": did you mean Grace Hopper?"),
        ("Hoper", ": did you mean Grace Hopper?"),
        ("Bob Flyd", ": did you mean Robert Floyd?"),
        ("w1f Ada", ": did you mean Ada Lovelace?"),
        ("turing alan", ": did you mean Alan Turing?"),
        ("Alan Turng", ": did you mean Alan Turing?"),
        ("Xu", ""),
        ("", ""),
        ("41007", ""),
    ],
)
def test_a_part_of_a_name_is_enough(said: str, question: str) -> None:
    assert did_you_mean(said, ([name] for name in PEOPLE)) == question


def test_several_people_of_one_first_name_are_all_named() -> None:
    said = did_you_mean("Grace", (["Grace Hopper"], ["Grace Kelly"], ["Ada Lovelace"]))
    assert said == ": did you mean Grace Kelly or Grace Hopper?"


def test_a_line_about_a_person_asks_for_the_name_and_not_for_the_address() -> None:
    hers = {"name": "Grace Hopper", "email": "grace.hopper@example.edu"}
    people: list[Identities] = [identities_of([], hers), identities_of(["Ada"], {})]
    line = PersonLine("overrides.csv, line 2", ("Grace",))
    with pytest.raises(UsageError, match=r"is called Grace: did you mean grace hopper\?$"):
        check_that_each_fits_one([line], people)


def test_forgetting_and_maps_ask(tmp_path: Path) -> None:
    results = write(tmp_path / "results", a_class())
    with pytest.raises(UsageError, match=r"is called Ada: did you mean Ada Lovelace\?$"):
        forgotten(results, "Ada")
    with pytest.raises(UsageError, match="is called Zzz: gradebook.csv has the names"):
        forgotten(results, "Zzz")
    roster = Roster(tuple(Student({"name": name}) for name in PEOPLE))
    file, bob = tmp_path / "map.csv", [handed_in(somebody("Bob Floyd"))]
    file.write_text("Bob Flyd,Robert Floyd\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"called Bob Flyd: did you mean Bob Floyd\?$"):
        read_map(file, bob, roster).notes_on(file, ["Bob Floyd"])
    file.write_text("Bob Floyd,Grace\n", encoding="utf-8")
    with pytest.raises(UsageError, match="id Grace; nearest: Grace Hopper"):
        read_map(file, bob, roster)
    file.write_text("Bob Floyd,Bob Flyd\n", encoding="utf-8")
    with pytest.raises(UsageError, match="Bob Flyd(;|:) .*Robert Floyd"):
        read_map(file, bob, roster)
