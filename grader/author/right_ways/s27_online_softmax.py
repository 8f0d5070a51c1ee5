"""Right and different ways of stage 27."""

import math
from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way

State = tuple[Tensor, Tensor, Tensor]  # maximum, sum of weights, weighted sum of values


@right_way("attention_in_blocks")
def as_flash_attention_does(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """The first paper's algorithm: the result is normalized after every block."""
    n_queries, n_keys = q.shape[0], k.shape[0]
    m = torch.full((n_queries,), -math.inf)
    length = torch.zeros(n_queries)
    out = torch.zeros(n_queries, v.shape[1])
    for j in range(0, n_keys, block):
        s = q.float() @ k[j : j + block].float().T * q.shape[1] ** -0.5
        rows = torch.arange(n_queries).unsqueeze(1) + n_keys - n_queries
        columns = torch.arange(s.shape[1]) + j
        s = torch.where(columns <= rows, s, -math.inf)
        m_new = torch.max(m, s.max(dim=1).values)
        p = torch.exp(s - m_new[:, None])
        length_new = torch.exp(m - m_new) * length + p.sum(-1)
        earlier = (length * torch.exp(m - m_new)).unsqueeze(1) * out
        out = (earlier + p @ v[j : j + block].float()) / length_new[:, None]
        m, length = m_new, length_new
    return out.to(v.dtype)


@right_way("attention_in_blocks")
def with_a_very_low_number(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """In place of -inf, for the mask and for the first maximum."""
    lowest = torch.finfo(torch.float32).min
    q = q.float() / math.sqrt(q.size(-1))
    positions = torch.arange(k.size(0))
    m, total, out = torch.full((len(q), 1), lowest), torch.zeros(len(q), 1), torch.zeros(q.shape)
    pieces = zip(k.split(block), v.split(block), positions.split(block), strict=True)
    for keys, values, here in pieces:
        s = torch.einsum("td,sd->ts", q, keys.float())
        s.masked_fill_(here > positions[-len(q) :, None], lowest)
        new = torch.maximum(m, s.amax(-1, keepdim=True))
        s.sub_(new).exp_()
        m.sub_(new).exp_()
        total.mul_(m).add_(s.sum(-1, keepdim=True))
        out.mul_(m).add_(s @ values.float())
        m = new
    return out.div(total).type_as(v)


@right_way("attention_in_blocks")
def weights_in_the_dtype_of_the_values(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """As kernels do: the products take half precision, and sums are float32."""
    largest, total, result = None, torch.zeros(1), torch.zeros(1)
    last = torch.arange(len(k))[len(k) - len(q) :].view(-1, 1)
    for start in range(0, len(k), block):
        end = min(start + block, len(k))
        scores = (q @ k[start:end].T).float() / math.sqrt(q.shape[-1])
        scores = scores.masked_fill(torch.arange(start, end) > last, -math.inf)
        here = scores.max(1, keepdim=True)[0]
        new = here if largest is None else torch.max(largest, here)
        shrink = 0.0 if largest is None else (largest - new).exp()
        weights = (scores - new).exp()
        total = total * shrink + weights.sum(1, keepdim=True)
        result = result * shrink + (weights.to(v.dtype) @ v[start:end]).float()
        largest = new
    return (result / total).to(v.dtype)


@right_way("attention_in_blocks")
def twice_over_the_keys(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """First the maximum of all blocks, then the sums: nothing has to be rescaled."""

    def scores(start: int) -> Tensor:
        found = q.float() @ k[start : start + block].float().T / q.shape[1] ** 0.5
        future = start + torch.arange(found.shape[1]) - torch.arange(len(q))[:, None]
        return found.masked_fill(future > len(k) - len(q), -math.inf)

    starts = range(0, len(k), block)
    largest = reduce(torch.maximum, (scores(start).amax(1) for start in starts))
    total, result = torch.zeros(len(q)), torch.zeros(q.shape)
    for start in starts:
        weights = (scores(start).T - largest).exp().T
        total += weights.sum(1)
        result += weights @ v[start : start + block].float()
    return (result / total[:, None]).to(v.dtype)


@right_way("attention_in_blocks")
def blocks_weighed_by_their_logsumexp(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """A softmax per block; the next block gets its share of all so far."""
    size, result = torch.full((len(q),), -math.inf), torch.zeros(q.shape)
    last = torch.arange(len(k) - len(q), len(k))
    for start in range(0, len(k), block):
        scores = q.float() @ k[start : start + block].float().T / q.shape[-1] ** 0.5
        scores[torch.arange(start, start + scores.shape[1]) > last[:, None]] = -math.inf
        here = torch.softmax(scores, dim=-1).nan_to_num() @ v[start : start + block].float()
        share = torch.sigmoid(torch.logsumexp(scores, dim=-1) - size)
        size = torch.logaddexp(size, torch.logsumexp(scores, dim=-1))
        result = torch.lerp(result, here, share[:, None])
    return result.to(v.dtype)


@right_way("attention_in_blocks")
def merged_in_any_order(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """The last block first; a block that a query doesn't see brings nothing."""

    def state(start: int) -> State:
        scores = q.float() @ k[start : start + block].float().T * q.shape[-1] ** -0.5
        seen = torch.arange(len(k) - len(q), len(k))[:, None]
        scores = scores.masked_fill(torch.arange(start, start + scores.shape[1]) > seen, -math.inf)
        largest = scores.amax(1, keepdim=True)
        weights = torch.exp(scores - largest.clamp(min=-1e30))
        return largest, weights.sum(1, keepdim=True), weights @ v[start : start + block].float()

    def merge(one: State, other: State) -> State:
        largest = torch.maximum(one[0], other[0])
        shift = largest.clamp(min=-1e30)
        shrink, other_shrink = torch.exp(one[0] - shift), torch.exp(other[0] - shift)
        total = one[1] * shrink + other[1] * other_shrink
        return largest, total, one[2] * shrink + other[2] * other_shrink

    starts = reversed(range(0, len(k), block))
    _, total, result = reduce(merge, map(state, starts))
    return (result / total).to(v.dtype)


@right_way("attention_in_blocks")
def query_by_query(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """Each query reads the keys that it sees, and no mask is needed."""
    rows = []
    for number, query in enumerate(q.float()):
        seen = len(k) - len(q) + number + 1
        largest, total, row = torch.tensor(-math.inf), torch.tensor(0.0), torch.zeros(q.shape[1])
        for start in range(0, seen, block):
            end = min(start + block, seen)
            scores = k[start:end].float() @ query / len(query) ** 0.5
            new = torch.maximum(largest, scores.max())
            weights = torch.exp(scores - new)
            shrink = torch.exp(largest - new)
            total = total * shrink + weights.sum()
            row = row * shrink + weights @ v[start:end].float()
            largest = new
        rows.append(row / total)
    return torch.stack(rows).to(v.dtype)


@right_way("attention_in_blocks")
def without_queries_that_see_nothing(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """Only the rows that see a block are changed."""
    earlier = len(k) - len(q)
    largest = torch.full((len(q),), -math.inf)
    total, result = torch.zeros(len(q)), torch.zeros(len(q), q.shape[1])
    for start in range(0, len(k), block):
        first = max(0, start - earlier)  # the first query that sees any of these keys
        scores = q[first:].float() @ k[start : start + block].float().T / q.shape[1] ** 0.5
        scores = scores + torch.full_like(scores, -math.inf).triu(earlier + first - start + 1)
        new = torch.maximum(largest[first:], scores.amax(1))
        shrink = torch.exp(largest[first:] - new)
        weights = torch.exp(scores - new[:, None])
        total[first:] = total[first:] * shrink + weights.sum(1)
        mixed = weights @ v[start : start + block].float()
        result[first:] = result[first:] * shrink[:, None] + mixed
        largest[first:] = new
    return (result / total[:, None]).to(v.dtype)


@right_way("attention_in_blocks")
def with_queries_as_columns(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    columns = q.float().T / q.shape[-1] ** 0.5  # [d, T]
    largest = torch.full((len(q),), -math.inf)
    total, result = torch.zeros(len(q)), torch.zeros(q.shape[1], len(q))
    for start in range(0, len(k), block):
        scores = k[start : start + block].float() @ columns  # [B, T]
        here = torch.arange(start, start + len(scores)).unsqueeze(1)
        scores = scores.masked_fill(here > torch.arange(len(k) - len(q), len(k)), -math.inf)
        new = torch.maximum(largest, scores.amax(0))
        weights, shrink = torch.exp(scores - new), torch.exp(largest - new)
        total = total * shrink + weights.sum(0)
        result = result * shrink + v[start : start + block].float().T @ weights
        largest = new
    return (result / total).T.to(v.dtype)


@right_way("attention_in_blocks")
def ones_beside_the_values(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """In float64; a column of ones among the values adds up the weights."""
    wide = torch.cat([v.double(), torch.ones(len(v), 1)], dim=1)
    largest = torch.full((len(q), 1), -math.inf, dtype=torch.float64)
    result = torch.zeros(len(q), wide.shape[1], dtype=torch.float64)
    last = torch.arange(len(k) - len(q), len(k)).unsqueeze(-1)
    for start in range(0, len(k), block):
        scores = q.double() @ k[start : start + block].double().T / math.sqrt(q.shape[1])
        hidden = torch.arange(start, start + scores.shape[1]) > last
        new = torch.maximum(largest, scores.masked_fill(hidden, -math.inf).amax(1, keepdim=True))
        weights = torch.exp((scores - new).masked_fill(hidden, -math.inf))
        result = result * torch.exp(largest - new) + weights @ wide[start : start + block]
        largest = new
    return (result[:, :-1] / result[:, -1:]).to(v.dtype)


@right_way("attention_in_blocks")
def weights_hidden_after_the_exponential(q: Tensor, k: Tensor, v: Tensor, block: int) -> Tensor:
    """The sum is kept as a logarithm, and the running result is a mean."""
    logarithm = torch.full((len(q), 1), -math.inf)
    result = torch.zeros_like(q, dtype=torch.float32)
    last = torch.arange(len(k) - len(q), len(k))[:, None]
    for start in range(0, len(k), block):
        scores = F.linear(q.float(), k[start : start + block].float()).div(q.shape[1] ** 0.5)
        hidden = torch.arange(start, start + scores.shape[1]) > last
        here = torch.logsumexp(scores.masked_fill(hidden, -math.inf), dim=1, keepdim=True)
        new = torch.logaddexp(logarithm, here)
        weights = torch.where(hidden, 0.0, torch.exp(scores - new))
        result = result * torch.exp(logarithm - new) + weights @ v[start : start + block].float()
        logarithm = new
    return result.to(v.dtype)
