"""What the columns of a roster mean, by their titles as course systems and registrars write them.

Sources: Canvas's `lib/gradebook_exporter.rb`, which never translates its titles, Moodle's worksheet
(`mod/assign/feedback/offline/importgradeslib.php`) and its Chinese language pack, Classroom 50's
roster.csv (`cli/gh-teacher/internal/configrepo/students_csv.go`), and GitHub Classroom's
classroom_roster.csv (`identifier,github_username,github_id,name`). The other translations, and what
registrars and Gradescope write, are from use and not held against a source.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from grader.classroom.hand_in import IdKind
from grader.classroom.submission_names import words_of

Meaning = IdKind | Literal["name", "first", "last", "identifier", "group", "role"]

_TITLES: dict[Meaning, str] = {
    "name": """
        Name | Full name | User full name | Student | Student name | Student full name
        Display name
        Vollständiger Name | Name, Vorname | Nachname, Vorname | Studierende | Teilnehmer/in
        Nom | Nom complet | Nom et prénom | Nom, Prénom | Étudiant | Étudiante
        Nombre | Nombre completo | Apellidos y nombre | Apellidos, Nombre | Nombre y apellidos
        Alumno | Alumna | Estudiante
        姓名 | 全名 | 用户全名 | 学生 | 学生姓名 | 學生姓名""",
    "first": """
        First name | Firstname | First | Given name | Given names | Forename | Preferred first name
        Vorname | Vornamen | Rufname | Prénom | Prénoms | Nombre(s) | Nombres | 名 | 名字""",
    "last": """
        Last name | Lastname | Last | Surname | Family name | Nachname | Familienname
        Nom de famille | Nom d'usage | Nom usuel | Apellido(s) | Apellido | Apellidos
        Primer apellido | Segundo apellido | 姓 | 姓氏""",
    "id": """
        ID | ID number | IDnumber | Student ID | Student number | Student no | SID | SIS ID
        SIS User ID | University ID | Campus ID | Emplid | Empl ID | UID | UIN | Person ID
        Matriculation number | Registration number | ID-Nummer | Matrikelnummer | Matrikelnr
        Matrikel-Nr | Matr.-Nr. | MatrNr | Mtknr | Numéro d'identification | Numéro étudiant
        Numéro d'étudiant | N° étudiant | No étudiant | Code étudiant | Matricule | Número de ID
        Número ID | Número de identificación | Matrícula | Número de matrícula | Expediente | DNI
        Código | Código de estudiante | 学号 | 學號 | ID号 | ID 号 | 编号""",
    "login": """
        Login | Login ID | SIS Login ID | Username | User name | User | NetID | Net ID | Kerberos
        Anmeldename | Benutzername | Benutzerkennung | Kennung | Nutzername | Nutzernamen
        Nom d'utilisateur | Nombre de usuario | Usuario | 用户名 | 登录名 | 帐号 | 账号""",
    "email": """
        Email | E-mail | Email address | E-mail address | Mail | Mail address | Student email
        University email | E-Mail-Adresse | Mailadresse | Adresse de courriel | Adresse courriel
        Courriel | Adresse e-mail | Adresse mail | Mél | Dirección de correo | Dirección email
        Dirección de correo electrónico | Correo electrónico | Correo
        电子邮件地址 | 电子邮件 | 电子邮箱 | 邮箱 | 邮件地址 | Email地址""",
    "github": """
        GitHub username | GitHub | GitHub login | GitHub user | GitHub name | GitHub handle
        GitHub account""",
    "canvas": "Canvas user ID",
    "identifier": "Identifier | Identifiant | Identificador | 标识符",
    "group": """
        Group | Groups | Group name | Team | Gruppe | Gruppen | Groupe | Groupes | Grupo | Grupos
        小组 | 组别""",
    "role": "Role | Roles | Rolle | Rollen | Rôle | Rôles | Rol | 角色",
}
_MEANINGS: dict[str, Meaning] = {
    words_of(title): meaning
    for meaning, titles in _TITLES.items()
    for title in re.split(r"[|\n]", titles)
    if title.strip()
}
_CANVAS = {"sis user id", "sis login id"}  # the gradebook of Canvas has one of these
# How Moodle writes a participant's number, in the five languages.
_PARTICIPANT = re.compile(
    r"(?:Participant|Teilnehmer/in|Participante|参与者|参与人)[ \xa0]*(\d{1,18})", re.IGNORECASE
)
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # how spreadsheets are made to keep leading zeros


@lru_cache(maxsize=64)
def meaning_of(titles: tuple[str, ...]) -> tuple[Meaning | None, ...]:
    """Return what each column of a roster means; None for columns that identify nobody."""
    words = [words_of(title) for title in titles]
    meanings = [_MEANINGS.get(word) for word in words]
    for number, word in enumerate(words):
        if word == "id" and _CANVAS & {*words}:
            meanings[number] = "canvas"
        if word == "user id" and "canvas user id" in words:  # an export of Canvas's groups
            meanings[number] = "id"
        if word == "username" and "github id" in words and "github" not in meanings:
            meanings[number] = "github"  # Classroom 50
        if word == "nombre" and "last" in meanings:
            meanings[number] = "first"
    return tuple(meanings)


def values_of(columns: Mapping[str, str]) -> dict[Meaning, list[str]]:
    """Return a person's values by what their columns mean, without the empty ones: a meaning whose
    columns are all empty has none."""
    values: dict[Meaning, list[str]] = {}
    for meaning, cell in zip(meaning_of(tuple(columns)), columns.values(), strict=True):
        text = cell.strip()
        if (quoted := _EXCEL_TEXT.fullmatch(text)) is not None:
            text = quoted[1].strip()
        if meaning:
            values.setdefault(meaning, []).extend(filter(None, [text]))
    return values


def participant_in(text: str) -> str | None:
    """Return the number in a cell such as `Participant 41064`; None if it is something else."""
    found = _PARTICIPANT.fullmatch(text)
    return found[1] if found else None
