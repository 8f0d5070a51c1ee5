"""Right and different ways of stage 29."""

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way


@right_way("cross_entropy")
def by_torch(logits: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(logits.float(), targets)


@right_way("cross_entropy")
def as_a_module(logits: Tensor, targets: Tensor) -> Tensor:
    """Probabilities as targets, and the sum divided afterward."""
    one_hot = F.one_hot(targets, num_classes=logits.size(-1)).to(torch.float32)
    return torch.nn.CrossEntropyLoss(reduction="sum")(logits.to(torch.float32), one_hot) / len(
        targets
    )


@right_way("cross_entropy")
def log_softmax_and_nll(logits: Tensor, targets: Tensor) -> Tensor:
    return F.nll_loss(F.log_softmax(logits, dim=-1, dtype=torch.float32), targets)


@right_way("cross_entropy")
def as_makemore_does(logits: Tensor, targets: Tensor) -> Tensor:
    """With indexes for both dimensions; the largest logits are cut off, which changes nothing."""
    logits = logits.float()
    logits = logits - logits.detach().max(1, keepdim=True).values
    log_probabilities = logits - logits.exp().sum(1, keepdim=True).log()
    return -log_probabilities[torch.arange(len(targets)), targets].mean()


@right_way("cross_entropy")
def logsumexp_minus_target(logits: Tensor, targets: Tensor) -> Tensor:
    logits = logits.float()
    right = torch.take_along_dim(logits, targets[:, None], dim=1).squeeze(1)
    return (torch.logsumexp(logits, dim=1) - right).mean()


@right_way("cross_entropy")
def distances_to_the_target(logits: Tensor, targets: Tensor) -> Tensor:
    """The loss is the log-sum-exp of how far each logit is above the target's."""
    logits = logits.float()
    above = logits - logits.gather(1, targets.view(-1, 1))  # [T, V]
    return above.logsumexp(-1).mean()


@right_way("cross_entropy")
def position_by_position(logits: Tensor, targets: Tensor) -> Tensor:
    loss = torch.zeros(())
    for row, target in zip(logits.float(), targets, strict=True):
        largest = row.max()
        loss = loss + torch.log(torch.sum(torch.exp(row - largest))) + largest - row[target]
    return loss / logits.shape[0]


@right_way("cross_entropy")
def a_list_of_losses(logits: Tensor, targets: Tensor) -> Tensor:
    """With ids as Python numbers."""
    logs = torch.log_softmax(logits.float(), dim=-1)
    losses = [-logs[place, target] for place, target in enumerate(targets.tolist())]
    return torch.stack(losses).mean()


@right_way("cross_entropy")
def by_one_hot_vectors(logits: Tensor, targets: Tensor) -> Tensor:
    one_hot = F.one_hot(targets, logits.shape[1])
    return -(one_hot * logits.float().log_softmax(1)).sum() / targets.numel()


@right_way("cross_entropy")
def by_rows_of_the_identity(logits: Tensor, targets: Tensor) -> Tensor:
    one_hot = torch.eye(logits.shape[-1])[targets]
    return -torch.einsum("tv,tv->t", one_hot, logits.float().log_softmax(-1)).mean()


@right_way("cross_entropy")
def by_a_mask(logits: Tensor, targets: Tensor) -> Tensor:
    is_target = torch.arange(logits.shape[-1]) == targets[:, None]
    return -torch.log_softmax(logits.float(), -1)[is_target].mean()


@right_way("cross_entropy")
def diagonal_of_all_pairs(logits: Tensor, targets: Tensor) -> Tensor:
    logs = F.log_softmax(logits.float(), dim=1)
    return torch.mean(-torch.diagonal(logs[:, targets]))


@right_way("cross_entropy")
def as_a_distribution(logits: Tensor, targets: Tensor) -> Tensor:
    return -torch.distributions.Categorical(logits=logits.float()).log_prob(targets).mean()


@right_way("cross_entropy")
def in_float64(logits: Tensor, targets: Tensor) -> Tensor:
    wide = logits.double()
    wide = wide - wide.max(dim=-1, keepdim=True)[0]
    logs = wide - torch.log(torch.exp(wide).sum(-1, keepdim=True))
    return -logs.gather(-1, targets.unsqueeze(-1)).mean().float()


@right_way("cross_entropy")
def one_addition_at_a_time(logits: Tensor, targets: Tensor) -> Tensor:
    """The logarithm of the sum grows by one token after another."""
    columns = logits.float().unbind(-1)
    total = columns[0]
    for column in columns[1:]:
        total = torch.logaddexp(total, column)
    return torch.mean(total - logits.float()[range(len(targets)), targets])


@right_way("cross_entropy")
def with_vmap(logits: Tensor, targets: Tensor) -> Tensor:
    def loss(row: Tensor, target: Tensor) -> Tensor:
        return row.logsumexp(0) - row.index_select(0, target[None])[0]

    return torch.vmap(loss)(logits.float(), targets).mean()


@right_way("cross_entropy")
def in_two_blocks(logits: Tensor, targets: Tensor) -> Tensor:
    """A few positions at a time, as is done to save memory."""
    total = sum(
        F.cross_entropy(some.float(), ids, reduction="sum")
        for some, ids in zip(logits.split(3), targets.split(3), strict=True)
    )
    return torch.as_tensor(total / len(targets))
