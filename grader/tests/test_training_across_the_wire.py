"""Training in a sandbox, where the forward pass and the optimizer are calls across the wire.

Each of these right ways gets its gradients in another way, and each of these mistakes has to do
with them. `test_stages_are_complete` grades all others, and some of them across the wire.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from grader.author.grade_variants import named
from grader.author.right_ways import RightWay, right_ways_of
from grader.calls.answer_earlier_calls import MOST_CALLS
from grader.calls.stage_modules import reference_modules
from grader.diagnosis.known_mistakes import Mistake, mistakes_of
from grader.editions import find_kata
from grader.sandbox import probe
from grader.stages import stage_of
from grader.suite.grade_stage import grade_code
from grader.tests.remembered_outcomes import RemembersOutcomes
from grader.tests.wire_channel import code_across_the_wire
from grader.untrusted.grade_sandboxed import grade_sandboxed
from grader.verdict import StageVerdict
from grader.workers.fork_pool import ForkPool
from grader.workers.pool import start_pool

T = TypeVar("T", Mistake, RightWay)
KATA = RemembersOutcomes(find_kata(Path(__file__).parent).root)
STAGE = stage_of(31)
RIGHT = (
    KATA.solution(STAGE).read_text(encoding="utf-8").replace("from solutions.", "from exercises.")
)
WAYS = KATA.root / "grader/author/right_ways" / f"{STAGE.name}.py"
SOME_WAYS = (
    "mapped_over_the_model",
    "position_by_position",
    "backward_on_clones",
    "functional_gradients",
    "pulled_back",
    "accumulated_row_by_row",
    "in_place_on_deep_copies",
    "pytorchs_own_optimizer",
)
SOME_MISTAKES = (
    "loss_without_graph",
    "one_dict_for_both",
    "gradients_pile_up",
    "new_weights_require_gradients",
)
# In a module of its own, a variant calls the right functions by their names.
VARIANT = """
import types
variants = types.ModuleType("variants")
vars(variants).update(batch_loss=batch_loss, train_step=train_step)
exec({text!r}, vars(variants))
{function} = variants.{name}
"""
DECORATORS = """
def right_way(function): return lambda written: written
def mistake(function, title, like=""): return lambda written: written
def worked_out(function): return lambda written: written
"""

sandboxed = pytest.mark.skipif(
    not probe().is_enough, reason=f"this machine is below the floor: {probe()}"
)


@pytest.fixture(scope="module")
def pool() -> Iterator[ForkPool]:
    pool = start_pool()
    assert isinstance(pool, ForkPool)
    yield pool
    pool.close()


def submission(folder: Path, file: Path, function: str, name: str) -> Path:
    """Write a stage file in which a right way or a mistake replaces a function."""
    lines = file.read_text(encoding="utf-8").replace("from solutions.", "from exercises.")
    kept = [
        line
        for line in lines.splitlines()
        if not line.startswith(("from grader", f"from exercises.{STAGE.name} "))
    ]
    text = DECORATORS + "\n".join(kept)
    variant = VARIANT.format(text=text, function=function, name=name)
    path = folder / f"{STAGE.name}.py"
    path.write_text(RIGHT + variant, encoding="utf-8")
    return path


def graded(pool: ForkPool, folder: Path, file: Path, function: str, name: str) -> StageVerdict:
    submission(folder, file, function, name)
    return grade_sandboxed(KATA, STAGE, folder, 1, pool).verdict


@sandboxed
@pytest.mark.parametrize("name", SOME_WAYS)
def test_right_ways_pass(name: str, pool: ForkPool, tmp_path: Path) -> None:
    (function,) = _named(right_ways_of(KATA, STAGE), name).replaces
    verdict = graded(pool, tmp_path, WAYS, function, name)
    assert (verdict.status, verdict.points) == ("passed", STAGE.points), verdict


@sandboxed
@pytest.mark.parametrize("name", SOME_MISTAKES)
def test_mistakes_fail_and_are_named(name: str, pool: ForkPool, tmp_path: Path) -> None:
    (function,) = _named(mistakes_of(KATA, STAGE), name).replaces
    verdict = graded(pool, tmp_path, KATA.mistakes(STAGE), function, name)
    assert verdict.status == "failed" and named(verdict) - {None} == {name}, verdict


def _named(variants: Sequence[T], name: str) -> T:
    return next(one for one in variants if one.name == name)


@pytest.mark.parametrize("way", ["position_by_position", "pulled_back"])
def test_right_code_asks_far_less_often_than_it_may(way: str, tmp_path: Path) -> None:
    function = "train_step" if way == "pulled_back" else "batch_loss"
    path = submission(tmp_path, WAYS, function, way)
    code, channel = code_across_the_wire(STAGE, path, reference_modules(KATA.solutions, STAGE))
    with closing(code):
        assert grade_code(KATA, code, 1).status == "passed"
    assert channel.questions < MOST_CALLS / 10
