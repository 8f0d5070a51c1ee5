"""Clones of repositories: by GitHub Classroom's command line, and by Classroom 50's.

Sources. GitHub Classroom: `cmd/gh-classroom/clone/student-repos/student-repos.go` in
github/gh-classroom (08b078ee) clones into `SLUG-submissions/`; a repository's name is the
assignment's slug, `-` and the student's GitHub name, with `-1` behind it if that name is taken
(`spec/models/github/repo_name_spec.rb` in the archived education/classroom). The roster's four
columns, all quoted, are what programs that read `classroom_roster.csv` expect; that a second
identifier of the same text gets `-1` is from memory. Classroom 50, in foundation50/classroom50:
`AssignmentRepoName` in `cli/shared/contract`, `cli/gh-teacher/internal/download/download.go`
(0343327c; the folder's name, `result.json`, `results.json`, `scores.csv`), `.classroom50.yaml` by
`cli/gh-student/internal/classroomcfg/metadata.go` (136891fb), and `RosterColumns` in
`cli/gh-teacher/internal/configrepo/students_csv.go` (02b120f6; rows of teachers, and of people
invited by email alone).
"""

from collections import Counter

from grader.tests.course_systems.export import Clue, Export, TrueHandIn, csv_text
from grader.tests.course_systems.hand_ins import repository
from grader.tests.course_systems.people import People

_SLUG = "llama-3-kata"
_CLASSROOM = "nn-2026"
_NICKNAMES = ("", "", "", "ada the great", "J.", "null")
_RESULT = b'{"score": 0, "max_score": 0, "tests": []}\n'
_OF_CLASSROOM_50 = {
    ".classroom50.yaml": f"classroom: {_CLASSROOM}\nassignment: {_SLUG}\n".encode(),
    ".github/workflows/autograde.yaml": b"on: push\n",
    "result.json": _RESULT,
    "results.json": b"[" + _RESULT + b"]",
}


def github_classroom(people: People) -> Export:
    """Return clones named after the assignment and a GitHub name, and the classroom's roster.

    Some students haven't linked their account, so the roster lacks their GitHub names.
    """
    made = Export("GitHub Classroom", f"{_SLUG}-submissions", roster_name="classroom_roster.csv")
    for student in people.handing_in:
        work = repository(people, student)
        again = "-1" if student.hands_in_again else ""
        name = f"{_SLUG}-{student.github}{again}"
        made.files |= {f"{name}/{path}": contents for path, contents in work.files.items()}
        clue = Clue.SURE if student.linked and not again else Clue.LIKELY
        clue = Clue.STRANGER if student.is_stranger else clue
        made.hand_ins.append(TrueHandIn((student,), work.stages, clue))
    rows: list[list[str]] = [["identifier", "github_username", "github_id", "name"]]
    times: Counter[str] = Counter()
    for student in people.students:
        known = student.linked and not student.is_absent
        who = student.name.full + (f"-{times[student.name.full]}" * bool(times[student.name.full]))
        times[student.name.full] += 1
        nickname = people.rng("nickname", student).choice(_NICKNAMES) if known else ""
        account = [student.github, str(40_000_000 + student.number)] if known else ["", ""]
        rows.append([who, *account, nickname])
        made.know(student, who, student.name.full)
    made.roster = csv_text(rows, quote_all=True).encode()
    return made


def classroom_50(people: People) -> Export:
    """Return clones named after classroom, assignment and GitHub name, and `roster.csv`."""
    assignment = f"{_CLASSROOM}-{_SLUG}"
    made = Export("Classroom 50", f"{assignment}_submissions_2026_05_10_T_09_30_00")
    for student in people.handing_in:
        work = repository(people, student)
        name = f"{assignment}-{student.github.lower()}"
        files = work.files | _OF_CLASSROOM_50
        made.files |= {f"{name}/{path}": contents for path, contents in files.items()}
        clue = Clue.STRANGER if student.is_stranger else Clue.SURE
        made.hand_ins.append(TrueHandIn((student,), work.stages, clue))
    made.files["scores.csv"] = _scores(people).encode()
    rows = [["username", "first_name", "last_name", "email", "section", "github_id", "role"]]
    rows.append(["prof-x", "Grace", "Teachwell", "grace@example.edu", "", "7", "teacher"])
    for student in people.students:
        made.know(student, student.email, student.name.full)
        if student.is_absent:  # invited by email, and hasn't accepted
            rows.append(["", student.name.given, student.name.family, student.email, "", "", ""])
            continue
        who = [student.github, student.name.given, student.name.family, student.email]
        rows.append([*who, student.sections[0], str(40_000_000 + student.number), "student"])
    made.roster = csv_text(rows).encode()
    return made


def _scores(people: People) -> str:
    rows = [["username", "first_name", "last_name", "email", "section", "score", "max_score"]]
    rows += [
        [one.github, one.name.given, one.name.family, one.email, "", "", ""]
        for one in people.students
        if not one.is_absent
    ]
    return csv_text(rows)
