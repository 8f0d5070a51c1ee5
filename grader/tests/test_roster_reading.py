"""Rosters as course systems and registrars write them."""

from pathlib import Path

import pytest

from grader.classroom.roster import Roster, read_roster
from grader.errors import UsageError
from grader.tests.made_downloads import zipped
from grader.tests.rosters import written

ADA = ("participant", "41064"), ("id", "7001"), ("login", "alove"), ("email", "ada@uni.example")


def read(folder: Path, roster: str | bytes) -> Roster:
    return read_roster(written(folder, roster))


def in_moodle(titles: str, participant: str) -> str:
    """Return a grading worksheet with these titles, and a participant's number in its words."""
    return f"{titles}\n{participant},Ada Lovelace,7001,alove,ada@uni.example,No submission,,100\n"


@pytest.mark.parametrize(
    ("titles", "participant"),
    [
        (
            "Identifier,Full name,ID number,Username,Email address,Status,Grade,Maximum grade",
            "Participant 41064",
        ),
        (
            "ID,Vollständiger Name,ID-Nummer,Anmeldename,E-Mail-Adresse,Status,Bewertung",
            "Teilnehmer/in41064",
        ),
        (
            "Identifiant,Nom complet,Numéro d’identification,Nom d’utilisateur,"
            "Adresse de courriel,Statut,Note,Note maximale",
            "Participant41064",
        ),
        (
            "Identificador,Nombre completo,Número de ID,Nombre de usuario,Dirección de correo,"
            "Estado,Calificación,Calificación máxima",
            "Participante41064",
        ),
        ("标识符,全名,学号,用户名,电子邮件地址,状态,成绩,最高分", "参与人41064"),
    ],
)
def test_moodles_grading_worksheet_in_five_languages(
    tmp_path: Path, titles: str, participant: str
) -> None:
    (ada,) = read(tmp_path, in_moodle(titles, participant)).students
    assert (ada.name, ada.ids) == ("Ada Lovelace", ADA)
    assert tuple(ada.columns) == tuple(titles.split(","))


@pytest.mark.parametrize(
    ("roster", "name", "email"),
    [
        ("First name,Last name,Email address,Groups\nZoë,Li,z@x.example,A\n", "Zoë Li", "z"),
        ("Vorname;Nachname;E-Mail-Adresse;Gruppen\nZoë;Li;z@x.example;A\n", "Zoë Li", "z"),
        ("Prénom;Nom de famille;Adresse de courriel\nZoë;Li;z@x.example\n", "Zoë Li", "z"),
        ("Nom;Prénom;Courriel\nLi;Zoë;z@x.example\n", "Zoë Li", "z"),
        ("Nombre;Apellido(s);Dirección de correo\nZoë;Li;z@x.example\n", "Zoë Li", "z"),
        ("Nombre,Correo electrónico\nZoë Li,z@x.example\n", "Zoë Li", "z"),
        ("名,姓,电子邮件地址\n小明,王,z@x.example\n", "王小明", "z"),
        ("姓名,学号,邮箱\n王小明,17,z@x.example\n", "王小明", "z"),
        ("Name;Vorname;E-Mail\nLi;Zoë;z@x.example\n", "Zoë Li", "z"),
        ("LastName,FirstName,ID,SIS Login ID\nLi,Zoë,1202,z@x.example\n", "Zoë Li", "z"),
        ("First Name,Last Name,SID,Email,Role\nZoë,Li,9,z@x.example,Student\n", "Zoë Li", "z"),
        ('Student Name\tNetID\tE-mail\n"Li, Zoë"\tzli\tz@x.example\n', "Li, Zoë", "z"),
        ("identifier,github_username,github_id,name\nz@x.example,zli,5,Zoë Li\n", "Zoë Li", "z"),
    ],
)
def test_names_and_emails_under_their_many_titles(
    tmp_path: Path, roster: str, name: str, email: str
) -> None:
    (zoe,) = read(tmp_path, roster).students
    assert zoe.name == name
    assert ("email", f"{email}@x.example") in zoe.ids


def test_canvas_and_what_it_adds(tmp_path: Path) -> None:
    roster = read(
        tmp_path,
        "Student,ID,SIS User ID,SIS Login ID,Section,Week 3 (12)\n"
        ",,,,,Manual Posting\n    Points Possible,,,,,100\n"
        '"Doe, Jane",1201,s-77,jdoe,A and B,7\n"Student, Test",1300,,f3a9,A,\n',
    )
    (jane,) = roster.students
    assert jane.name == "Doe, Jane"
    assert jane.ids == (("canvas", "1201"), ("id", "s-77"), ("login", "jdoe"))
    assert [one.name for one in roster.test_students] == ["Student, Test"]


def test_classroom_50_and_its_staff(tmp_path: Path) -> None:
    roster = read(
        tmp_path,
        "username,first_name,last_name,email,section,github_id,role\n"
        "adal,Ada,Lovelace,ada@x.example,s1,11,student\nprof,Pia,Prof,,,12,teacher\n"
        "helper,Hal,Helper,,,13,ta\n",
    )
    (ada,) = roster.students
    assert (ada.name, ada.ids[1]) == ("Ada Lovelace", ("github", "adal"))
    assert [one.name for one in roster.staff] == ["Pia Prof", "Hal Helper"]


def test_what_github_classroom_calls_a_name_is_none(tmp_path: Path) -> None:
    titles = "identifier,github_username,github_id,name"
    roster = f'{titles}\n"Byron, Ada-1",adal,7,ada the great\nLo Byron,,,\n'
    ada, lo = read(tmp_path, roster).students
    assert ada.names == ("Byron, Ada-1", "Ada-1 Byron")
    assert ada.ids == (("id", "Byron, Ada-1"), ("github", "adal"))
    assert lo.ids == (("id", "Lo Byron"),)


def test_participants_of_moodle_in_other_languages(tmp_path: Path) -> None:
    (ada,) = read(tmp_path, "Identificador,Nome\nParticipante X41064,\n").students
    assert ada.ids[0] == ("participant", "41064")


def test_an_export_of_canvas_groups(tmp_path: Path) -> None:
    titles = "name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id"
    (ada,) = read(tmp_path, f"{titles}\nAda Lovelace,1201,s-77,ada,A,Team 1,5,\n").students
    assert ada.ids == (("canvas", "1201"), ("id", "s-77"), ("login", "ada"))
    assert ada.groups == {"team 1"}


GERMAN = "Vorname;Nachname;Matrikelnummer\nJürgen;Groß;7\nZoë;Li;8\n"


@pytest.mark.parametrize(
    ("contents", "form"),
    [
        (GERMAN.encode(), "UTF-8, separated by semicolons"),
        (GERMAN.encode("utf-8-sig"), "UTF-8, separated by semicolons"),
        (GERMAN.encode("utf-16"), "UTF-16, separated by semicolons"),
        (b"\xfe\xff" + GERMAN.encode("utf-16-be"), "UTF-16, separated by semicolons"),
        (GERMAN.encode("cp1252"), "Windows-1252, separated by semicolons"),
        (("sep=;\r\n" + GERMAN).encode("utf-8-sig"), "UTF-8, separated by semicolons"),
        (("sep=|\n" + GERMAN.replace(";", "|")).encode(), "UTF-8, separated by |"),
        (GERMAN.replace(";", ",").encode(), "UTF-8, separated by commas"),
        (GERMAN.replace(";", "\t").encode("utf-16"), "UTF-16, separated by tabs"),
        (GERMAN.replace("\n", "\r").encode(), "UTF-8, separated by semicolons"),
    ],
)
def test_encodings_and_separators(tmp_path: Path, contents: bytes, form: str) -> None:
    roster = read(tmp_path, contents)
    assert [one.name for one in roster.students] == ["Jürgen Groß", "Zoë Li"]
    assert roster.form == form


def test_chinese_excel_writes_its_own_encoding(tmp_path: Path) -> None:
    roster = read(tmp_path, "Name,ID\n王小明,17\n李丽,18\n".encode("gb18030"))
    assert [one.name for one in roster.students] == ["王小明", "李丽"]


def test_titles_above_the_header_are_skipped(tmp_path: Path) -> None:
    above = "Course;Computer Science 101\nName of the list: winter;\n\nPrinted;2026-11-02\n"
    assert len(read(tmp_path, above + GERMAN).students) == 2


def test_somebody_in_two_sections_is_one_person(tmp_path: Path) -> None:
    roster = read(
        tmp_path,
        "name,id,email,section\nAda Lovelace,7,,A\nGrace Hopper,8,,A\n"
        '"Lovelace, Ada",7,ada@x.example,B\n',
    )
    ada, _ = roster.students
    assert ada.columns == {
        "name": "Ada Lovelace",
        "id": "7",
        "email": "ada@x.example",
        "section": "A",
    }


def test_two_of_one_name_or_of_one_id_are_two_people(tmp_path: Path) -> None:
    assert len(read(tmp_path, "name,section\nAda Byron,A\nAda Byron,B\n").students) == 2
    assert (
        len(read(tmp_path, "name,email\nAda Byron,b@x.example\nLo Byron,b@x.example\n").students)
        == 2
    )


def test_cells_that_keep_leading_zeros_in_a_spreadsheet(tmp_path: Path) -> None:
    (ada,) = read(tmp_path, 'name,id\nAda,"=""0042"""\n').students
    assert ada.ids == (("id", "0042"),)


def test_hostile_cells_are_kept_as_text(tmp_path: Path) -> None:
    roster = read(tmp_path, "name,id,id\n=cmd()|A1,\x1b[31m7,8\n\u202eAda,,\n")
    first, second = roster.students
    assert first.columns == {"name": "=cmd()|A1", "id": "\x1b[31m7", "id 2": "8"}
    assert second.name == "\u202eAda"


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (
            "",
            "a column for names or ids is missing, such as name, student ID or email; it is empty",
        ),
        ("points,of\n1,2\n", "is missing, .* its titles are: points, of"),
        ("Jane Doe,j1\n", "its titles are: Jane Doe, j1"),
        ("First name,Section\nAda,A\n", "a column for last names is missing, such as last name"),
        ("name,id\n,\n\n", "it contains no students"),
        ('Student\n"Student, Test"\n', "it contains no students"),
        ("name\x00\nAda", "its encoding is unknown: save it as CSV UTF-8"),
        (b"\xff\xfeN", "its encoding is unknown: save it as CSV UTF-8"),
        (b"PK\x03\x04 and more", "it is a spreadsheet: save it as CSV"),
        (zipped({"xl/workbook.xml": b""}), "it is a spreadsheet: save it as CSV"),
        (zipped({"mimetype": b"", "content.xml": b""}), "it is a spreadsheet: save it as CSV"),
        (
            zipped({"Ada_1_assignsubmission_file/x.py": b""}),
            "it is a zip: unpack it, and name the CSV in it",
        ),
        ('name\n"' + "x" * 200_000, r"it is not a CSV \(field larger than field limit"),
        ("name," + "," * 1_000_000, "it has more than 500 columns"),
        ("name\n" + "Ada\n" * 10_001, "it has more than 10,000 lines"),
        (bytes(20_000_001), "it is larger than 20 MB"),
        ("\x1b]0;title\x07,\u202ex\n1,2\n", r"titles are: \\x1b\]0;title\\x07, \\u202ex"),
        (",".join(f"t{n}" for n in range(99)), "titles are: t0, t1, t2, t3, t4, t5, t6, t7, ..."),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused(
    tmp_path: Path, contents: str | bytes, said: str
) -> None:
    with pytest.raises(UsageError, match=rf"roster\.csv: .*{said}") as raised:
        read(tmp_path, contents)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 600


def test_a_roster_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no: No such file or directory"):
        read_roster(tmp_path / "no")
    with pytest.raises(UsageError, match="Is a directory"):
        read_roster(tmp_path)


def test_a_large_hostile_roster_is_read_quickly(tmp_path: Path) -> None:
    titles = ",".join(("name", "email", *(f"t{number}" for number in range(400))))
    roster = read(tmp_path, titles + "\n" + "".join(f"A{n},{n}@x\n" for n in range(9_900)))
    assert len(roster.students) == 9_900
