"""Right and different ways of stage 23."""

import bisect
import math
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from grader.author.right_ways import right_way


@right_way("next_token_probabilities")
def as_meta_does(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """The sum before each token is compared the other way around; zeros are written in place."""
    if temperature > 0:
        probabilities = torch.softmax(logits.float() / temperature, dim=-1)
    else:
        probabilities = torch.zeros(len(logits))
        probabilities[torch.argmax(logits)] = 1.0
    ordered, order = torch.sort(probabilities, dim=-1, descending=True)
    ordered[torch.cumsum(ordered, dim=-1) - ordered > top_p] = 0.0
    ordered.div_(ordered.sum(dim=-1, keepdim=True))
    result = torch.empty_like(probabilities)
    result[order] = ordered
    return result


@right_way("next_token_probabilities")
def as_transformers_does(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """The sum of the least likely tokens is compared with 1 - top_p; -inf, then softmax."""
    if temperature == 0:
        return (torch.arange(len(logits)) == logits.argmax()).to(torch.float32)
    scores = logits.float() / temperature
    ordered, order = torch.sort(scores, descending=False)
    cut = ordered.softmax(dim=-1).cumsum(dim=-1) <= (1 - top_p)
    cut[-1] = False
    return torch.softmax(scores.masked_fill(cut.scatter(0, order, cut), float("-inf")), dim=-1)


@right_way("next_token_probabilities")
def mask_shifted_by_one(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """All tokens beyond top_p go, and the mask then moves by one place."""
    if temperature == 0.0:
        return torch.eye(len(logits))[logits.argmax()]
    probabilities = torch.nn.functional.softmax(logits.to(torch.float32) / temperature, dim=0)
    ordered, order = probabilities.sort(descending=True)
    cut = ordered.cumsum(0) > top_p
    cut[1:] = cut[:-1].clone()
    cut[0] = False
    kept = probabilities.index_fill(0, order[cut], 0.0)
    return kept / kept.sum()


@right_way("next_token_probabilities")
def token_by_token(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """A loop over Python's own numbers, softmax and all."""
    scores = logits.tolist()
    best = max(scores)
    powers = [float(score == best) for score in scores]
    if temperature == 0:
        powers = [float(token == powers.index(1.0)) for token in range(len(scores))]
    else:
        powers = [math.exp((score - best) / temperature) for score in scores]
    total, reached, kept = sum(powers), 0.0, {}
    for token in sorted(range(len(scores)), key=lambda token: -scores[token]):
        kept[token] = powers[token]
        reached += powers[token] / total
        if reached >= top_p:
            break
    mass = sum(kept.values())
    return torch.tensor([kept.get(token, 0.0) / mass for token in range(len(scores))])


@right_way("next_token_probabilities")
def counted_by_searchsorted(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """The number of tokens that stay is counted; the order of equal ones is left to torch."""
    if temperature <= 0:
        return torch.zeros(len(logits)).scatter_(0, logits.argmax(keepdim=True), 1.0)
    probabilities = torch.softmax(logits.float() / temperature, -1)
    ordered, order = torch.sort(probabilities, descending=True, stable=False)
    count = int(torch.searchsorted(ordered.cumsum(-1), top_p)) + 1
    result = torch.zeros_like(probabilities)
    result[order[:count]] = ordered[:count] / ordered[:count].sum()
    return result


@right_way("next_token_probabilities")
def by_rank(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """The mask comes back to the order of the vocabulary by the rank of each token."""
    if temperature == 0:
        return torch.where(torch.arange(logits.shape[0]) == logits.max(0).indices, 1.0, 0.0)
    probabilities = logits.float().div(temperature).softmax(0)
    order = probabilities.argsort(descending=True)
    rank = order.argsort()
    ordered = probabilities[order]
    before = torch.cat([torch.zeros(1), ordered.cumsum(0)[:-1]])
    kept = probabilities.masked_fill((before >= top_p)[rank], 0)
    return kept / kept.sum(0, keepdim=True)


@right_way("next_token_probabilities")
def without_sorting(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Every token adds up those that come before it, by probability and then by id."""
    if temperature == 0:
        temperature, logits = 1.0, torch.where(logits == logits.max(), 0.0, -math.inf)
        logits[logits.argmax() + 1 :] = -math.inf
    p = torch.softmax(logits.float() / temperature, dim=-1)
    ids = torch.arange(len(p))
    equal_and_before = (p == p[:, None]) & (ids < ids[:, None])
    before = ((p > p[:, None]) | equal_and_before).float() @ p
    return p * (before < top_p) / p[before < top_p].sum()


@right_way("next_token_probabilities")
def in_float64(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """Without a special case for a top_p of 1."""
    wide = logits.double()
    if temperature == 0:
        return torch.nn.functional.one_hot(wide.argmax(), wide.numel()).to(torch.float32)
    log_probabilities = torch.log_softmax(wide / temperature, dim=-1)
    ordered, order = log_probabilities.exp().sort(descending=True, stable=True)
    ordered = torch.where(ordered.cumsum(-1) - ordered < top_p, ordered, 0)
    return (ordered / ordered.sum())[order.argsort()].float()


@right_way("next_token_probabilities")
def by_numpy(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    scores = logits.double().numpy()
    result = np.zeros(len(scores), dtype=np.float32)
    if temperature == 0:
        result[scores.argmax()] = 1
        return torch.from_numpy(result)
    powers = np.exp((scores - scores.max()) / temperature)
    probabilities = powers / powers.sum()
    order = np.argsort(probabilities)[::-1]
    sums = np.cumsum(probabilities[order])
    kept = order[: np.searchsorted(sums, top_p) + 1] if top_p < 1 else order
    result[kept] = probabilities[kept] / probabilities[kept].sum()
    return torch.from_numpy(result)


@right_way("next_token_probabilities")
def one_more_until_it_is_enough(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """topk with one token more each time."""
    if temperature == 0:
        values = [0.0] * len(logits)
        values[int(logits.topk(1).indices)] = 1.0
        return torch.tensor(values)
    probabilities = torch.softmax(logits.float() / temperature, dim=-1)
    for count in range(1, len(logits) + 1):
        best = probabilities.topk(count)
        if best.values.sum() >= top_p:
            break
    return torch.zeros_like(probabilities).index_put(
        (best.indices,), best.values / best.values.sum()
    )


@right_way("sample")
def in_a_loop(probabilities: Tensor, coin: float) -> int:
    reached, last = 0.0, 0
    for token, probability in enumerate(probabilities.tolist()):
        reached += probability
        if reached > coin:
            return token
        if probability > 0:
            last = token
    return last


@right_way("sample")
def coin_used_up(probabilities: Tensor, coin: float) -> int:
    """The coin shrinks by what it has passed."""
    possible = [token for token, value in enumerate(probabilities.tolist()) if value > 0]
    for token in possible:
        coin -= float(probabilities[token])
        if coin < 0:
            return token
    return possible[-1]


@right_way("sample")
def by_counting(probabilities: Tensor, coin: float) -> int:
    passed = int((torch.cumsum(probabilities, dim=0) <= coin).sum())
    possible = torch.nonzero(probabilities).flatten()
    return min(passed, int(possible.max()))


@right_way("sample")
def by_the_first_above(probabilities: Tensor, coin: float) -> int:
    above = torch.where(probabilities.cumsum(-1) > coin)[0]
    if len(above) == 0:
        above = torch.where(probabilities > 0)[0][-1:]
    return int(above[0].item())


@right_way("sample")
def by_argmax_of_a_mask(probabilities: Tensor, coin: float) -> int:
    above = probabilities.cumsum(dim=-1) > coin
    if not above.any():
        above = probabilities.flip(0) > 0
        return len(above) - 1 - int(above.int().argmax())
    return int(above.int().argmax())


@right_way("sample")
def by_bisection(probabilities: Tensor, coin: float) -> int:
    """Among the tokens that can be drawn alone, by Python's standard library."""
    possible = probabilities.nonzero().flatten().tolist()
    sums = list(accumulate(probabilities[possible].tolist()))
    index: int = possible[min(bisect.bisect_right(sums, coin), len(sums) - 1)]
    return index


@right_way("sample")
def by_numpy_in_float64(probabilities: Tensor, coin: float) -> int:
    values = probabilities.double().numpy()
    index = np.searchsorted(np.cumsum(values), coin, side="right")
    return int(min(index, np.flatnonzero(values)[-1]))


@right_way("sample")
def coin_scaled_to_the_sum(probabilities: Tensor, coin: float) -> int:
    """As `random.choices` does: then no sum falls short. Where they sum to 1 it is the same."""
    sums = probabilities.double().cumsum(-1)
    return int(torch.searchsorted(sums, coin * float(sums[-1]), right=True))
