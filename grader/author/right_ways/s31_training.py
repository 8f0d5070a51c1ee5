"""Right and different ways of stage 31."""

import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way
from solutions.s18_transformer import transformer
from solutions.s29_cross_entropy import cross_entropy
from solutions.s30_adamw import adamw_step, clip_gradients
from solutions.s31_training import batch_loss

Weights = dict[str, Tensor]
Params = dict[str, Any]
Optimizer = dict[str, Any]
Step = tuple[float, Weights, Optimizer]
SETTINGS = ("beta1", "beta2", "eps", "weight_decay")


@right_way("batch_loss")
def loop_and_stack(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    losses = []
    for row in batch:
        logits = transformer(row[:-1], weights, params) @ weights["output.weight"].T
        losses.append(cross_entropy(logits, row[1:]))
    return torch.stack(losses).mean()


@right_way("batch_loss")
def running_total(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    total: Any = 0.0
    for index in range(len(batch)):
        hidden = transformer(batch[index, :-1], weights, params)
        logits = hidden @ weights["output.weight"].transpose(0, 1)
        total = total + cross_entropy(logits, batch[index, 1:])
    return torch.as_tensor(total / len(batch))


@right_way("batch_loss")
def all_tokens_read(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    """Run the model on the whole row, and drop the prediction that has no target."""
    output = weights["output.weight"]
    losses = [
        cross_entropy(F.linear(transformer(row, weights, params), output)[:-1], row[1:])
        for row in batch
    ]
    return sum(losses, start=torch.zeros(())) / len(losses)


@right_way("batch_loss")
def all_logits_first(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    """All predictions of all rows in one cross-entropy."""
    hidden = torch.cat([transformer(row, weights, params) for row in batch[:, :-1]])
    return cross_entropy(hidden @ weights["output.weight"].T, batch[:, 1:].flatten())


@right_way("batch_loss")
def mapped_over_the_model(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    """Only the model under vmap."""
    model = torch.vmap(transformer, in_dims=(0, None, None))
    hidden = model(batch[:, :-1], weights, params)  # [B, T, D]
    logits = hidden @ weights["output.weight"].T  # [B, T, V]
    return cross_entropy(logits.flatten(0, 1), batch[:, 1:].reshape(-1))


@right_way("batch_loss")
def mapped_over_inputs_and_targets(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    def loss(inputs: Tensor, targets: Tensor) -> Tensor:
        hidden = transformer(inputs, weights, params)
        logits = torch.einsum("td,vd->tv", hidden, weights["output.weight"])
        return cross_entropy(logits, targets)

    return torch.vmap(loss)(batch[:, :-1], batch[:, 1:]).mean()


@right_way("batch_loss")
def cross_entropy_of_torch(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    hidden = torch.stack([transformer(row, weights, params) for row in batch[:, :-1]])
    logits = hidden @ weights["output.weight"].T  # [B, T, V]
    return F.cross_entropy(logits.transpose(1, 2), batch[:, 1:])


@right_way("batch_loss")
def log_probabilities_by_hand(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    surprise = []
    for row in batch:
        logits = transformer(row[:-1], weights, params).matmul(weights["output.weight"].t())
        surprise.append(-torch.log_softmax(logits, dim=-1).gather(1, row[1:, None]).squeeze(1))
    return torch.cat(surprise).sum() / batch[:, 1:].numel()


@right_way("batch_loss")
def position_by_position(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    """Each prediction from the text before it, which is slow and gives the same."""
    losses = []
    for row in batch:
        for end in range(1, len(row)):
            last = transformer(row[:end], weights, params)[-1:]
            losses.append(cross_entropy(last @ weights["output.weight"].T, row[end : end + 1]))
    return torch.stack(losses).mean()


@right_way("batch_loss")
def batched_forward(batch: Tensor, weights: Weights, params: Params) -> Tensor:
    """A forward pass of one's own with a batch dimension, without earlier stages."""
    inputs, targets = batch[:, :-1], batch[:, 1:]
    n_heads, head_dim = params["n_heads"], params["dim"] // params["n_heads"]
    frequencies = params["rope_theta"] ** (-torch.arange(0, head_dim, 2).float() / head_dim)
    angles = torch.outer(torch.arange(inputs.shape[1]).float(), frequencies)
    turn = torch.polar(torch.ones_like(angles), angles)  # [T, d/2]

    def norm(x: Tensor, name: str) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), weights[name], params["norm_eps"])

    def heads(x: Tensor, name: str) -> Tensor:
        return F.linear(x, weights[name]).unflatten(-1, (-1, head_dim)).transpose(1, 2)

    def rotated(x: Tensor) -> Tensor:
        pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
        return torch.view_as_real(pairs * turn).flatten(-2)

    x = F.embedding(inputs, weights["tok_embeddings.weight"])  # [B, T, D]
    for layer in range(params["n_layers"]):
        at = f"layers.{layer}."
        normed = norm(x, f"{at}attention_norm.weight")
        q, k, v = (heads(normed, f"{at}attention.w{one}.weight") for one in "qkv")
        k, v = (one.repeat_interleave(n_heads // one.shape[1], 1) for one in (rotated(k), v))
        mixed = F.scaled_dot_product_attention(rotated(q), k, v, is_causal=True)
        x = x + F.linear(mixed.transpose(1, 2).flatten(-2), weights[f"{at}attention.wo.weight"])
        normed = norm(x, f"{at}ffn_norm.weight")
        w1, w2, w3 = (weights[f"{at}feed_forward.w{one}.weight"] for one in (1, 2, 3))
        x = x + F.linear(F.silu(F.linear(normed, w1)) * F.linear(normed, w3), w2)
    logits = F.linear(norm(x, "norm.weight"), weights["output.weight"])
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def updated(
    weights: Mapping[str, Tensor], gradients: Weights, optimizer: Optimizer, lr: float
) -> tuple[Weights, Optimizer]:
    """Clip, update all weights, and return them with a new state."""
    clipped = clip_gradients(gradients, optimizer["max_norm"])
    settings = [optimizer[name] for name in SETTINGS]
    step = optimizer["step"] + 1
    mean, variance = optimizer["mean"], optimizer["variance"]
    after = {
        name: adamw_step(weight, clipped[name], mean[name], variance[name], step, lr, *settings)
        for name, weight in weights.items()
    }
    new, mean, variance = ({name: one[place] for name, one in after.items()} for place in range(3))
    return new, {**optimizer, "step": step, "mean": mean, "variance": variance}


@right_way("train_step")
def backward_on_clones(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    """As in most PyTorch code: clones that require gradients, backward, and `.grad`."""
    leaves = {name: weight.clone().requires_grad_(True) for name, weight in weights.items()}
    loss = batch_loss(batch, leaves, params)
    loss.backward()
    gradients = {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}
    with torch.no_grad():
        return loss.item(), *updated(leaves, gradients, optimizer, lr)


@right_way("train_step")
def detached_at_the_end(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    """The update is computed with leaves that require gradients, and its results are detached."""
    leaves = {name: weight.detach().clone().requires_grad_() for name, weight in weights.items()}
    loss = batch_loss(batch, leaves, params)
    found = torch.autograd.grad(loss, tuple(leaves.values()))
    gradients = dict(zip(leaves.keys(), found, strict=True))
    new, state = updated(leaves, gradients, optimizer, lr)
    return float(loss.detach()), {name: weight.detach() for name, weight in new.items()}, state


@right_way("train_step")
def functional_gradients(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    """Gradients with respect to a dict, as in JAX; the loss is computed once more."""
    loss = batch_loss(batch, weights, params)
    gradients = torch.func.grad(batch_loss, argnums=1)(batch, weights, params)
    return loss.item(), *updated(weights, gradients, optimizer, lr)


@right_way("train_step")
def functional_gradients_and_value(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    loss_of = partial(batch_loss, batch, params=params)
    gradients, loss = torch.func.grad_and_value(loss_of)(weights)
    return loss.item(), *updated(weights, gradients, optimizer, lr)


@right_way("train_step")
def pulled_back(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    loss, pull_back, *_ = torch.func.vjp(lambda one: batch_loss(batch, one, params), weights)
    (gradients,) = pull_back(torch.ones_like(loss))
    return loss.item(), *updated(weights, gradients, optimizer, lr)


@right_way("train_step")
def mean_of_gradients_per_row(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    """All rows have the same length, so the mean of their gradients is that of the mean loss."""

    def row_loss(weights: Weights, row: Tensor) -> Tensor:
        return batch_loss(row[None], weights, params)

    per_row = torch.vmap(torch.func.grad_and_value(row_loss), in_dims=(None, 0))
    gradients, losses = per_row(weights, batch)
    mean = {name: gradient.mean(0) for name, gradient in gradients.items()}
    return losses.mean().item(), *updated(weights, mean, optimizer, lr)


@right_way("train_step")
def accumulated_row_by_row(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    """As with batches that don't fit into memory: backward per row adds up in `.grad`."""
    leaves = {name: torch.nn.Parameter(weight.clone()) for name, weight in weights.items()}
    total = 0.0
    for row in batch.split(1):
        loss = batch_loss(row, dict(leaves), params) / len(batch)
        loss.backward()
        total += loss.item()
    gradients = {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}
    return total, *updated(weights, gradients, optimizer, lr)


@right_way("train_step")
def in_place_on_deep_copies(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    weights, optimizer = copy.deepcopy(weights), copy.deepcopy(optimizer)
    for weight in weights.values():
        weight.requires_grad = True
    loss = batch_loss(batch, weights, params)
    loss.backward()
    gradients = {name: weight.grad for name, weight in weights.items() if weight.grad is not None}
    gradients = clip_gradients(gradients, optimizer["max_norm"])
    optimizer["step"] += 1
    mean, variance = optimizer["mean"], optimizer["variance"]
    rest = {"lr": lr, **{name: optimizer[name] for name in ("step", *SETTINGS)}}
    for name, weight in weights.items():
        new, mean[name], variance[name] = adamw_step(
            weight.data, gradient=gradients[name], mean=mean[name], variance=variance[name], **rest
        )
        weight.data = new
    return loss.item(), {name: weight.detach() for name, weight in weights.items()}, optimizer


@right_way("train_step")
def pytorchs_own_optimizer(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    """torch.optim.AdamW and torch's clipping, with the state put in and taken out."""
    leaves = {name: torch.nn.Parameter(weight.clone()) for name, weight in weights.items()}
    beta1, beta2, *rest = (optimizer[name] for name in SETTINGS)
    adamw = torch.optim.AdamW(leaves.values(), lr, (beta1, beta2), *rest)
    for name, leaf in leaves.items():
        adamw.state[leaf] = {
            "step": torch.tensor(float(optimizer["step"])),
            "exp_avg": optimizer["mean"][name].clone(),
            "exp_avg_sq": optimizer["variance"][name].clone(),
        }
    loss = batch_loss(batch, dict(leaves), params)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(leaves.values(), optimizer["max_norm"])
    adamw.step()
    state = {**optimizer, "step": optimizer["step"] + 1}
    for key, theirs in (("mean", "exp_avg"), ("variance", "exp_avg_sq")):
        state[key] = {name: adamw.state[leaf][theirs] for name, leaf in leaves.items()}
    return loss.item(), {name: leaf.detach() for name, leaf in leaves.items()}, state


@right_way("train_step")
def in_another_order(
    batch: Tensor, weights: Weights, optimizer: Optimizer, params: Params, lr: float
) -> Step:
    """The weights in the order of their names, which dicts don't care about."""
    names = sorted(weights)
    leaves = [weights[name].detach().requires_grad_() for name in names]
    with torch.enable_grad():
        loss = batch_loss(batch, dict(zip(names, leaves, strict=True)), params)
    found = torch.autograd.grad(loss, leaves)
    gradients = dict(zip(names, found, strict=True))
    return loss.item(), *updated({name: weights[name] for name in names}, gradients, optimizer, lr)
