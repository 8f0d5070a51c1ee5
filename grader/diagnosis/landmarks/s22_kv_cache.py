"""The values on the way to the attention of new tokens, and through the model."""

from typing import Any

import torch

from grader.diagnosis.landmarks import Landmark, Landmarks
from grader.diagnosis.landmarks.s09_rms_norm import normalised
from grader.diagnosis.landmarks.s10_freqs_cis import precompute_freqs_cis
from grader.diagnosis.landmarks.s11_rotate import rotated
from grader.diagnosis.landmarks.s16_feed_forward import fed_forward
from grader.language import tr

KeysAndValues = tuple[torch.Tensor, torch.Tensor]


def cached_attention(
    x: torch.Tensor,
    wq: torch.Tensor,
    wk: torch.Tensor,
    wv: torch.Tensor,
    wo: torch.Tensor,
    freqs_cis: torch.Tensor,
    n_heads: int,
    n_kv_heads: int,
    past: KeysAndValues | None,
) -> Landmarks:
    q, k, v = (  # [H, T, d], [K, T, d], [K, T, d]
        torch.stack((x @ weight.T).float().chunk(count, dim=-1))
        for weight, count in ((wq, n_heads), (wk, n_kv_heads), (wv, n_kv_heads))
    )
    yield Landmark(tr("the new keys of all heads before rotation"), k, "k")
    k = rotated(k, freqs_cis)
    yield Landmark(tr("the rotated new keys of all heads"), k, "k")
    yield Landmark(tr("the new values of all heads"), v, "v")
    if past is not None:
        k, v = (torch.cat([old.float(), new], 1) for old, new in zip(past, (k, v), strict=True))
        yield Landmark(tr("the keys of all tokens"), k, "k")  # [K, S + T, d]
        yield Landmark(tr("the values of all tokens"), v, "v")
    future = torch.ones(len(x), k.shape[1]).bool().triu(k.shape[1] - len(x) + 1)  # [T, S + T]
    outputs = []
    for head in range(n_heads):
        kv_head, branch = head // (n_heads // n_kv_heads), str(head)
        words = tr("the queries of head {head} before rotation", head=head)
        yield Landmark(words, q[head], f"{branch}/q")
        queries = rotated(q[head], freqs_cis)  # [T, d]
        words = tr("the rotated queries of head {head}", head=head)
        yield Landmark(words, queries, f"{branch}/q")
        words = tr("the keys of all tokens in key/value head {head}", head=kv_head)
        yield Landmark(words, k[kv_head], f"{branch}/k")
        words = tr("the values of all tokens in key/value head {head}", head=kv_head)
        yield Landmark(words, v[kv_head], f"{branch}/v")
        scores = queries @ k[kv_head].T / k.shape[-1] ** 0.5  # [T, S + T]
        yield Landmark(tr("the scores of head {head}", head=head), scores, branch)
        masked = scores.masked_fill(future, -torch.inf)
        yield Landmark(tr("the masked scores of head {head}", head=head), masked, branch)
        weights = torch.softmax(masked, -1)
        yield Landmark(tr("the attention weights of head {head}", head=head), weights, branch)
        outputs.append(weights @ v[kv_head])  # [T, d]
        yield Landmark(tr("the result of head {head}", head=head), outputs[-1], branch)
    yield Landmark(tr("the joined results of all heads"), torch.cat(outputs, -1))  # [T, H * d]


def cached_forward(
    tokens: torch.Tensor,
    weights: dict[str, torch.Tensor],
    params: dict[str, Any],
    cache: list[KeysAndValues] | None,
) -> Landmarks:
    n_heads, eps = params["n_heads"], params["norm_eps"]
    earlier = cache[0][0].shape[1] if cache else 0
    head_dim, total = params["dim"] // n_heads, earlier + len(tokens)
    *_, angles = precompute_freqs_cis(head_dim, total, params["rope_theta"])
    freqs_cis = torch.polar(torch.ones_like(angles.value), angles.value)
    yield Landmark(tr("the rotations of the whole text"), freqs_cis, "freqs_cis")
    freqs_cis = freqs_cis[earlier:]  # [T, d/2]
    yield Landmark(tr("the rotations of the new tokens"), freqs_cis, "freqs_cis")
    x = weights["tok_embeddings.weight"][tokens]  # [T, D]
    yield Landmark(tr("the embedded tokens"), x)
    for layer in range(params["n_layers"]):
        own = {name.removeprefix(f"layers.{layer}."): weight for name, weight in weights.items()}
        normed = normalised(x, own["attention_norm.weight"], eps)
        wq, wk, wv, wo = (own[f"attention.{name}.weight"] for name in ("wq", "wk", "wv", "wo"))
        past, n_kv_heads = cache[layer] if cache else None, params.get("n_kv_heads") or n_heads
        landmarks = cached_attention(normed, wq, wk, wv, wo, freqs_cis, n_heads, n_kv_heads, past)
        *_, joined = landmarks
        out = joined.value @ wo.float().T
        yield Landmark(tr("the result of attention in layer {layer}", layer=layer), out)
        x = x + out
        yield Landmark(tr("x plus the result of attention in layer {layer}", layer=layer), x)
        matrices = [own[f"feed_forward.{name}.weight"] for name in ("w1", "w2", "w3")]
        x = x + fed_forward(normalised(x, own["ffn_norm.weight"], eps), *matrices)
        yield Landmark(tr("the result of layer {layer}", layer=layer), x)
    hidden = normalised(x, weights["norm.weight"], eps)
    yield Landmark(tr("the normalized result of the last layer"), hidden)
    yield Landmark(tr("the logits"), weights["output.weight"] @ hidden[-1])
