"""A handout contains nothing of the solutions, the mistakes and the right ways."""

import ast
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from grader.calls.packing import unpack
from grader.editions import open_kata
from grader.stages import STAGES, stage_of
from grader.tests.handed_out import WHOLE

SECRET_FOLDERS = (
    "solutions",
    "mistakes",
    "grader/author/right_ways",
    "grader/diagnosis/landmarks",
    "grader/diagnosis/readings",
)
SHORTEST = 25  # characters of a line that is long enough to identify its source

# Lines that a mistake or a solution shares with what every learner sees.
HARMLESS = {
    "head_dim = params['dim'] // params['n_heads']",  # a suite needs it as well
    "return located_result(how)",  # how what is known about a failure is stored
    "return tr(words, **known)",  # how a message is said in the reader's language
    # How tiktoken's documentation creates an Encoding; the tests' tokenizers are created this way.
    "return tiktoken.Encoding(name='llama3', pat_str=pattern, mergeable_ranks=ranks, "
    "special_tokens=special)",
}


def functions_in(path: Path) -> Iterator[ast.FunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def body_of(function: ast.FunctionDef) -> str:
    """Return a function's body, whatever its layout, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return "\n".join(ast.unparse(node) for node in body)


def lines_of(function: ast.FunctionDef) -> Iterator[str]:
    """Return the simple statements of a function that are long enough to identify it."""
    kinds = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)
    for node in ast.walk(function):
        if isinstance(node, kinds) and not isinstance(node.value, ast.Constant):
            text = ast.unparse(node)
            if len(text) >= SHORTEST:
                yield text


@cache
def functions_of(*folders: str) -> list[ast.FunctionDef]:
    files = [path for name in folders for path in (WHOLE.root / name).glob("s*.py")]
    return [one for path in files for one in functions_in(path)]


def leaks(folder: Path) -> list[str]:
    """Return what a folder reveals of the solutions, mistakes and right ways.

    A lesson may show what a mistake looks like, and of a solution everything except a whole
    statement.
    """
    secret = functions_of(*SECRET_FOLDERS)
    bodies = {body_of(one) for one in secret} - {""}  # a docstring alone is no answer
    lines = {line for one in secret for line in lines_of(one)} - HARMLESS
    statements = {line for one in functions_of("solutions") for line in lines_of(one)}
    found = []
    for path in sorted(folder.rglob("*.py")):
        for function in functions_in(path):
            if body_of(function) in bodies:
                found.append(f"{path.name}: the body of {function.name}")
            found += [f"{path.name}: {line}" for line in lines_of(function) if line in lines]
    for path in sorted(folder.rglob("*.md")):
        text = "".join(path.read_text(encoding="utf-8").split()).replace('"', "'")
        told = [line for line in statements if "".join(line.split()) in text]
        found += [f"{path.name}: {line}" for line in told]
    return found


def test_nothing_of_the_answers_is_inside(handout: Path) -> None:
    assert leaks(handout) == []


def test_an_answer_inside_would_be_found(tmp_path: Path) -> None:
    text = WHOLE.solution(stage_of(11)).read_text(encoding="utf-8")
    (tmp_path / "s11_rotate.py").write_text(text.replace("from solutions.", "from exercises."))
    found = leaks(tmp_path)
    assert "s11_rotate.py: the body of rotate" in found and len(found) > 2


def test_an_answer_in_a_lesson_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "s09_rms_norm.md").write_text(
        "First `mean_square = x32.pow(2).mean(-1,\nkeepdim=True)`."
    )
    assert leaks(tmp_path) == ["s09_rms_norm.md: mean_square = x32.pow(2).mean(-1, keepdim=True)"]


def test_the_recordings_contain_no_source_and_no_pattern(handout: Path) -> None:
    pattern = next(
        ast.literal_eval(node.args[0])
        for node in ast.walk(ast.parse(WHOLE.solution(stage_of(2)).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "'|'.join"
    )
    for stage in STAGES:
        content = unpack(open_kata(handout).recording(stage).read_bytes())
        texts_inside = [zlib.decompress(one) for one in content["values"]]
        texts_inside += [zlib.decompress(one) for one in content["seeds"].values()]
        for text in texts_inside:
            assert not any(branch.encode() in text for branch in pattern if len(branch) > 6)
            assert b"def " not in text and b"torch." not in text
