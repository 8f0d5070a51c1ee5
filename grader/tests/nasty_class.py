"""A small class with nasty names and outputs, for tests of its exports."""

from dataclasses import replace

from grader.classroom.graded_submission import GradedSubmission
from grader.verdict import Located, StageVerdict, TestVerdict

NASTY = (
    '=HYPERLINK("http://x")',
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "Bobby; =1+1",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07bell\x07 \x9b31m\x00\x7f",
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "two\nlines, \"quoted\" & 'single' ]]> {{ 7 * 7 }}",
    "half \ud800 pair \uffff and \u202egnp.exe",
    "山田 太郎 مريم Ünal",
    "\u200f\u061ca\u200eb\u2028c\u2029d\ufeff \u2066e\u2069 f\u200bg\u3164 🏴\U000e0067\U000e007f",
    "می\u200cخواهم क्\u200dष 👩🏽\u200d🔬 1\ufe0f\u20e3 שלום",
)
SECRET = "the expected value was 1234"
MISTAKE = "This is a known mistake: eps is outside.\nLook at the formula."


def nasty_class() -> list[GradedSubmission]:
    """Return one submission for each nasty text, which is its name and all its output."""
    return [submission(f"sub{place}", text) for place, text in enumerate(NASTY)]


def submission(key: str, text: str, outcome: str = "failed") -> GradedSubmission:
    """Return a submission with a stage that passed, one that failed, and one hidden test."""
    stages = (_stage_8(text), _stage_9(text) if outcome == "failed" else _stage_9_passed())
    return GradedSubmission(key, text, ({"ID": "17", "Remark": text},), 42, "full", stages, (text,))


def unreadable(key: str) -> GradedSubmission:
    """Return a submission that could not be graded."""
    return GradedSubmission(key, "Nobody", (), 42, "full", (), ("There is no stage file in it.",))


def _stage_8(text: str) -> StageVerdict:
    return StageVerdict(8, "embedding", (_passed("embed", "test_rows", 2),), text)


def _stage_9(text: str) -> StageVerdict:
    eps = TestVerdict("test_eps", "rms_norm", "failed", 0, 3, text, "eps_outside_sqrt", MISTAKE)
    more = TestVerdict("test_more", "rms_norm", "failed", 0, 2, SECRET, "eps_twice", SECRET)
    tests = (
        _passed("rms_norm", "test_shape", 1),
        replace(eps, located=Located(3, text, text, text, text)),
        replace(
            more,
            hidden=True,
            mistakes=("eps_twice", "no_root"),
            located=Located(1234, SECRET, SECRET, SECRET, SECRET),
        ),
        TestVerdict("test_files", "rms_norm", "skipped", 0, 0, "not here", unavailable=True),
    )
    return StageVerdict(9, "rms_norm", tests, SECRET)


def _stage_9_passed() -> StageVerdict:
    return StageVerdict(9, "rms_norm", (_passed("rms_norm", "test_eps", 6),))


def _passed(function: str, name: str, points: int) -> TestVerdict:
    return TestVerdict(name, function, "passed", points, points)
