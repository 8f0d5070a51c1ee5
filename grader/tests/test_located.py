"""Where code first goes wrong: what is said is true, and uncooperative code gets a verdict too."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from grader.calls.channel import LocalChannel
from grader.calls.outcome import Seen
from grader.calls.places import Place
from grader.diagnosis.odd_call import StageCall
from grader.diagnosis.relations import located_result
from grader.diagnosis.stage_calls import first_odd_call
from grader.diagnosis.two_tensors import Problem
from grader.kata import Kata
from grader.stages import stage_of
from grader.suite.grade_stage import grade_stage
from grader.verdict import Located, StageVerdict
from grader.workers.pool import start_pool

HEAD = "import torch\nimport torch.nn.functional as F\n"


def graded(kata: Kata, folder: Path, number: int, code: str) -> StageVerdict:
    """Grade a stage whose functions are the reference's, except those in `code`."""
    stage = stage_of(number)
    solution = kata.solution(stage).read_text(encoding="utf-8")
    text = solution.replace("from solutions.", "from exercises.")
    (folder / f"{stage.name}.py").write_text(f"{text}\n{HEAD}{code}\n", encoding="utf-8")
    return grade_stage(kata, stage, folder, 0, LocalChannel)


def located(verdict: StageVerdict) -> Located:
    """Return what the first test with a location says."""
    found = next(test.located for test in verdict.tests if test.located)
    assert found is not None
    return found


SWIGLU_WITH_GELU = """
def feed_forward(x, w1, w2, w3):
    gate = x @ w1.T
    return (F.gelu(gate) ** 2 * (x @ w3.T)) @ w2.T
"""
SCORES_TIMES_D = """
def masked_attention(q, k, v):
    scores = q @ k.T * q.shape[-1] ** 0.5
    scores = scores + causal_mask(len(q))
    return torch.softmax(scores, dim=-1) @ v
"""
KEYS_OF_ANOTHER_HEAD = """
def attention(x, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads):
    queries, keys, values = (split_heads(w, n) for w, n in
                             ((wq, n_heads), (wk, n_kv_heads), (wv, n_kv_heads)))
    outputs = []
    for head in range(n_heads):
        group = head // (n_heads // n_kv_heads)
        k = project(x, keys[-1 - group])
        outputs.append(masked_attention(rotate(project(x, queries[head]), freqs_cis),
                                        rotate(k, freqs_cis), project(x, values[group])))
    return torch.cat(outputs, dim=-1) @ wo.T
"""
CACHE_HEAD_BY_HEAD = """
def cached_attention(x, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads, past):
    keys = rotate(_heads(x, wk, n_kv_heads), freqs_cis)
    values = _heads(x, wv, n_kv_heads)
    if past is not None:
        keys, values = torch.cat([past[0], keys], dim=1), torch.cat([past[1], values], dim=1)
    mask = torch.full((len(x), keys.shape[1]), float("-inf")).triu(keys.shape[1] - len(x) + 3)
    outputs = []
    for head, w in enumerate(split_heads(wq, n_heads)):
        kv_head = kv_head_index(head, n_heads, n_kv_heads)
        scores = attention_scores(rotate(project(x, w), freqs_cis), keys[kv_head]) + mask
        outputs.append(torch.softmax(scores.float(), dim=-1).to(x.dtype) @ values[kv_head])
    return torch.cat(outputs, dim=-1) @ wo.T, (keys, values)
"""
LAST_LAYER_TWICE = """
def transformer(tokens, weights, params):
    x = embed(tokens, weights["tok_embeddings.weight"])
    freqs_cis = precompute_freqs_cis(
        params["dim"] // params["n_heads"], len(tokens), params["rope_theta"])
    for layer in range(params["n_layers"]):
        x = transformer_block(x, weights, layer, freqs_cis, params)
    x = transformer_block(x, weights, layer, freqs_cis, params)
    return rms_norm(x, weights["norm.weight"], params["norm_eps"])
"""


def test_a_result_that_is_a_tuple_is_related_item_by_item() -> None:
    right = torch.arange(6.0).reshape(2, 3) - 1.5

    def call(second: torch.Tensor) -> StageCall:
        return StageCall("f", {}, Seen(Place(3, "f(x)"), "f", [], {}, (torch.ones(2), second)))

    odd = first_odd_call([call(right * 2)], [call(right)], Problem())
    assert odd is not None and odd.said.startswith(
        "In line 3, f returns something unexpected: at [1]"
    )
    odd = first_odd_call([call(right[0])], [call(right)], Problem())
    assert odd is not None and "tensor(" not in odd.said


def test_a_result_is_not_blamed_if_an_argument_is_none_instead() -> None:
    result = torch.arange(6.0).reshape(2, 3)

    def call(past: object, value: torch.Tensor) -> StageCall:
        return StageCall("f", {"past": past}, Seen(Place(3, "f(past)"), "f", [], {}, value))

    none, some = call(None, result), call((result, result), result + result.T.reshape(2, 3))
    odd = first_odd_call([some], [none], Problem())
    assert odd and odd.said == (
        "In line 3, you call f with an unexpected `past`: a value instead of None."
    )
    odd = first_odd_call([none], [some], Problem())
    assert odd and odd.said == "In line 3, you call f with an unexpected `past`."
    assert first_odd_call([none], [some, none], Problem()) is None
    nine = {**dict.fromkeys("abcdefgh", 1), "past": (result, result)}
    right, wrong = replace(none, given={**nine, "past": None}), replace(some, given=nine)
    odd = first_odd_call([wrong], [right], Problem())
    assert odd and odd.words == "`past`, the ninth argument of f"


def test_a_call_too_many_is_not_compared_with_one_that_was_made() -> None:
    result = torch.arange(6.0).reshape(2, 3)

    def call(line: int, past: object, value: torch.Tensor) -> StageCall:
        return StageCall("f", {"past": past}, Seen(Place(line, "f(past)"), "f", [], {}, value))

    first, again = call(3, None, result), call(7, (result, result), result**2)
    odd = first_odd_call([first, again], [first], Problem())
    assert (
        odd
        and odd.words == "an extra call of f"
        and odd.said == ("In line 7, you call f again, though every call you need has been made.")
    )
    odd = first_odd_call([again, first], [first], Problem())
    assert odd and not odd.is_extra
    assert first_odd_call([first, first], [first], Problem()) is None


def test_a_result_with_the_values_of_an_argument_need_not_be_it() -> None:
    problem = Problem([("the argument `x`", torch.ones(3))])
    assert located_result("the argument `x`", problem).text == (
        "Your result equals the argument `x`."
    )
    plus = "the expected values plus the argument `x`"
    assert located_result(plus, problem).text == f"You return {plus}."


def test_what_comes_from_a_call_that_cannot_be_compared_is_not_to_blame() -> None:
    right, wrong = torch.arange(6.0).reshape(2, 3), torch.arange(5.0, -1, -1).reshape(2, 3)

    def calls(tokens: torch.Tensor, hidden: torch.Tensor) -> list[StageCall]:
        made = [("f", tokens, hidden), ("g", hidden, hidden * 2)]
        return [
            StageCall(name, {"x": x}, Seen(Place(3, name), name, [], {}, value))
            for name, x, value in made
        ]

    longer = calls(torch.ones(5), wrong)
    assert first_odd_call(longer, calls(torch.ones(1), right), Problem()) is None
    assert first_odd_call(longer[1:], calls(torch.ones(1), right), Problem()) is not None


def test_the_line_and_the_first_value_that_is_missing(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 16, SWIGLU_WITH_GELU))
    assert found.right_until == "the product of x and w1"
    assert found.first_wrong == "the SiLU of the product of x and w1"
    assert "`x @ w1.T`, gives the product of x and w1, as it should." in found.text


def test_what_is_there_instead_and_by_how_much(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 14, SCORES_TIMES_D))
    assert found.first_wrong == "the scores"
    assert found.relation is not None and found.relation.startswith("the expected values times")
    assert "which is d" in found.relation


def test_a_call_of_an_earlier_stage_with_other_values(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 15, KEYS_OF_ANOTHER_HEAD))
    assert found.first_wrong == "`k`, the second argument of masked_attention"
    assert found.relation and "instead of the rotated keys of key/value head" in found.relation


def test_a_cache_that_is_computed_head_by_head(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 22, CACHE_HEAD_BY_HEAD))
    assert found.right_until == "the scores of head 0"
    assert found.first_wrong == "the masked scores of head 0"
    assert "matrix 0" not in found.text


def test_a_call_that_the_reference_does_not_make(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 18, LAST_LAYER_TWICE))
    assert found.first_wrong and "transformer_block" in found.first_wrong


NO_FEED_FORWARD = """
def _norm(x, weights, layer, params):
    return rms_norm(x, weights[f"layers.{layer}.attention_norm.weight"], params["norm_eps"])
def transformer_block(x, weights, layer, freqs_cis, params):
    names = ("wq", "wk", "wv", "wo")
    wq, wk, wv, wo = (weights[f"layers.{layer}.attention.{name}.weight"] for name in names)
    n_heads, n_kv_heads = params["n_heads"], params.get("n_kv_heads") or params["n_heads"]
    normed = _norm(x, weights, layer, params)
    x = x + attention(normed, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads)
    return x + _norm(x, weights, layer, params)
"""


def test_a_helper_above_and_a_function_that_is_never_called(kata: Kata, tmp_path: Path) -> None:
    first, second, third = located(graded(kata, tmp_path, 17, NO_FEED_FORWARD)).text.splitlines()
    assert first.startswith("Your calls are right up to line ") and "attention" in first
    assert second.startswith("Then, in line ") and "`weight`" in second
    assert third == "And your code never calls feed_forward."


RESISTING = {
    "reads its own text": """
import inspect
TEXT = inspect.getsource(rms_norm)
""",
    "counts its calls": """
CALLS = []
def rms_norm(x, weight, eps):
    CALLS.append(1)
    return x / len(CALLS)
""",
    "looks at its caller": """
import sys
def rms_norm(x, weight, eps):
    assert sys._getframe(1).f_code.co_name == "_call"
    return x * 3 + weight
""",
    "takes the names that record": """
_kata_see = _kata_call = None
def rms_norm(x, weight, eps):
    return x * x + weight
""",
    "ends when it is recorded": """
def rms_norm(x, weight, eps):
    if "_kata_see" in __builtins__:
        raise SystemExit("no")
    return x * x + weight
""",
    "calls itself": """
def rms_norm(x, weight, eps):
    return rms_norm(x + 1, weight, eps)
""",
    "makes huge values": """
def rms_norm(x, weight, eps):
    big, text = [x.repeat(300, 300)] * 9, "x" * 10**7
    return x * len(big) * len(text) / 10**7 + weight
""",
    "loops for long": """
def rms_norm(x, weight, eps):
    n = 0
    for i in range(20000):
        n = n + i * 2
    return x * n + weight
""",
    "has odd syntax": """
def rms_norm(x, weight, eps):
    match eps:
        case float(e) if e > 0:
            y = (lambda a, /, *b, c=f'{eps:{""}}': (a, *b))(x, weight)
    [*z], (u, *_) = y, (q := y)
    del u
    return z[0] * z[0] + z[1]
""",
}
PRINTING = """
def rms_norm(x, weight, eps):
    print("here" * 9)
    return x * x + weight
"""


@pytest.mark.parametrize("code", RESISTING.values(), ids=RESISTING)
def test_code_that_resists_gets_a_verdict(kata: Kata, tmp_path: Path, code: str) -> None:
    verdict = graded(kata, tmp_path, 9, code)
    expected = "passed" if "TEXT" in code else "failed"
    assert verdict.status == expected


def test_recording_prints_nothing(kata: Kata, tmp_path: Path) -> None:
    stage, code = stage_of(9), PRINTING
    (tmp_path / f"{stage.name}.py").write_text(f"{HEAD}{code}\n")
    with closing(start_pool()) as pool:
        verdict = grade_stage(kata, stage, tmp_path, 0, pool.worker)
    calls = verdict.printed.count("here" * 9)
    assert verdict.status == "failed" and calls
    (tmp_path / f"{stage.name}.py").write_text(f"{HEAD}{code.replace('x * x', 'x / x')}\n")
    with closing(start_pool()) as pool:
        other = grade_stage(kata, stage, tmp_path, 0, pool.worker)
    assert other.printed.count("here" * 9) == calls


def test_a_file_that_changes_while_it_is_graded(kata: Kata, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\ndef rms_norm(x, weight, eps):\n"
        "    Path(PATH).write_text('def rms_norm(:')\n    return x * x + weight"
    )
    path = tmp_path / f"{stage_of(9).name}.py"
    path.write_text(f"{HEAD}PATH = {str(path)!r}\n{code}\n")
    with closing(start_pool()) as pool:
        assert grade_stage(kata, stage_of(9), tmp_path, 0, pool.worker).status == "failed"


MAXIMUM_NOT_KEPT = """
def attention_in_blocks(q, k, v, block):
    T, S = len(q), len(k)
    m, l, o = torch.full((T, 1), -torch.inf), torch.zeros(T, 1), torch.zeros(T, v.shape[1])
    last = torch.arange(T)[:, None] + S - T
    for start in range(0, S, block):
        s = q.float() @ k[start : start + block].float().T / q.shape[1] ** 0.5
        s = s.masked_fill(torch.arange(start, start + s.shape[1]) > last, -torch.inf)
        new = torch.maximum(m, s.amax(1, keepdim=True))
        factor, w = torch.exp(m - new), torch.exp(s - new)
        l = l * factor + w.sum(1, keepdim=True)
        o = o * factor + w @ v[start : start + block].float()
    return (o / l).to(v.dtype)
"""


def test_what_a_sum_begins_with_is_not_to_blame(kata: Kata, tmp_path: Path) -> None:
    for test in graded(kata, tmp_path, 27, MAXIMUM_NOT_KEPT).tests:
        assert test.located is None or "torch.zeros" not in test.located.text
