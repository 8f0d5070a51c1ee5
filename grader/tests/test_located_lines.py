"""Lines that are random or bring in nan, and loops over rows: how they are located."""

from pathlib import Path

from grader.kata import Kata
from grader.tests.test_located import graded, located

MASK_TIMES_SCORES = """
def masked_attention(q, k, v):
    scores = q @ k.T / q.shape[-1] ** 0.5
    masked = scores * 2.0 * causal_mask(len(q))
    return torch.softmax(masked, dim=-1) @ v
"""
DROPOUT = """
def feed_forward(x, w1, w2, w3):
    return F.dropout(F.silu(x @ w1.T) * (x @ w3.T), 0.5) @ w2.T
"""


def test_the_line_that_brings_in_nan(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 14, MASK_TIMES_SCORES))
    assert "The first nan comes from line" in found.text
    assert "`torch.softmax(masked, dim=-1)`" in found.text


def test_the_line_that_is_random(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 16, DROPOUT))
    assert found.relation == "different values each time"
    assert "F.dropout" in found.text and "expected" not in found.text


NEW_LAYER = """
def project(x, head_weight):
    layer = torch.nn.Linear(*reversed(head_weight.shape), dtype=head_weight.dtype)
    layer.weight.data = head_weight
    return layer(x).detach()
"""
AS_MANY_KEYS_AS_QUERIES = """
def attention_scores(q, k):
    scores = torch.zeros(len(q), len(q), dtype=q.dtype)
    for i in range(len(q)):
        for j in range(len(q)):
            scores[i, j] = torch.dot(q[i], k[j]) / q.shape[1] ** 0.5
    return scores
"""

SCALE_KEPT = """
kept = []
def attention_scores(q, k):
    kept.append(q.shape[1])
    return q @ k.T / kept[0] ** 0.5
"""
WIDTH_KEPT = SCALE_KEPT.replace("q @ k.T", "q @ k.view(-1, kept[0]).T")

CLAMPED = """
def feed_forward(x, w1, w2, w3):
    gate = (x @ w1.T).clamp(-50, 50)
    return (F.silu(gate) * (x @ w3.T)) @ w2.T
"""

RELU_ABOVE_ZERO = """
def feed_forward(x, w1, w2, w3):
    gate = x @ w1.T
    gate = torch.where(gate > 0, gate, gate * torch.sigmoid(gate))
    return (gate * (x @ w3.T)) @ w2.T
"""
ENDS_TOO_EARLY = """
def feed_forward(x, w1, w2, w3):
    result = torch.zeros_like(x)
    for t in range(len(x)):
        result[t] = w2 @ (F.silu(w1 @ x[t]) * (w3 @ x[t]))
        if t == len(x) // 2:
            return result
"""


def test_a_weight_that_is_replaced_is_not_called_random(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 12, NEW_LAYER))
    assert found.relation == "different values each time" and "`layer(x)`" in found.text


def test_a_row_that_a_loop_takes_is_not_to_blame(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 13, AS_MANY_KEYS_AS_QUERIES))
    assert found.text == "You return only the first 4 columns of the expected values."


def test_what_is_kept_from_call_to_call(kata: Kata, tmp_path: Path) -> None:
    alone = "Called on its own, your function returns the right result"
    found = located(graded(kata, tmp_path, 13, SCALE_KEPT))
    assert found.text.startswith(alone)
    assert found.text.endswith("You return the expected values times 2.")
    found = located(graded(kata, tmp_path, 13, WIDTH_KEPT))  # it raises
    assert found.text.startswith(alone)


def test_the_next_failing_test_is_looked_at(kata: Kata, tmp_path: Path) -> None:
    verdict = graded(kata, tmp_path, 16, CLAMPED)
    failed = [test for test in verdict.tests if test.outcome == "failed"]
    assert len(failed) == 2 and any("float16" in test.name for test in failed)
    assert "`x @ w1.T`, gives the product of x and w1, as it should." in located(verdict).text


def test_two_branches_that_are_right_do_not_make_the_lines_between_right(
    kata: Kata, tmp_path: Path
) -> None:
    text = located(graded(kata, tmp_path, 16, RELU_ABOVE_ZERO)).text
    assert "`gate * torch.sigmoid(gate)`, gives the SiLU of the product of x and w1, and" in text


def test_what_a_loop_computes_is_looked_at_as_a_whole(kata: Kata, tmp_path: Path) -> None:
    text = located(graded(kata, tmp_path, 16, ENDS_TOO_EARLY)).text
    assert "In place of the product of x and w1, line " in text
    assert "`w1 @ x[t]`, gives only the first 4 rows of the expected values" in text


NARROWER = """
def rms_norm(x, weight, eps):
    x32 = x.float()
    mean = (x32 * x32).sum(-1, keepdim=True) / (x.shape[-1] - 1)
    return (x32 * torch.rsqrt(mean + eps) * weight).to(x.dtype)
"""
ONE_OF_TWO_ROOTS = """
def attention_scores(q, k):
    s = q.shape[-1] ** 0.25
    return (q / s) @ k.T
"""
ONE_POSITION = """
def transformer_block(x, weights, layer, freqs_cis, params):
    w = lambda name: weights[f"layers.{layer}.{name}.weight"]
    heads = params["n_heads"], params.get("n_kv_heads") or params["n_heads"]
    normed = rms_norm(x, w("attention_norm"), params["norm_eps"])
    names = ("wq", "wk", "wv", "wo")
    x = x + attention(normed, *(w(f"attention.{one}") for one in names), freqs_cis[layer], *heads)
    normed = rms_norm(x, w("ffn_norm"), params["norm_eps"])
    return x + feed_forward(normed, *(w(f"feed_forward.w{one}") for one in (1, 2, 3)))
"""
LAST_TOKENS = """
def predict_next_token(tokens, weights, params):
    hidden = transformer(tokens[-4:], weights, params)
    return int(next_token_logits(hidden, weights["output.weight"]).argmax())
"""


def test_of_a_line_the_whole_is_judged_and_not_its_first_part(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 9, NARROWER))
    assert found.relation == "the expected values times 1.091, which is D / (D - 1)"
    assert "`(x32 * x32).sum(-1, keepdim=True) / (x.shape[-1] - 1)`, gives" in found.text


def test_code_is_quoted_as_it_is_written(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 13, ONE_OF_TWO_ROOTS))
    assert "`return (q / s) @ k.T`, gives" in found.text
    assert found.relation and "which is the fourth root of d" in found.relation


def test_an_argument_of_another_shape_is_odd(kata: Kata, tmp_path: Path) -> None:
    found = located(graded(kata, tmp_path, 17, ONE_POSITION))
    assert "you call attention with an unexpected `freqs_cis`: a tensor of shape" in found.text


def test_fewer_tokens_are_odd(kata: Kata, tmp_path: Path) -> None:
    verdict = graded(kata, tmp_path, 19, LAST_TOKENS)
    assert "you call transformer with an unexpected `tokens`" in located(verdict).text
    assert not any(test.mistake for test in verdict.tests)
