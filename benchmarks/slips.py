"""A typical slip for each stage: what to replace in the solution, and with what.

Each is one of the known mistakes of its stage, so a verdict on it has to name it. Stages 7 to 19
also have a case from grader/tests/strangers/ that no known mistake explains, so that a verdict on
it has to locate the error.
"""

SLIPS: dict[int, tuple[str, str]] = {
    1: ("ranks[token] = int(fields[1])", "ranks[token] = len(ranks)"),
    2: (r"\p{N}{1,3}", r"\p{N}+"),
    3: ("if chunk in ranks:", "if False:"),
    4: ("n_mergeable + i for", "n_mergeable + i + 1 for"),
    5: ("[begin] + tokenizer.encode_ordinary(prompt)", "tokenizer.encode_ordinary(prompt)"),
    6: ('message["content"].strip()', 'message["content"]'),
    7: ("int(8 * dim / 3)", "4 * dim"),
    8: ("tok_embeddings[tokens]", "tok_embeddings[tokens - 1]"),
    9: ("torch.rsqrt(mean_square + eps)", "1 / (mean_square.sqrt() + eps)"),
    10: ("torch.arange(seq_len).float()", "torch.arange(1, seq_len + 1).float()"),
    11: (
        "torch.view_as_complex(pairs) * freqs_cis",
        "torch.view_as_complex(pairs) * freqs_cis.conj()",
    ),
    12: (
        "weight.view(n_heads, -1, weight.shape[-1])",
        "weight.view(-1, n_heads, weight.shape[-1]).transpose(0, 1).contiguous()",
    ),
    13: ("q @ k.T / math.sqrt(q.shape[-1])", "q @ k.T"),
    14: ("torch.softmax(scores, dim=-1)", "torch.softmax(scores, dim=0)"),
    15: ("q = rotate(project(x, q_heads[head]), freqs_cis)", "q = project(x, q_heads[head])"),
    16: ("F.silu(x @ w1.T)", "F.gelu(x @ w1.T)"),
    17: ("return x + feed_forward(", "return feed_forward("),
    18: ('return rms_norm(x, weights["norm.weight"], params["norm_eps"])', "return x"),
    19: ("hidden[-1] @", "hidden[0] @"),
}

LOCATED: dict[int, str] = {
    7: "ffn_float",
    8: "mean_pool",
    9: "F_normalize_sqrtD",
    10: "table_twice_as_long",
    11: "angle_scaled",
    12: "first_head_only",
    13: "tensor_sqrt_d_half",
    14: "log_softmax",
    15: "heads_joined_group_by_group",
    16: "gate_with_gpt_oss_constants",
    17: "fork_no_feed_forward",
    18: "embedding_normed",
    19: "drop_last_token",
}


def with_slip(number: int, solution: str) -> str:
    """Return the text of a stage's exercise with its slip."""
    right, wrong = SLIPS[number]
    assert right in solution, f"stage {number}: {right!r} is not in the solution"
    return solution.replace(right, wrong).replace("from solutions.", "from exercises.")
