"""A class in which some have copied, made for tests of `grader class likeness`.

Everybody honest takes one of the right ways of each function, or the reference, and changes it in
ways of their own. A copy takes all of somebody's files and changes what is easy to change: names,
comments, layout, docstrings, the order of statements that don't need each other. Nothing is run.
"""

import ast
import copy
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from grader.classroom.graded_submission import GradedSubmission
from grader.classroom.run_settings import WHOLE, Run
from grader.editions import find_kata
from grader.stage import Stage
from grader.stages import STAGES

CODED = tuple(stage for stage in STAGES if stage.has_code and not stage.bonus)
_OWN_NAMES = (
    *("alpha", "beta", "out", "res", "tmp", "val", "acc", "arr", "mat", "vec", "cur", "nxt"),
    *("item", "stuff", "foo", "data", "total", "part", "piece", "first", "top", "idx", "pos"),
)
_TURNED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
_DELAYED = (ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp, ast.Lambda, ast.IfExp)
Files = Mapping[str, str]  # a submission: the text of each stage file by its name


@dataclass(frozen=True)
class Habits:
    """How much the honest differ."""

    own_way: float = 0.3  # the share of expressions that are written in another way
    reference: int = 3  # how often the reference's way is taken, when each other way counts 1


def class_with_copies(
    seed: int, honest: int, copies: int, habits: Habits = Habits(), stages: Sequence[Stage] = CODED
) -> tuple[dict[str, Files], set[frozenset[str]]]:
    """Return the submissions of a class by name, and the pairs in which one has copied.

    The names are `honest 0`, `honest 1`, ... and `copy 0`, ...; `copy 0` has copied `honest 0`.
    """
    rng = random.Random(seed)
    class_: dict[str, Files] = {}
    for number in range(honest):
        class_[f"honest {number}"] = {
            f"{stage.name}.py": _honest(stage, habits, rng) for stage in stages
        }
    pairs = set()
    for number in range(copies):
        original = class_[f"honest {number}"]
        class_[f"copy {number}"] = {name: copied(text, rng) for name, text in original.items()}
        pairs.add(frozenset((f"honest {number}", f"copy {number}")))
    return class_, pairs


def write_results(class_: Mapping[str, Files], results: Path) -> None:
    """Write a folder of results that keeps these files; nothing in it was graded."""
    graded = []
    for number, (name, files) in enumerate(class_.items()):
        kept = results / "submissions" / f"key{number}" / "files"
        kept.mkdir(parents=True)
        for file, text in files.items():
            (kept / file).write_text(text, encoding="utf-8")
        graded.append(GradedSubmission(f"key{number}", name, (), 1, "full", (), ()))
    stages = tuple(stage.number for stage in STAGES if not stage.bonus)
    Run(1, stages, "", WHOLE, tuple(one.key for one in graded), (), ()).write(results)
    lines = "".join(json.dumps(asdict(one)) + "\n" for one in graded)
    (results / "graded.jsonl").write_text(lines, encoding="utf-8")


def copied(text: str, rng: random.Random) -> str:
    """Return a text after renaming, reformatting, reordering and new comments."""
    tree = ast.parse(text)
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        _rename(function, rng)
        for node in ast.walk(function):
            if isinstance(body := getattr(node, "body", None), list):
                _reorder(body, rng)
        if (
            ast.get_docstring(function) is not None
            and len(function.body) > 1
            and rng.random() < 0.5
        ):
            del function.body[0]
    lines = ast.unparse(tree).split("\n")
    return "\n".join(_with_comment(line, rng) for line in lines) + "\n"


def _with_comment(line: str, rng: random.Random) -> str:
    is_code = line.startswith("    ") and line.endswith(")") and '"""' not in line
    return f"{line}  # step {rng.randrange(9)}" if is_code and rng.random() < 0.3 else line


def _rename(function: ast.FunctionDef, rng: random.Random) -> None:
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    chosen = rng.sample(_OWN_NAMES, len(_OWN_NAMES))
    new = {
        name: chosen[place % len(chosen)] + "_" * (place // len(chosen))
        for place, name in enumerate(sorted(stored))
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)


def _reorder(body: list[ast.stmt], rng: random.Random) -> None:
    """Swap neighbors that don't need each other."""
    place = 0
    while place + 1 < len(body):
        first, second = body[place], body[place + 1]
        both = isinstance(first, ast.Assign) and isinstance(second, ast.Assign)
        free = not (_names(first, stored=True) & _names(second))
        free = free and not (_names(second, stored=True) & _names(first))
        if both and free and rng.random() < 0.8:
            body[place], body[place + 1] = second, first
            place += 1
        place += 1


def _names(node: ast.AST, stored: bool = False) -> set[str]:
    names = (one for one in ast.walk(node) if isinstance(one, ast.Name))
    return {one.id for one in names if not stored or isinstance(one.ctx, ast.Store)}


@cache
def _ways(stage: Stage) -> tuple[ast.Module, dict[str, list[ast.FunctionDef]]]:
    """Return the reference, and the right ways of each of its functions."""
    kata = find_kata()
    right_ways = kata.root / "grader" / "author" / "right_ways" / f"{stage.name}.py"
    ways: dict[str, list[ast.FunctionDef]] = {}
    for node in ast.parse(right_ways.read_text(encoding="utf-8")).body:
        for decorator in getattr(node, "decorator_list", ()):
            if isinstance(node, ast.FunctionDef) and isinstance(decorator, ast.Call):
                (function,) = decorator.args
                assert isinstance(function, ast.Constant)
                ways.setdefault(str(function.value), []).append(node)
    return ast.parse(kata.solution(stage).read_text(encoding="utf-8")), ways


def _honest(stage: Stage, habits: Habits, rng: random.Random) -> str:
    reference, ways = _ways(stage)
    written: list[ast.stmt] = []
    for node in copy.deepcopy(reference).body:
        if isinstance(node, ast.FunctionDef):
            others = ways.get(node.name, [])
            weights = [habits.reference, *(1 for _ in others)]
            way = copy.deepcopy(rng.choices([node, *others], weights)[0])
            body = way.body[1:] if ast.get_docstring(way) is not None else way.body
            way = ast.FunctionDef(node.name, way.args, body, [], node.returns)
            _OwnWay(habits, rng).visit(way)
            node.args, node.body = way.args, [*node.body[:1], *_with_steps(way.body, habits, rng)]
        written.append(node)
    return ast.unparse(ast.fix_missing_locations(ast.Module(written, []))) + "\n"


class _OwnWay(ast.NodeTransformer):
    """Writes some expressions in another way."""

    def __init__(self, habits: Habits, rng: random.Random) -> None:
        self._share, self._rng = habits.own_way, rng

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute) or self._rng.random() >= self._share:
            return node
        of, name = node.func.value, node.func.attr
        if name == "float" and not node.args:
            return ast.Call(ast.Attribute(of, "to"), [_torch("float32")], [])
        if name == "pow" and len(node.args) == 1:
            return ast.BinOp(of, ast.Pow(), node.args[0])
        if name in ("mean", "sum", "softmax", "amax") and ast.unparse(of) != "torch":
            return ast.Call(_torch(name), [of, *node.args], node.keywords)
        node.func.attr = {"view": "reshape", "reshape": "view"}.get(name, name)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if self._rng.random() >= self._share:
            return node
        if isinstance(node.op, ast.Mult):
            return ast.BinOp(node.right, node.op, node.left)
        if isinstance(node.op, ast.MatMult):
            return ast.Call(_torch("matmul"), [node.left, node.right], [])
        if isinstance(node.op, ast.FloorDiv):
            return ast.Call(ast.Name("int"), [ast.BinOp(node.left, ast.Div(), node.right)], [])
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        turned = _TURNED.get(type(node.ops[0]))
        if turned is None or len(node.ops) > 1 or self._rng.random() >= self._share:
            return node
        return ast.Compare(node.comparators[0], [turned()], [node.left])


def _torch(name: str) -> ast.Attribute:
    return ast.Attribute(ast.Name("torch"), name)


def _with_steps(body: Sequence[ast.stmt], habits: Habits, rng: random.Random) -> list[ast.stmt]:
    """Return statements of which some are taken apart into two."""
    written: list[ast.stmt] = []
    for number, statement in enumerate(body):
        if isinstance(statement, ast.For | ast.While | ast.If | ast.With):
            statement.body = _with_steps(statement.body, habits, rng)
        value = getattr(statement, "value", None)
        if (
            isinstance(statement, ast.Assign | ast.Return)
            and value
            and rng.random() < habits.own_way
        ):
            parts = list(_parts(value))
            if parts:
                name, part = f"step_{number}", rng.choice(parts)
                _Instead(part, name).generic_visit(statement)
                written.append(ast.Assign([ast.Name(name, ast.Store())], part, lineno=1))
        written.append(statement)
    return written


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    """Yield the expressions in a value that are computed once, and before it."""
    for node in ast.iter_child_nodes(value):
        if isinstance(node, ast.expr) and not isinstance(node, (*_DELAYED, ast.BoolOp)):
            if isinstance(node, ast.BinOp | ast.Call):
                yield node
            yield from _parts(node)


class _Instead(ast.NodeTransformer):
    """Puts a name where an expression was."""

    def __init__(self, part: ast.expr, name: str) -> None:
        self._part, self._name = part, name

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.Name(self._name) if node is self._part else self.generic_visit(node)
