"""Every error that code can raise reaches the grader, whatever it contains."""

from pathlib import Path

import pytest
import torch

from grader.calls.channel import LocalChannel
from grader.calls.code_under_test import CodeUnderTest
from grader.calls.outcome import CallOutcome, Raised, WrongType
from grader.calls.request_writer import Callee
from grader.stages import stage_of

HALF = r'"\ud800"'


def outcome_of(
    folder: Path, body: str, head: str = "", args: tuple[object, ...] = (1, 2, 3)
) -> CallOutcome:
    path = folder / "s09_rms_norm.py"
    path.write_text(f"{head}def rms_norm(x, weight, eps):\n    {body}\n", encoding="ascii")
    code = CodeUnderTest(stage_of(9), {9: path}, LocalChannel)
    (outcome,) = code.run(Callee("rms_norm"), [args])
    return outcome


@pytest.mark.parametrize(
    ("body", "class_name", "message"),
    [
        (f"raise ValueError({HALF})", "ValueError", r"\ud800"),
        (f"raise KeyError({HALF})", "KeyError", r"\ud800"),
        (f"raise KeyError(({HALF},))", "KeyError", r"('\ud800',)"),
        (
            f"raise type({HALF}, (Exception,), {{}})",  # Python refuses this name
            "UnicodeEncodeError",
            r"'utf-8' codec can't encode character '\ud800' in position 0: surrogates not allowed",
        ),
        (
            f"raise type('E', (OSError,), {{'__module__': {HALF}, '__qualname__': {HALF}}})('no')",
            "OSError",
            "no",
        ),
        ("raise type('Mine', (ValueError,), {'__module__': 'builtins'})('no')", "ValueError", "no"),
        (f"raise SyntaxError('no', ('elsewhere', 1, 1, {HALF}))", "SyntaxError", "no"),
        ("raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})", "Exception", ""),
        ("raise type('E', (Exception,), {'__str__': lambda self: exit()})", "Exception", ""),
        (
            "raise ValueError(type('S', (str,), {'encode': None})('no'))",
            "ValueError",
            "no",
        ),
    ],
)
def test_every_error_has_a_builtin_class_and_a_message(
    tmp_path: Path, body: str, class_name: str, message: str
) -> None:
    raised = outcome_of(tmp_path, body)
    assert isinstance(raised, Raised)
    assert (raised.class_name, raised.message) == (class_name, message)
    assert "in s09_rms_norm.py, line 2: raise" in raised.where


def test_a_comprehension_gives_its_line_once(tmp_path: Path) -> None:
    raised = outcome_of(tmp_path, "return [one.nothing for one in (x, weight)]")
    assert isinstance(raised, Raised) and raised.where.count("line 2: ") == 1


@pytest.mark.parametrize(
    ("error", "where"),
    [
        (f"SyntaxError('no', (__file__, 7, 1, {HALF}))", r"line 7: \ud800"),
        (f"SyntaxError('no', (__file__, {HALF}, 1, 'x = '))", r"line \ud800: x ="),
        ("SyntaxError('no', (__file__, 7, 1, 8))", "line 7: 8"),
        ("SyntaxError('no', (__file__, 7, 1, None))", "line 7: "),
    ],
)
def test_an_error_may_name_any_line_of_the_file(tmp_path: Path, error: str, where: str) -> None:
    raised = outcome_of(tmp_path, f"raise {error}")
    assert isinstance(raised, Raised)
    assert (raised.class_name, raised.message) == ("SyntaxError", "no")
    assert raised.where == f"  in s09_rms_norm.py, {where}"


def test_a_syntax_error_may_name_anything_for_a_file(tmp_path: Path) -> None:
    raised = outcome_of(tmp_path, "raise SyntaxError('no', ([], 1, 1, 'x'))")
    assert isinstance(raised, Raised) and "line 2: raise" in raised.where


def test_a_line_of_the_file_may_hold_half_a_pair(tmp_path: Path) -> None:
    """Python refuses such a file, but code can claim to have one."""
    lines = f"import linecache; linecache.cache[__file__] = 1, None, [{HALF}] * 9, __file__"
    raised = outcome_of(tmp_path, f"{lines}; raise ValueError('no')")
    assert raised == Raised("ValueError", "no", r"  in s09_rms_norm.py, line 2: \ud800", line=2)


def test_a_file_that_holds_half_a_pair_is_refused_in_pythons_words(tmp_path: Path) -> None:
    raised = outcome_of(tmp_path, "return '+2AA-'", "# coding: utf-7\n")
    assert isinstance(raised, Raised) and raised.class_name == "SyntaxError"
    assert r"can't encode character '\ud800'" in raised.message


@pytest.mark.parametrize("value", [HALF, f"{{{HALF}: 1}}", f"[{{1: ({HALF},)}}]"])
def test_a_value_that_holds_half_a_pair_is_named(tmp_path: Path, value: str) -> None:
    outcome = outcome_of(tmp_path, f"return {value}")
    assert outcome == WrongType("str with half a surrogate pair")


@pytest.mark.parametrize("value", ["{(1, 2): 3}", "[{1: {}}, ({None: 0, (1, 2): 3},)]"])
def test_a_dict_whose_keys_are_tuples_is_named(tmp_path: Path, value: str) -> None:
    assert outcome_of(tmp_path, f"return {value}") == WrongType("dict whose keys are tuples")


TENSORS = torch.ones(2, 3), torch.ones(3), 1e-5


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("return x @ x", "x: float32 [2, 3]"),
        ("return x @ weight @ x.T", "x: float32 [2, 3], weight: float32 [3], x.T: float32 [3, 2]"),
        ("return x.half() @ weight.double()", "x: float32 [2, 3], weight: float32 [3]"),
        (
            "w = {'q': weight}; return x[1:] + w['q'][:2]",
            "x[1:]: float32 [1, 3], w['q'][:2]: float32 [2]",
        ),
        ("return x[:, -1] @ x[0, None]", "x[:, -1]: float32 [2], x[0, None]: float32 [1, 3]"),
        ("return x[5] @ weight", "x: float32 [2, 3]"),
        ("n = 1; return x[n:] @ x", "x: float32 [2, 3], n: 1"),
        ("w = [x, x]; return w[1:].T", "w[1:]: list of 1"),
        (
            "import torch; return torch.vmap(lambda r: r[1:] @ weight)(x)",
            "r: float32 [3], weight: float32 [3]",
        ),
        ("w = [x, weight]; return w[0] @ w[-2]", "w[0]: float32 [2, 3], w[-2]: float32 [2, 3]"),
        (
            "return (x\n        @ [None, weight[:2]][1])",
            "x: float32 [2, 3], weight[:2]: float32 [2]",
        ),
        ("n = None; return x.view(n, 7)", "x: float32 [2, 3], n: None"),
        ("name = 'w' * 99; return int(name)", "name: a long str"),
        ("name = 'wq'; return {}[name]", "name: 'wq'"),
        ("raise ValueError('no')", ""),
        ("return __import__('json').loads('{')", ""),
    ],
)
def test_the_values_of_the_expression_that_raised_are_shown(
    tmp_path: Path, body: str, values: str
) -> None:
    raised = outcome_of(tmp_path, body, args=TENSORS)
    assert isinstance(raised, Raised)
    assert raised.values == values, raised


def test_values_that_resist_are_left_out(tmp_path: Path) -> None:
    head = """class Odd:
    def __eq__(self, other): return 1 / 0
    __hash__ = __repr__ = __eq__
"""
    raised = outcome_of(tmp_path, "odd = Odd(); return odd @ x", head, TENSORS)
    assert isinstance(raised, Raised)
    assert raised.values == "x: float32 [2, 3]"
