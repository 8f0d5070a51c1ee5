"""Which hand-in belongs to whom: by ids, else by names, and never by a guess."""

import time
from itertools import product
from pathlib import Path

import pytest

from grader.classroom.hand_in import Person
from grader.tests.rosters import handed_in, matching, names, nearest, somebody

PLAIN = "name,id,email\nJane Doe,j1,jane@uni.edu\nZoë Li,z2,zoe@uni.edu\n"
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
    '"Doe, Jane",1201,s-77,jdoe,A\n"Li, Zoë",1202,s-78,zli,A\n'
)
WORKSHEET = "Identifier,Full name,Email address\n"
ELEVENTH = WORKSHEET + "Participant 11,Jane Doe,\n"
JD = somebody("", github="jd")
TWO_ADAS = WORKSHEET + "Participant 11,Ada Byron,a@x.edu\nParticipant 12,Ada Byron,b@x.edu\n"
NOBODY = "no student in the roster matches this submission's name"


@pytest.mark.parametrize(
    ("roster", "person", "why"),
    [
        (CANVAS, somebody("doejane", canvas="1201"), "Canvas ID"),
        (CANVAS, somebody("", id="S-77"), "ID"),
        (CANVAS, somebody("doejane", login="9"), "name"),
        (CANVAS, somebody("Jane Doe"), "name"),
        (CANVAS, somebody("Doe, Jane"), "name"),
        (CANVAS, somebody("jdoe"), "ID"),
        (CANVAS, somebody("1201"), "ID"),
        (CANVAS, somebody("Jane_Doe-s-77"), "name and ID"),
        (CANVAS, somebody("jdoe jane doe"), "name and ID"),
        (CANVAS, somebody("1201_Doe"), "name and ID"),
        (PLAIN, somebody("", email="Jane@UNI.edu"), "email"),
        (PLAIN, somebody("Doe Jane"), "name"),
        (PLAIN, somebody("JANE_DOE"), "name"),
        (PLAIN, somebody("janedoe"), "name"),
        (PLAIN, somebody("jane@uni.edu"), "ID"),
        ("first_name,last_name,github_username\nJane,Doe,JD\n", JD, "GitHub name"),
        ("username,first_name,last_name,github_id\nJD,Jane,Doe,5\n", JD, "GitHub name"),
        ("identifier,github_username\nJane Doe,jd\n", JD, "GitHub name"),
        ("First Name,Last Name,SID,Email\nJane,Doe,30,\n", somebody("J. D.", id="30"), "ID"),
        (ELEVENTH, somebody("", participant="11"), "participant number"),
        ("姓,名,学号\nJane,Doe,11\n", somebody("Jane Doe"), "name"),
    ],
)
def test_somebody_is_found(tmp_path: Path, roster: str, person: Person, why: str) -> None:
    (match,) = matching(tmp_path, roster, person).matches
    assert {name.replace(",", "") for name in names(match)} <= {"Jane Doe", "Doe Jane"}
    assert (len(match.students), match.why, match.reason) == (1, why, "")


def test_a_person_with_a_single_name(tmp_path: Path) -> None:
    roster = "Matrikelnummer;Nachname;Vorname\n17;;Pratiwi\n18;Doe;Jane\n"
    (match,) = matching(tmp_path, roster, somebody("Pratiwi")).matches
    assert names(match) == ["Pratiwi"]


def test_names_without_their_apostrophes_as_moodle_writes_them(tmp_path: Path) -> None:
    roster = "Vorname,Nachname\nMáire,O'Neill-D'Souza\nJane,Doe\n"
    (match,) = matching(tmp_path, roster, somebody("ONeill-DSouza Máire")).matches
    assert names(match) == ["Máire O'Neill-D'Souza"]


def test_an_id_with_somebody_elses_name_stays_open(tmp_path: Path) -> None:
    (match,) = matching(tmp_path, CANVAS, somebody("1201_Li")).matches
    assert not match.students and match.reason


@pytest.mark.parametrize("name", ["Anna van der Berg", "van der Berg, Anna", "vanderberganna"])
@pytest.mark.parametrize(
    "roster",
    [
        'name\n"van der Berg, Anna"\n',
        "first,last\nAnna,van der Berg\n",
        "name\nvan der Berg Anna\n",
    ],
)
def test_names_of_many_words_in_any_order(tmp_path: Path, roster: str, name: str) -> None:
    (match,) = matching(tmp_path, roster, somebody(name)).matches
    assert len(match.students) == 1


@pytest.mark.parametrize("name", ["王小明", "王 小明", "小明, 王"])
@pytest.mark.parametrize("roster", ["姓名\n王小明\n", "姓,名\n王,小明\n"])
def test_chinese_names(tmp_path: Path, roster: str, name: str) -> None:
    (match,) = matching(tmp_path, roster, somebody(name)).matches
    assert names(match) == ["王小明"]


def test_two_of_one_name_are_told_apart_by_any_id(tmp_path: Path) -> None:
    people = [
        somebody("Ada Byron", participant="12"),
        somebody("Ada Byron", participant="11"),
    ]
    first, second = matching(tmp_path, TWO_ADAS, *people).matches
    assert first.students[0].columns["Email address"] == "b@x.edu"
    assert second.students[0].columns["Email address"] == "a@x.edu"


def test_a_plain_column_of_ids_tells_them_apart_too(tmp_path: Path) -> None:
    roster = "name,id\nAda Byron,900114\nAda Byron,900115\n"
    (match,) = matching(tmp_path, roster, somebody("byronada", canvas="900115")).matches
    assert match.students[0].columns["id"] == "900115"


def test_two_of_one_name_stay_open_without_an_id(tmp_path: Path) -> None:
    found = matching(tmp_path, TWO_ADAS, somebody("Ada Byron"), somebody("Ada Byron"))
    for match in found.matches:
        assert (match.students, match.reason) == (
            (),
            "2 students in the roster match this submission",
        )
        assert nearest(match) == ["Ada Byron", "Ada Byron"]
    assert len(found.absent) == len(found.pending) == 2


def test_somebody_of_the_same_name_who_has_left_the_class(tmp_path: Path) -> None:
    people = somebody("Jane Doe", canvas="999"), somebody("Zoë Li", canvas="1202")
    jane, _ = matching(tmp_path, CANVAS, *people).matches
    assert (jane.students, nearest(jane)) == ((), ["Doe, Jane"])
    assert jane.reason == "somebody in the roster has this name, but another Canvas ID"


def test_private_email_addresses_do_no_harm_but_a_single_other_one_does(tmp_path: Path) -> None:
    roster = "name,email\n" + "".join(f"A{n} B{n},{n}@uni.edu\n" for n in range(4))
    private = [somebody(f"A{n} B{n}", email=f"{n}@home.example") for n in range(4)]
    known = [somebody(f"A{n} B{n}", email=f"{n}@uni.edu") for n in range(4)]
    assert all(one.students for one in matching(tmp_path, roster, *private).matches)
    mostly = matching(tmp_path, roster, *known[:3], private[3]).matches
    assert [bool(one.students) for one in mostly] == [True, True, True, False]


def test_ids_that_contradict_each_other_or_the_name_stay_open(tmp_path: Path) -> None:
    people = somebody("", canvas="1201", login="zli"), somebody("Zoë Li", canvas="1201")
    first, second = matching(tmp_path, CANVAS, *people).matches
    assert first.reason == "its Canvas ID and login belong to different people"
    assert second.reason == "its Canvas ID is one person's and its name another's"
    assert first.students == second.students == ()


def test_an_id_counts_more_than_a_name_that_nobody_has(tmp_path: Path) -> None:
    (match,) = matching(tmp_path, CANVAS, somebody("Janey D.", canvas="1201")).matches
    assert names(match) == ["Doe, Jane"]


def test_an_id_that_two_have_is_no_proof(tmp_path: Path) -> None:
    roster = "name,email\nAda Byron,b@x.edu\nLo Byron,b@x.edu\n"
    people = somebody("", email="b@x.edu"), somebody("Lo Byron", email="b@x.edu")
    first, second = matching(tmp_path, roster, *people).matches
    assert first.reason == "2 people in the roster have its email"
    assert names(second) == ["Lo Byron"]


def test_a_name_without_spaces_that_fits_two_stays_open(tmp_path: Path) -> None:
    roster = "name\nAnn Alee\nAnna Lee\n"
    squeezed, spaced = matching(tmp_path, roster, somebody("annalee"), somebody("Anna Lee")).matches
    assert (squeezed.students, names(spaced)) == ((), ["Anna Lee"])


def test_nobody_gets_two_submissions(tmp_path: Path) -> None:
    found = matching(tmp_path, PLAIN, somebody("j1"), somebody("Jane Doe"), somebody("z2"))
    line = "another submission matches the same student"
    assert [one.reason for one in found.matches] == [line, line, ""]
    assert [names(one) for one in found.matches] == [[], [], ["Zoë Li"]]
    assert [one.name for one in found.pending] == ["Jane Doe"]


def test_a_submission_whose_name_is_like_nobodys_may_be_anybodys(tmp_path: Path) -> None:
    found = matching(tmp_path, PLAIN, somebody("qqqqqq"), somebody("z2"))
    assert found.matches[0].nearest == ()
    assert found.pending == found.absent and [one.name for one in found.absent] == ["Jane Doe"]


def test_a_submission_of_several_people(tmp_path: Path) -> None:
    group = handed_in(somebody("Jane Doe", email="jane@uni.edu"), somebody("Zoë Li"), name="s_1")
    (match,) = matching(tmp_path, PLAIN, group).matches
    assert (names(match), match.why) == (["Jane Doe", "Zoë Li"], "email and name")
    half = handed_in(somebody("Jane Doe"), somebody("Bob"), name="s_1")
    (match,) = matching(tmp_path, PLAIN, half).matches
    assert (names(match), match.reason) == (["Jane Doe"], f"Bob: {NOBODY}")


GROUPS = "name,canvas_user_id,group_name\nJane Doe,7,Team 1\nZoë Li,8,Team 1\nMax Ott,9,Team 2\n"


@pytest.mark.parametrize("person", [somebody("Team 1"), somebody("team1", canvas="8")])
def test_a_submission_named_after_a_group(tmp_path: Path, person: Person) -> None:
    found = matching(tmp_path, GROUPS, person)
    assert names(found.matches[0]) == ["Jane Doe", "Zoë Li"]
    assert [one.name for one in found.absent] == ["Max Ott"]


LONG = "the third week's work of Grace Hopper (all of it, in its last version)"


def test_who_is_open_has_the_nearest_names(tmp_path: Path) -> None:
    roster = PLAIN + "Grace Hopper,gh7,ghopper@uni.edu\nAlan Turing,at1,alan@uni.edu\n"
    for said in ("Grce Hopper", "hoppergrac", "ghopper42", "Hopper, Gracie", LONG):
        (match,) = matching(tmp_path, roster, somebody(said)).matches
        assert (match.students, match.reason) == ((), NOBODY)
        assert nearest(match)[0] == "Grace Hopper", said
    for person in somebody("", github="ghopper-cs"), somebody("", email="g.hopper@home.example"):
        (match,) = matching(tmp_path, roster, person).matches
        assert nearest(match)[0] == "Grace Hopper"
    (match,) = matching(tmp_path, roster, somebody("xyzzy")).matches
    assert nearest(match) == []


def test_the_nearest_are_first_those_without_a_submission(tmp_path: Path) -> None:
    roster = "name\nMaria Schmidt\nMario Schmidt\n"
    for handed_in_too, other in ("Mario", "Maria"), ("Maria", "Mario"):
        people = somebody(f"{handed_in_too} Schmidt"), somebody("Mari Schmidt")
        assert nearest(matching(tmp_path, roster, *people).matches[1])[0] == f"{other} Schmidt"


def test_blind_marking_without_the_worksheet(tmp_path: Path) -> None:
    (match,) = matching(tmp_path, PLAIN, somebody("", participant="41064")).matches
    assert match.reason == "no student in the roster has its participant number"


def test_a_class_of_three_hundred_is_matched_quickly(tmp_path: Path) -> None:
    people = [
        f"{a}{x} {b}{y}" for a, b in product("ABC", "XY") for x, y in product("lmnop", "qrstuvwxyz")
    ]
    roster = "name\n" + "".join(f"{name}\n" for name in people)
    began = time.monotonic()
    found = matching(tmp_path, roster, *(somebody(f"{name}o") for name in people))
    assert time.monotonic() - began < 20
    assert all(one.nearest for one in found.matches)


def test_an_id_of_another_kind_decides_only_if_one_has_it(tmp_path: Path) -> None:
    roster = "name,id,login\nAda Byron,5,x\nAda Byron,7,5\n"
    (match,) = matching(tmp_path, roster, somebody("byronada", canvas="5")).matches
    assert match.students == ()


def test_names_with_spaces_are_not_compared_without_them(tmp_path: Path) -> None:
    (match,) = matching(tmp_path, "name\nAnn Alee\n", somebody("Anna Lee")).matches
    assert (match.students, match.reason) == ((), NOBODY)


def test_a_namesake_of_another_canvas_id_alone_in_a_download(tmp_path: Path) -> None:
    (match,) = matching(tmp_path, CANVAS, somebody("doejane", canvas="999")).matches
    assert match.students == ()


def test_of_two_namesakes_the_one_without_a_submission_is_nearest(tmp_path: Path) -> None:
    people = somebody("Ada Byron", participant="11"), somebody("Ada Byron")
    _, unclear = matching(tmp_path, TWO_ADAS, *people).matches
    assert [one.columns["Email address"] for one in unclear.nearest] == ["b@x.edu", "a@x.edu"]


def test_a_group_before_a_name(tmp_path: Path) -> None:
    (match,) = matching(tmp_path, GROUPS, somebody("Team 1-Jane Doe")).matches
    assert (names(match), match.why) == (["Jane Doe"], "name and group")
    for other in somebody("Team 2-Jane Doe"), somebody("Team 1-Jane Doe", canvas="99"):
        (match,) = matching(tmp_path, GROUPS, other).matches
        assert match.students == ()
