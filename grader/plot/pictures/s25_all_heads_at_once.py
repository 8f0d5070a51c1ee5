"""One new token: the products of all heads, one per key/value head."""

import torch
from matplotlib.figure import Figure

from grader.plot import style
from grader.plot.heat import SHARES, draw_scale, heat
from grader.plot.model_walk import Walk

_LEFT, _CELL = 1.2, 0.4  # inches


def draw(walk: Walk, layer: int = 1) -> Figure:
    """Draw the attention weights of the last token in every head, one map per key/value head."""
    weights = _last_token_weights(walk, layer)  # [H, T]
    group_size, count = walk.n_heads // walk.n_kv_heads, len(walk.tokens)
    height = 1.2 + walk.n_kv_heads * (group_size * _CELL + 0.5) + 1.35
    figure = style.new_figure(
        height,
        f"One new token: {walk.n_heads} heads, {walk.n_kv_heads} products",
        f"Layer {layer}, last token. One row per query head, one column per key in the cache.",
    )
    pieces = walk.pieces(walk.tokens)
    for kv_head in range(walk.n_kv_heads):
        heads = range(kv_head * group_size, (kv_head + 1) * group_size)
        top = 1.2 + kv_head * (group_size * _CELL + 0.5)
        axes = style.panel(figure, _LEFT, top, count * _CELL, group_size * _CELL)
        axes.set_title(f"product {kv_head}: {group_size} queries on key/value head {kv_head}")
        heat(axes, weights[list(heads)], SHARES)
        style.label_tokens(axes, pieces, rows=False, columns=kv_head == walk.n_kv_heads - 1)
        axes.set_yticks(range(group_size), [f"head {head}" for head in heads])
    draw_scale(figure, _LEFT, height - 0.4, 2.25, SHARES)
    return figure


def _last_token_weights(walk: Walk, layer: int) -> torch.Tensor:
    """Return the attention weights of the last token, `[H, T]`, as the stage's function mixes them.

    With an identity for `wo`, the result is the values mixed by the weights. The cached values are
    replaced by rows of an identity, as many at a time as a head has columns, and the last token's
    by zeros; that token gets the weight that is missing to 1.
    """
    attend = walk.find("all_heads_attention")
    x = walk.normed(walk.before(layer), walk.weight("attention_norm", layer))  # [T, D]
    wq, wk = (walk.weight(f"attention.{name}", layer) for name in ("wq", "wk"))
    heads, earlier, width = (walk.n_heads, walk.n_kv_heads), len(x) - 1, walk.head_dim
    wv, wo = torch.zeros_like(wk), torch.eye(len(wq), dtype=wq.dtype)
    weights = wq, wk, wv, wo
    _, (keys, _) = attend(x[:-1], *weights, walk.freqs_cis[:-1], *heads, None)
    columns = []
    for start in range(0, earlier, width):
        values = torch.eye(earlier, start + width, dtype=x.dtype)[:, start:]  # [S, d]
        past = keys, values.expand_as(keys).contiguous()
        out, _ = attend(x[-1:], *weights, walk.freqs_cis[-1:], *heads, past)
        columns.append(out.view(walk.n_heads, width))
    shares = torch.cat(columns, dim=-1)[:, :earlier].float()  # [H, S]
    return torch.cat([shares, 1 - shares.sum(-1, keepdim=True)], dim=-1)
