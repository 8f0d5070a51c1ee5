"""What readers of verdicts once found false or missing, and what is said now."""

from pathlib import Path

import pytest

from grader.kata import Kata
from grader.tests.test_located import graded
from grader.verdict import StageVerdict

SOFT_CAP = """
def attention_scores(q, k):
    scores = q @ k.T / q.shape[-1] ** 0.5
    return 50.0 * torch.tanh(scores / 50.0)
"""
KEYS_FIRST = """
def attention_scores(q, k):
    scores = k @ q.T
    return scores * k.shape[0] ** 0.5
"""
OTHER_THETA = """
def rope_frequencies(head_dim, theta):
    exponents = torch.arange(0, head_dim, 2).float() / head_dim
    return 1.0 / (theta + 1) ** exponents
"""
NOT_RETURNED = """
def precompute_freqs_cis(head_dim, seq_len, theta):
    angles = torch.outer(torch.arange(seq_len).float(), rope_frequencies(head_dim, theta))
    cis = torch.polar(torch.ones_like(angles), angles)
"""
ROUNDED_POSITIONS = """
def precompute_freqs_cis(head_dim, seq_len, theta):
    positions = torch.arange(seq_len, dtype=torch.bfloat16)
    angles = torch.outer(positions.float(), rope_frequencies(head_dim, theta))
    return torch.polar(torch.ones_like(angles), angles)
"""
HEADS_ADDED = """
def attention(x, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads):
    d, total = len(wq) // n_heads, 0
    for i in range(n_heads):
        j = kv_head_index(i, n_heads, n_kv_heads)
        q, k = x @ wq[i * d : (i + 1) * d].T, x @ wk[j * d : (j + 1) * d].T
        v = x @ wv[j * d : (j + 1) * d].T
        total = total + masked_attention(rotate(q, freqs_cis), rotate(k, freqs_cis), v)
    return (total / n_heads).repeat(1, n_heads) @ wo.T
"""
LAYER_NORM = """
def transformer_block(x, weights, layer, freqs_cis, params):
    w = lambda name: weights[f"layers.{layer}.{name}.weight"]
    heads = params["n_heads"], params.get("n_kv_heads") or params["n_heads"]
    norm = lambda x, name: F.layer_norm(x, x.shape[-1:], w(name), eps=params["norm_eps"])
    names = [w(f"attention.{one}") for one in ("wq", "wk", "wv", "wo")]
    x = x + attention(norm(x, "attention_norm"), *names, freqs_cis, *heads)
    return x + feed_forward(norm(x, "ffn_norm"), *(w(f"feed_forward.w{n}") for n in "123"))
"""
ID_NOT_IN_A_LIST = """
def complete(prompt, tokenizer, weights, params):
    token = predict_next_token(torch.tensor(encode_prompt(tokenizer, prompt)), weights, params)
    return token_pieces(tokenizer, token)[0]
"""
NORMALIZED_TWICE = """
def rms_norm(x, weight, eps):
    def once(h):
        return h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + eps) * weight.float()
    return once(once(x.float())).to(x.dtype)
"""
ID_PLUS_ONE = """
def predict_next_token(tokens, weights, params):
    logits = next_token_logits(transformer(tokens, weights, params), weights["output.weight"])
    return int(logits.argmax()) + 1
"""
ALL_LAYERS = """
def transformer(tokens, weights, params):
    h = embed(tokens, weights["tok_embeddings.weight"])
    d = params["dim"] // params["n_heads"]
    freqs_cis = precompute_freqs_cis(d, len(tokens), params["rope_theta"])
    results = []
    for layer in range(params["n_layers"]):
        h = transformer_block(h, weights, layer, freqs_cis, params)
        results.append(h)
    return rms_norm(h, weights["norm.weight"], params["norm_eps"]), results
"""
LENGTH_ONE = """
def transformer(tokens, weights, params):
    h = embed(tokens, weights["tok_embeddings.weight"])
    d = params["dim"] // params["n_heads"]
    freqs_cis = precompute_freqs_cis(d, len(tokens), params["rope_theta"])
    for layer in range(params["n_layers"]):
        h = transformer_block(h, weights, layer, freqs_cis, params)
    return F.normalize(h, dim=-1) * weights["norm.weight"]
"""
NO_OUTER_PRODUCT = """
def precompute_freqs_cis(head_dim, seq_len, theta):
    angles = torch.arange(seq_len).float() * rope_frequencies(head_dim, theta)
    return torch.polar(torch.ones_like(angles), angles)
"""
TOO_FEW_ROWS = """
def split_heads(weight, n_heads):
    d = int(weight.shape[0] ** 0.5)
    return weight[: n_heads * d].reshape(n_heads, d, -1)
"""
LAST_COLUMN_SKIPPED = """
def project(x, head_weight):
    result = torch.zeros(len(x), len(head_weight), dtype=x.dtype)
    for column in range(x.shape[1] - 1):
        result += x[:, column, None] * head_weight[:, column]
    return result
"""
NORM_ARGUMENTS_SWAPPED = """
def transformer_block(x, weights, layer, freqs_cis, params):
    w = lambda name: weights[f"layers.{layer}.{name}.weight"]
    heads = params["n_heads"], params.get("n_kv_heads") or params["n_heads"]
    norm = lambda x, name: rms_norm(w(name), x, params["norm_eps"])
    names = [w(f"attention.{one}") for one in ("wq", "wk", "wv", "wo")]
    x = x + attention(norm(x, "attention_norm"), *names, freqs_cis, *heads)
    return x + feed_forward(norm(x, "ffn_norm"), *(w(f"feed_forward.w{n}") for n in "123"))
"""
WRONG_IN_HALF = """
def attention_scores(q, k):
    scores = (q @ k.T).float() / q.shape[-1] ** 0.5
    return scores if q.dtype == torch.float32 else (scores + 1) ** 3
"""
NO_F = """
def special_token_ids(n_mergeable):
    names = ["begin_of_text", "end_of_text", *("reserved_special_token_{i}" for i in range(254))]
    return {f"<|{name}|>": n_mergeable + at for at, name in enumerate(names)}
"""
BAD_ESCAPE = """
def load_checkpoint(folder):
    import re
    return re.match(r"\\p{L}", str(folder))
"""


def explained(verdict: StageVerdict) -> str:
    """Return all explanations of a verdict."""
    return "\n".join(test.explanation for test in verdict.tests)


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (13, SOFT_CAP, "gives the right result. What follows changes it."),
        (13, KEYS_FIRST, "the dot products of queries and keys, transposed."),
        (10, ROUNDED_POSITIONS, "rounds to bfloat16. Is that exact enough?"),
        (15, HEADS_ADDED, "gives the joined results of all heads piece by piece"),
        (17, LAYER_NORM, "an unexpected `x`: something other than what rms_norm returns."),
        (9, NORMALIZED_TWICE, "what you'd get by applying the function twice"),
        (19, ID_PLUS_ONE, "the expected number plus 1"),
        (18, LENGTH_ONE, "gives the result of layer 2, as it should."),
        (12, LAST_COLUMN_SKIPPED, "what you'd get with zeros in the last column of x."),
        (17, NORM_ARGUMENTS_SWAPPED, "As `x` you pass what `weight` should be."),
        (4, NO_F, "is the f before the quotes missing?"),
    ],
)
def test_what_is_true_is_said(
    kata: Kata, tmp_path: Path, number: int, code: str, said: str
) -> None:
    assert said in explained(graded(kata, tmp_path, number, code))


@pytest.mark.parametrize(
    ("number", "code", "untrue"),
    [
        (13, KEYS_FIRST, "as it should"),
        (10, OTHER_THETA, "gives the frequencies."),
        (10, NOT_RETURNED, "no line of yours does"),
        (10, ROUNDED_POSITIONS, "no line of yours does"),
        (19, ID_PLUS_ONE, "no line of yours does"),
        (18, ALL_LAYERS, "no line of yours does"),
        (10, NO_OUTER_PRODUCT, "returns the right result"),
        (12, TOO_FEW_ROWS, "only the first matrix"),
        (13, WRONG_IN_HALF, "Is that exact enough?"),
    ],
)
def test_what_is_untrue_is_not_said(
    kata: Kata, tmp_path: Path, number: int, code: str, untrue: str
) -> None:
    verdict = graded(kata, tmp_path, number, code)
    assert verdict.status == "failed" and untrue not in explained(verdict)


def test_an_error_is_explained_by_the_call_that_is_shown(kata: Kata, tmp_path: Path) -> None:
    verdict = graded(kata, tmp_path, 19, ID_NOT_IN_A_LIST)
    test = next(test for test in verdict.tests if test.points < test.max_points)
    (token,) = (line for line in test.message.split("\n") if "with token: " in line)
    number = token.split("with token: ")[1]
    assert f"an unexpected `tokens`: {number} instead of [{number}]." in test.explanation


def test_an_error_has_its_own_name(kata: Kata, tmp_path: Path) -> None:
    verdict = graded(kata, tmp_path, 7, BAD_ESCAPE)
    messages = [test.message for test in verdict.tests if test.function == "load_checkpoint"]
    assert messages[0].startswith("it raised re.error: bad escape")
