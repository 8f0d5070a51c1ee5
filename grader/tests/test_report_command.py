"""`grader report`: an unexplained failure as text for an issue, with nothing private in it."""

import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from grader.report import private_names
from grader.report.code_of_functions import code_of
from grader.report.issue_text import issue_text
from grader.report.private_names import PrivateNames
from grader.stages import stage_of
from grader.stubs import stub_for
from grader.tests.clone import Clone, clone_into
from grader.verdict import StageVerdict, TestVerdict

STRANGE = "    return x.float().sin().tanh().to(x.dtype) * SHIFT + _helper(weight)\n"
HELPER = "\n\ndef _helper(weight):\n    return weight.flip(0).cos()\n\n\nSHIFT = 0.3\nUNUSED = 1\n"
EPS_OUTSIDE = "    return x / (x.pow(2).mean(-1, keepdim=True).sqrt() + eps) * weight\n"
USER, HOST = "lovelace", "analytical-engine"
TELLING = (
    "    import os, pathlib\n"
    f"    # {USER} wrote this on {HOST}, see /home/{USER}/my notes/norm.txt\n"
    "    places = [pathlib.Path.home(), os.getcwd(), __file__, r'C:\\Users\\Bob\\x.txt']\n"
    '    raise ValueError(f\'{places} of {os.environ["LOGNAME"]}@{os.environ["HOSTNAME"]}\')\n'
)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_into(tmp_path)


def write_norm(clone: Clone, body: str, after: str = "") -> None:
    stub = stub_for(clone.kata, stage_of(9))
    raising = '    raise NotImplementedError("rms_norm is not written yet")\n'
    assert raising in stub
    clone.write("s09_rms_norm", stub.replace(raising, body) + after)


def blocks(text: str) -> dict[str, str]:
    """Return a text's code blocks by language."""
    found = re.findall(r"^(`{3,})(\w+)\n(.*?)\n\1$", text, re.MULTILINE | re.DOTALL)
    return {language: block for _, language, block in found}


def test_a_byte_order_mark_is_not_part_of_the_code(clone: Clone) -> None:
    write_norm(clone, STRANGE, HELPER)
    path = clone.kata.exercise(stage_of(9))
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    failed = TestVerdict("test_x", "rms_norm", "failed", 0, 2, "wrong")
    text = issue_text(clone.kata, StageVerdict(9, "rms_norm", (failed,)), 5)
    assert "def rms_norm(" in blocks(text)["python"]


def test_a_failure_that_nothing_explains_is_written_up(clone: Clone) -> None:
    write_norm(clone, STRANGE, HELPER)
    done = clone.run("report", "9", "--seed", "5")
    assert done.returncode == 0
    text, again = done.stdout, clone.run("report", "s09", "--seed", "5")
    assert again.stdout == text
    assert text.startswith("### Stage 9, RMS norm: nothing explains why `rms_norm` fails\n")
    assert f"Python {platform.python_version()}, torch {version('torch')}, " in text
    assert f"{platform.system()} {platform.machine()}, seed 5" in text
    assert "`grader check 9 --seed 5`" in text and len(text) < 8_000
    code, verdict = blocks(text)["python"], blocks(text)["text"]
    assert "def rms_norm(" in code and "def _helper(" in code and "SHIFT = 0.3" in code
    assert "UNUSED" not in code and '"""' not in code
    checked = clone.run("check", "9", "--seed", "5").stdout
    assert "Still unexplained? `grader report 9` writes it up for an issue." in checked
    assert all(line in checked for line in verdict.splitlines())
    assert "grader hint" not in verdict
    assert "explains everything" not in done.stderr and "Nothing was sent" in done.stderr


def test_the_text_goes_to_a_file(clone: Clone) -> None:
    write_norm(clone, STRANGE, HELPER)
    file = clone.root / "issue.md"
    done = clone.run("report", "rms_norm", "--seed", "5", "--output", str(file))
    assert (done.returncode, done.stdout) == (0, "") and "issue.md" in done.stderr
    assert file.read_text(encoding="utf-8") == clone.run("report", "9", "--seed", "5").stdout
    refused = clone.run("report", "9", "--output", str(clone.root / "no" / "issue.md"))
    assert refused.returncode == 2 and "no such" in refused.stderr.lower()


def test_what_passes_or_is_not_started_has_nothing_to_report(clone: Clone) -> None:
    clone.solve("s10_freqs_cis")
    for stage, reason in (("9", "haven't started"), ("10", "passes")):
        done = clone.run("report", stage)
        assert done.returncode == 0 and done.stdout.count("\n") == 1
        assert reason in done.stdout and "nothing to report" in done.stdout
    for args in (["99"], [], ["9", "--seed", "-1"], ["9", "--nothing"]):
        assert clone.run("report", *args).returncode == 2


def test_an_explained_failure_is_written_up_as_well(clone: Clone) -> None:
    write_norm(clone, EPS_OUTSIDE)
    done = clone.run("report", "9")
    assert "`grader check 9` explains everything that fails." in done.stderr
    assert "`rms_norm` fails, with an explanation" in done.stdout
    assert "This is a known mistake" in done.stdout
    assert "grader report" not in clone.run("check", "9").stdout


def test_a_file_that_cannot_be_imported_is_written_up(clone: Clone) -> None:
    write_norm(clone, "    return x +\n")
    text = clone.run("report", "9").stdout
    assert "the file can't be imported" in text and "SyntaxError" in text
    assert "python" not in blocks(text)


def test_only_the_failing_part_of_a_stage_is_shown(clone: Clone) -> None:
    clone.solve("s14_masked_attention")
    path = clone.kata.exercise(stage_of(14))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("torch.softmax(scores", "torch.sin(scores"), encoding="utf-8")
    code = blocks(clone.run("report", "14").stdout)["python"]
    assert "def masked_attention(" in code and "def causal_mask(" not in code


def test_nothing_identifies_the_machine_or_its_user(clone: Clone, tmp_path: Path) -> None:
    write_norm(clone, TELLING)
    home = f"/nowhere/{USER}"
    known = {"HOME": home, "LOGNAME": USER, "USER": USER, "HOSTNAME": HOST}
    file = tmp_path / "issue.md"
    done = clone.run("report", "9", "--output", str(file), **known)
    text = file.read_text(encoding="utf-8")
    assert done.returncode == 0 and "it raised ValueError" in text
    for private in (USER, HOST, home, str(tmp_path), tmp_path.name, "Bob", sys.prefix):
        assert private not in text
    name = platform.node()
    assert not re.search(rf"\b{re.escape(name)}\b", text) or len(name) < 2
    assert "<name>" in text and ".../exercises/s09_rms_norm.py" in text


def test_a_long_text_is_cut_and_says_so(clone: Clone) -> None:
    more = "".join(f"    x{n} = 'some line, number {n}, ```` and so on'\n" for n in range(300))
    write_norm(clone, f"{more}    raise ValueError('long ' * 5000)\n")
    text = clone.run("report", "9").stdout
    assert 6_000 < len(text) < 8_000
    assert re.search(r"\.\.\. \(2\d\d more lines cut\)\n`{5}\n", text)


def test_lines_can_be_found_even_though_docstrings_are_left_out(clone: Clone) -> None:
    write_norm(clone, STRANGE, HELPER)
    lines = clone.kata.exercise(stage_of(9)).read_text(encoding="utf-8").split("\n")
    shown = blocks(clone.run("report", "9").stdout)["python"].split("\n")
    marks = [(at, int(mark[1])) for at, line in enumerate(shown) if (mark := MARK.match(line))]
    assert len(marks) == 3
    assert all(lines[number - 1] == shown[at + 1] for at, number in marks)


MARK = re.compile(r" *# line (\d+)$")


def test_code_comes_with_what_it_uses_and_nothing_else() -> None:
    text = (
        "import math\nimport os\nfrom x import (\n    y,\n)\nA, B = 1, 2\n\n\n# why\ndef f():\n"
        "    return g(A)\n\n\nasync def g(a):\n    return h(math.pi, y)\n\n\ndef h(*_):\n"
        '    """Say."""\n    return B\n\n\ndef unused():\n    return os\n'
    )
    assert code_of(text, ["f"], left_out=["h"]) == (
        "import math\n\nfrom x import (\n    y,\n)\n\nA, B = 1, 2\n\n# line 9\n# why\ndef f():\n"
        "    return g(A)\n\n# line 14\nasync def g(a):\n    return h(math.pi, y)"
    )
    assert code_of(text, ["h"]).endswith("def h(*_):\n    # line 20\n    return B")
    assert code_of("def f(:\n", ["f"]) == "" and code_of(text, ["nothing"]) == ""


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("no file '/opt/data/set/params.json'", "no file '.../params.json'"),
        ("/home/bob and /Users/bob/x", ".../ and .../x"),
        (r"C:\Users\bob\x.txt D:\\data\\x", r".../x.txt .../x"),
        ("file:///srv/data/x https://example.org/a/b", "file:.../x https://example.org/a/b"),
        ("a/b, x / y, 1/2, [T, d/2], // and //*", "a/b, x / y, 1/2, [T, d/2], // and //*"),
        ("ada, Ada's and _ada_, but Canada", "<name>, <name>'s and _<name>_, but Canada"),
        ("mark root x max", "mark root x max"),
    ],
)
def test_paths_and_names_are_removed(
    text: str, hidden: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_names, "_names", lambda: ["ada", "root", "max", "mark", "x", ""])
    private = PrivateNames(tmp_path, "max(1)", "one mark per value")
    assert private.hidden(text) == hidden
    code = f"ada = 1  # {text}\nname = ada"
    assert private.hidden_in_code(code) == f"ada = 1  # {hidden}\nname = ada"
