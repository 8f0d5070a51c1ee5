"""Feedback reaches its owner: the zips, read by the rules of Moodle and Canvas, and the folder."""

import csv
import io
import json
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace

import pytest

from grader.classroom.exports.class_files import feedback_files
from grader.classroom.exports.feedback_zips import CANVAS_ZIP, MOODLE_ZIP
from grader.classroom.grades.class_rows import ClassRow, class_rows
from grader.classroom.hand_in import IdKind, Person
from grader.classroom.safe_copies import TeacherCopy, teacher_copy
from grader.tests.importers import canvas_feedback, moodle_feedback
from grader.tests.importers.canvas_feedback import CanvasHandIn
from grader.tests.nasty_class import SECRET, nasty_class, submission

Columns = dict[str, str]


def handed_in(
    name: str,
    *students: Columns,
    kind: IdKind = "participant",
    number: str = "",
    files: Sequence[str] = (),
) -> TeacherCopy:
    people = (Person(name, ((kind, number),) if number else ()),)
    one = replace(submission(name, name), students=students, people=people)
    return teacher_copy(replace(one, hand_in=name, hand_in_files=tuple(files)))


def made(*graded: TeacherCopy) -> dict[str, str | bytes]:
    return feedback_files(class_rows(graded, ())).files


def moodle_zip(*graded: TeacherCopy) -> bytes:
    contents = made(*graded)[MOODLE_ZIP]
    assert isinstance(contents, bytes)
    return contents


@pytest.mark.parametrize("version", moodle_feedback.VERSIONS)
def test_moodle_gives_each_participant_their_own_page(version: moodle_feedback.Version) -> None:
    contents = moodle_zip(
        handed_in("Ada Lovelace", {"name": "Ada Lovelace"}, number="41006"),
        handed_in(".~_9_x/..\\山", {"name": "山"}, number="41007"),
        handed_in("Kim Lee", {"name": "Kim Lee", "Identifier": "Participant 41008"}),
        handed_in("unmatched", number="41009"),
        handed_in("no number", {"name": "No Number"}),
        handed_in("clash", {"name": "Clash", "Identifier": "Participant 1"}, number="2"),
        handed_in("twin", {"name": "Twin"}, number="3"),
        handed_in("twin too", {"name": "Twin"}, number="3"),
    )
    numbers = (1, 2, 3, 9, 41006, 41007, 41008, 41009)
    everybody = {number: str(number) for number in numbers}
    given = moodle_feedback.import_feedback(contents, everybody, version)
    assert list(given) == ["41006", "41007", "41008"]
    for files, name in zip(given.values(), ("Ada Lovelace", "山", "Kim Lee"), strict=True):
        ((path, page),) = files.items()
        assert path == "feedback.html" and name in page.decode()


def test_the_model_of_moodle_takes_folders_and_skips_what_moodle_skips() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in (
            "Ada_41006_assignfeedback_file/a.html",
            "Ada_Lovelace_41006_assignfeedback_file_b.html",
            "Ada_41006_assignfeedback_file_/c.html",
            "Ada_41006_x_file_d.html",
        ):
            archive.writestr(path, b"x")
    contents = packed.getvalue()
    new, old = (
        moodle_feedback.import_feedback(contents, {41006: "ada"}, version)
        for version in moodle_feedback.VERSIONS
    )
    assert (list(new["ada"]), list(old["ada"])) == (["/a.html", "/c.html"], ["/c.html"])


def test_a_group_gets_the_page_each_but_a_number_of_the_group_is_nobody_s() -> None:
    members = [{"name": name, "Identifier": f"Teilnehmer/in {n}"} for n, name in enumerate("AB", 1)]
    contents = moodle_zip(handed_in("Team 5", *members, number="777"))
    given = moodle_feedback.import_feedback(contents, {1: "a", 2: "b", 777: "wrong"}, "from 4.1")
    assert set(given) == {"a", "b"} and given["a"] == given["b"]


CANVAS = {
    "900114": CanvasHandIn("grace", {556: "kata.zip"}),
    "900115": CanvasHandIn("ada", {557: "s01_vocabulary.py", 558: "s02_regex_split.py"}),
    "900116": CanvasHandIn("kim", {559: "kata.tar.gz"}),
    "900117": CanvasHandIn("lee", {560: "Untitled.ipynb"}),
    "AbC12": CanvasHandIn("anonymous", {561: "kata.zip"}),
}


def canvas_class() -> tuple[ClassRow, ...]:
    def one(name: str, number: str, *files: str) -> TeacherCopy:
        roster = {"Student": name, "ID": "1"}
        return handed_in(name, roster, kind="canvas", number=number, files=files)

    graded = (
        one("grace", "900114", "hoppergrace_LATE_900114_556_kata.zip"),
        one(
            "ada",
            "900115",
            "lovelaceada_900115_text.html",
            "lovelaceada_900115_557_s01_vocabulary.py",
            "lovelaceada_900115_558_s02_regex_split-1.py",
        ),
        one("kim", "900116", "leekim_900116_559_kata.tar.gz"),
        one("lee", "900117", "lee_900117_560_Untitled.ipynb"),
        one("anonymous", "AbC12", "LATE_anon_AbC12_561_kata.zip"),
        one("only a text", "900118", "text_900118_text.html"),
        one("somebody else's", "900119", "x_900114_556_kata.zip"),
        one("7z", "900120", "x_900120_556_kata.7z"),
    )
    return class_rows(graded, ())


def test_canvas_gives_each_student_a_file_of_the_kind_they_handed_in() -> None:
    done = feedback_files(canvas_class())
    contents = done.files[CANVAS_ZIP]
    assert isinstance(contents, bytes)
    given, ignored = canvas_feedback.import_feedback(contents, CANVAS)
    assert ignored == []
    assert {user: list(files) for user, files in given.items()} == {
        "grace": ["kata.zip"],
        "ada": ["s01_vocabulary.py"],
        "kim": ["kata.tar.gz"],
        "lee": ["Untitled.ipynb"],
        "anonymous": ["kata.zip"],
    }
    with zipfile.ZipFile(io.BytesIO(given["grace"]["kata.zip"])) as archive:
        assert archive.namelist() == ["feedback.html"]
        assert b"grace" in archive.read("feedback.html")
    with tarfile.open(fileobj=io.BytesIO(given["kim"]["kata.tar.gz"]), mode="r:gz") as archive:
        assert archive.getnames() == ["feedback.html"]
    source = given["ada"]["s01_vocabulary.py"].decode()
    compile(source, "s01_vocabulary.py", "exec")
    assert all(line.startswith("#") for line in source.splitlines()) and "3 of 8 points" in source
    (cell,) = json.loads(given["lee"]["Untitled.ipynb"])["cells"]
    assert cell["cell_type"] == "markdown" and "3 of 8 points" in cell["source"]
    assert done.missing == (
        "3 submissions are not in canvas_feedback.zip, but in feedback: "
        "only a text, somebody else's, 7z",
    )


def test_the_folder_has_a_page_per_person_and_a_list_for_a_mail_merge() -> None:
    pair = {"name": "Ada", "email": "ada@UNI.example"}, {"name": "=Kim", "email": "=1+1"}
    files = made(
        handed_in("pair", *pair), handed_in("ada", {"name": "ada"}), handed_in("unmatched")
    )
    assert set(files) == {
        "feedback/Ada.html",
        "feedback/Kim.html",
        "feedback/ada-2.html",
        "feedback/mail_merge.csv",
    }
    listed = files["feedback/mail_merge.csv"]
    assert isinstance(listed, str) and listed[0] == "\ufeff"
    rows = list(csv.reader(io.StringIO(listed[1:])))
    assert rows == [
        ["name", "email", "file", "points"],
        ["Ada", "ada@UNI.example", "Ada.html", "3"],
        ["'=Kim", "", "Kim.html", "3"],
        ["ada", "", "ada-2.html", "3"],
    ]


def test_nothing_that_goes_back_has_what_is_hidden_or_the_seed() -> None:
    seed = 2**127 + 12345
    graded = [
        replace(
            one,
            seed=seed,
            students=({"name": one.name, "Identifier": f"Participant {n}"},),
            people=(Person("", (("canvas", str(n + 100)),)),),
            hand_in_files=(f"x_{n + 100}_5_kata.{kind}",),
        )
        for n, (one, kind) in enumerate(zip(nasty_class(), ["py", "zip", "ipynb"] * 5, strict=True))
    ]
    files = feedback_files(class_rows(map(teacher_copy, graded), ())).files
    texts = []
    for name, contents in files.items():
        data = contents if isinstance(contents, bytes) else contents.encode(errors="replace")
        texts += unpacked(data) if name.endswith(".zip") else [data]
    assert len(texts) == 15 + 1 + 15 + 15
    for text in texts:
        assert SECRET.encode() not in text and str(seed).encode() not in text
        assert b"eps_twice" not in text


def unpacked(contents: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(contents)) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist()]
    return [
        one for name, data in files for one in (unpacked(data) if name[-4:] == ".zip" else [data])
    ]


def test_remarks_about_one_person_are_on_their_page_and_not_on_the_group_s() -> None:
    members = {"Student": "A", "ID": "1"}, {"Student": "B", "ID": "2"}
    pair = handed_in("pair", *members, kind="canvas", number="9", files=["pair_9_5_kata.zip"])
    rows = class_rows([pair], ())
    rows = rows[0], replace(rows[1], remarks=("B was ill: 8 points.",))
    files = feedback_files(rows).files
    pages = [files[f"feedback/{name}.html"] for name in "AB"]
    assert ["B was ill" in str(page) for page in pages] == [False, True]
    shared = files[CANVAS_ZIP]
    assert isinstance(shared, bytes)
    assert all(b"B was ill" not in page for page in unpacked(shared))
