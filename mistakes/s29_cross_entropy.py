"""The ways that stage 29 goes wrong."""

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s29_cross_entropy import cross_entropy


def largest_of_row(logits: Tensor) -> Tensor:
    return logits.amax(-1, keepdim=True)


def log_of_sum(shifted: Tensor) -> Tensor:
    return shifted.exp().sum(-1, keepdim=True).log()


def picked(log_probabilities: Tensor, targets: Tensor) -> Tensor:
    return log_probabilities.gather(-1, targets[:, None])[:, 0]


@worked_out("cross_entropy")
def cross_entropy_with(
    logits: Tensor,
    targets: Tensor,
    *,
    convert: Callable[..., Tensor] = lambda logits: logits.float(),
    shift: Callable[..., Tensor] = lambda logits: logits - largest_of_row(logits),
    to_logs: Callable[..., Tensor] = lambda shifted: shifted - log_of_sum(shifted),
    pick: Callable[..., Tensor] = picked,  # [T]
    to_losses: Callable[..., Tensor] = lambda right: -right,  # [T]
    average: Callable[..., Tensor] = lambda losses: losses.mean(),
    finish: Callable[..., Any] = lambda loss, logits: loss,
) -> Any:
    """Do what the reference does, except for the steps passed by name."""
    log_probabilities = to_logs(shift(convert(logits)))  # [T, V]
    return finish(average(to_losses(pick(log_probabilities, targets))), logits)


# From logits to logarithms of probabilities.


@mistake("cross_entropy", "the largest logit is not subtracted")
def nothing_subtracted(logits: Tensor, targets: Tensor) -> Tensor:
    """You take `exp` of the logits as they are. In float32, anything above 88 gives inf. If all
    logits of a row are far below 0, every `exp` becomes 0, and the logarithm of their sum is -inf.
    Probabilities depend only on the differences between logits, so you can shift a whole row to
    where nothing overflows."""
    return cross_entropy_with(logits, targets, shift=lambda logits: logits)


@mistake("cross_entropy", "the largest logit is not subtracted, so inf is divided by inf")
def inf_divided_by_inf(logits: Tensor, targets: Tensor) -> Tensor:
    """You divide the `exp` of a logit by the sum of all exponentials. In float32, `exp` of anything
    above 88 is inf, so the quotient is 0 or nan. Probabilities depend only on the differences
    between logits, so you can shift a whole row to where nothing overflows."""
    return cross_entropy_with(
        logits,
        targets,
        shift=lambda logits: logits,
        to_logs=lambda logits: (logits.exp() / logits.exp().sum(-1, keepdim=True)).log(),
    )


@mistake("cross_entropy", "the largest logit of the whole matrix is subtracted")
def largest_of_all(logits: Tensor, targets: Tensor) -> Tensor:
    """You subtract the largest logit of the whole matrix. In a row whose logits are all far below
    it, every `exp` becomes 0, and the logarithm of 0 is -inf. Each position has a largest logit of
    its own."""
    return cross_entropy_with(logits, targets, shift=lambda logits: logits - logits.max())


@mistake("cross_entropy", "the largest logit of each column is subtracted")
def largest_of_columns(logits: Tensor, targets: Tensor) -> Tensor:
    """You take the largest logit over dimension 0, the positions, so a different number is
    subtracted for each token. That changes the differences between the logits at a position, and
    with them the probabilities. At each position, subtract the same number from all logits."""
    return cross_entropy_with(logits, targets, shift=lambda logits: logits - logits.amax(0))


@mistake("cross_entropy", "the largest logits of the rows are subtracted from the columns")
def largest_along_columns(logits: Tensor, targets: Tensor) -> Tensor:
    """Your largest logits have the shape `[T]`, and broadcasting lines them up with the last
    dimension of the logits, `[T, V]`. So the largest logit of row 3 is subtracted from column 3.
    With most shapes, that raises an error, but with a square matrix it doesn't. Keep the dimension
    that the maximum runs along."""
    return cross_entropy_with(logits, targets, shift=lambda logits: logits - logits.amax(-1))


@mistake("cross_entropy", "two tensors are treated as one")
def max_returns_two(logits: Tensor, targets: Tensor) -> Tensor:
    """You subtract what `max` returns. If you pass it a dimension, `max` returns two tensors: the
    largest values and their indices. Take the first, or use a function that returns only the
    values."""
    return cross_entropy_with(
        logits, targets, shift=lambda logits: logits - logits.max(-1, keepdim=True)
    )


@mistake("cross_entropy", "the smallest logit is subtracted")
def smallest_subtracted(logits: Tensor, targets: Tensor) -> Tensor:
    """You subtract the smallest logit. All logits are then 0 or more, and `exp` of a large one is
    still inf. After the shift, no logit should be above 0."""
    return cross_entropy_with(
        logits, targets, shift=lambda logits: logits - logits.amin(-1, keepdim=True)
    )


@mistake("cross_entropy", "the mean of the logits is subtracted")
def mean_subtracted(logits: Tensor, targets: Tensor) -> Tensor:
    """You subtract the mean of each row. That helps if all logits of a row are large, but `exp` of
    a logit far above the others is still inf. After the shift, no logit should be above 0."""
    return cross_entropy_with(
        logits, targets, shift=lambda logits: logits - logits.mean(-1, keepdim=True)
    )


@mistake("cross_entropy", "the largest logit is not added back")
def largest_not_added_back(logits: Tensor, targets: Tensor) -> Tensor:
    """You subtract the largest logit inside the logarithm of the sum, but not from the target's own
    logit, so the loss is off by that largest logit. Either subtract it in both places, or add it
    back to the logarithm."""
    return cross_entropy_with(
        logits,
        targets,
        shift=lambda logits: logits,
        to_logs=lambda logits: logits - log_of_sum(logits - largest_of_row(logits)),
    )


@mistake("cross_entropy", "the softmax is taken twice")
def softmax_twice(logits: Tensor, targets: Tensor) -> Tensor:
    """You take the softmax twice: once yourself, and again in a function that expects logits, such
    as `log_softmax` or `F.cross_entropy`. That function treats your probabilities as logits. The
    probabilities are all between 0 and 1, so all tokens look about equally likely, and the loss
    never gets near 0."""
    return cross_entropy_with(
        logits, targets, convert=lambda logits: torch.softmax(logits.float(), -1)
    )


@mistake("cross_entropy", "a probability is rounded to 0 before its logarithm is taken")
def log_of_rounded_probabilities(logits: Tensor, targets: Tensor) -> Tensor:
    """You compute the probabilities first and take their logarithm afterward. In float32, a
    probability below 1e-45 is 0, and its logarithm is -inf. Work out on paper what the logarithm of
    a softmax is: the `exp` of the target's own logit cancels."""
    return cross_entropy_with(
        logits, targets, to_logs=lambda shifted: torch.softmax(shifted, -1).log()
    )


@mistake("cross_entropy", "the logarithm of the sum is not subtracted")
def not_normalized(logits: Tensor, targets: Tensor) -> Tensor:
    """You only measure how far the target's logit is below the largest one, and leave out the sum
    of all exponentials. So whenever the target is the best guess, your loss is 0, however close the
    logits of the other tokens are."""
    return cross_entropy_with(logits, targets, to_logs=lambda shifted: shifted)


@mistake("cross_entropy", "the logits are used as if they were log probabilities")
def logits_as_logs(logits: Tensor, targets: Tensor) -> Tensor:
    """You take the target's logit and change its sign. A logit can be any number; only the softmax
    turns it into a probability, by comparing it with all the others. If you call `F.nll_loss`, that
    function expects log probabilities, not logits."""
    return cross_entropy_with(
        logits, targets, shift=lambda logits: logits, to_logs=lambda logits: logits
    )


@mistake("cross_entropy", "the target's logit is not subtracted")
def only_the_sum(logits: Tensor, targets: Tensor) -> Tensor:
    """You average the log-sum-exp of the rows and never look at the targets. That's only half of
    the loss: it shows how large the logits are, not how good they are."""
    return cross_entropy_with(
        logits,
        targets,
        shift=lambda logits: logits,
        to_logs=lambda logits: -logits.logsumexp(-1, keepdim=True).expand(logits.shape),
    )


@mistake("cross_entropy", "the softmax runs over the positions")
def softmax_over_positions(logits: Tensor, targets: Tensor) -> Tensor:
    """You take the softmax over dimension 0, so each token's probabilities sum to 1 over all
    positions. At each position, the probabilities of all *tokens* should sum to 1."""
    return cross_entropy_with(
        logits,
        targets,
        shift=lambda logits: logits,
        to_logs=lambda logits: torch.log_softmax(logits, 0),
    )


@mistake("cross_entropy", "the exponentials of all positions are added up")
def softmax_over_everything(logits: Tensor, targets: Tensor) -> Tensor:
    """You take the softmax over the whole matrix, so the probabilities of all positions together
    sum to 1. Each position is a prediction of its own, with probabilities that sum to 1."""
    return cross_entropy_with(
        logits,
        targets,
        shift=lambda logits: logits - logits.max(),
        to_logs=lambda shifted: shifted - shifted.exp().sum().log(),
    )


@mistake("cross_entropy", "the sums of the rows are used for the columns")
def sums_along_columns(logits: Tensor, targets: Tensor) -> Tensor:
    """Your sums have the shape `[T]`, and broadcasting lines them up with the last dimension of the
    logits, `[T, V]`. So the sum of row 3 is used for column 3. With most shapes, that raises an
    error, but with a square matrix it doesn't. Keep the dimension that the sum runs along."""
    return cross_entropy_with(
        logits, targets, to_logs=lambda shifted: shifted - shifted.exp().sum(-1).log()
    )


@mistake("cross_entropy", "0 is multiplied by -inf")
def zero_times_inf(logits: Tensor, targets: Tensor) -> Tensor:
    """You multiply one-hot vectors by log probabilities, and some of the probabilities have become
    0 in float32. Their logarithm is -inf, and 0 times -inf is nan, even for tokens that aren't the
    target. Compute the logarithms without computing the probabilities first."""
    return cross_entropy_with(
        logits,
        targets,
        to_logs=lambda shifted: torch.softmax(shifted, -1).log(),
        pick=lambda logs, targets: (F.one_hot(targets, logs.shape[-1]) * logs).sum(-1),
    )


@mistake("cross_entropy", "the exponentials are used instead of the logits")
def exponentials_as_logits(logits: Tensor, targets: Tensor) -> Tensor:
    """You subtract the logarithm of the sum from the exponentials, not from the logits. Did you use
    `exp_`? A function with a trailing underscore writes its result into the tensor, so the logits
    are gone when you need them again."""
    return cross_entropy_with(
        logits, targets, to_logs=lambda shifted: shifted.exp() - log_of_sum(shifted)
    )


def log_of_softmax_plus(eps: float) -> Callable[[Tensor], Tensor]:
    return lambda shifted: (torch.softmax(shifted, -1) + eps).log()


@mistake("cross_entropy", "a small number is added inside the logarithm")
def eps_added(logits: Tensor, targets: Tensor) -> Tensor:
    """You add a small number to the probabilities so that their logarithm isn't -inf. A target that
    is much less likely than that number then gets too small a loss and almost no gradient, exactly
    where the model has the most to learn. Avoid the -inf itself: don't take the logarithm of a
    rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_plus(1e-8))


@mistake("cross_entropy", "1e-5 is added inside the logarithm", like="eps_added")
def eps_of_1e_5_added(logits: Tensor, targets: Tensor) -> Tensor:
    """You add 1e-5 to the probabilities so that their logarithm isn't -inf. The largest possible
    loss is then 11.5: a target much less likely than 1e-5 gets too small a loss and almost no
    gradient. Avoid the -inf itself: don't take the logarithm of a rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_plus(1e-5))


@mistake("cross_entropy", "1e-7 is added inside the logarithm", like="eps_added")
def eps_of_1e_7_added(logits: Tensor, targets: Tensor) -> Tensor:
    """You add 1e-7 to the probabilities so that their logarithm isn't -inf. The largest possible
    loss is then 16.1: a target much less likely than 1e-7 gets too small a loss and almost no
    gradient. Avoid the -inf itself: don't take the logarithm of a rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_plus(1e-7))


@mistake("cross_entropy", "1e-9 is added inside the logarithm", like="eps_added")
def eps_of_1e_9_added(logits: Tensor, targets: Tensor) -> Tensor:
    """You add 1e-9 to the probabilities so that their logarithm isn't -inf. The largest possible
    loss is then 20.7: a target much less likely than 1e-9 gets too small a loss and almost no
    gradient. Avoid the -inf itself: don't take the logarithm of a rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_plus(1e-9))


@mistake("cross_entropy", "1e-10 is added inside the logarithm", like="eps_added")
def eps_of_1e_10_added(logits: Tensor, targets: Tensor) -> Tensor:
    """You add 1e-10 to the probabilities so that their logarithm isn't -inf. The largest possible
    loss is then 23.0: a target much less likely than 1e-10 gets too small a loss and almost no
    gradient. Avoid the -inf itself: don't take the logarithm of a rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_plus(1e-10))


@mistake("cross_entropy", "1e-12 is added inside the logarithm", like="eps_added")
def eps_of_1e_12_added(logits: Tensor, targets: Tensor) -> Tensor:
    """You add 1e-12 to the probabilities so that their logarithm isn't -inf. The largest possible
    loss is then 27.6: a target much less likely than 1e-12 gets too small a loss and almost no
    gradient. Avoid the -inf itself: don't take the logarithm of a rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_plus(1e-12))


def log_of_softmax_from(least: float) -> Callable[[Tensor], Tensor]:
    return lambda shifted: torch.softmax(shifted, -1).clamp(min=least).log()


@mistake("cross_entropy", "probabilities are raised to at least 1e-8")
def clamped(logits: Tensor, targets: Tensor) -> Tensor:
    """You raise tiny probabilities to 1e-8 so that their logarithm isn't -inf. Every target with a
    lower probability gets the same loss and no gradient, exactly where the model has the most to
    learn. Avoid the -inf itself: don't take the logarithm of a rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_from(1e-8))


@mistake("cross_entropy", "probabilities are raised to at least 1e-9", like="clamped")
def clamped_at_1e_9(logits: Tensor, targets: Tensor) -> Tensor:
    """You raise tiny probabilities to 1e-9 so that their logarithm isn't -inf. Every target with a
    lower probability gets the same loss and no gradient, exactly where the model has the most to
    learn. Avoid the -inf itself: don't take the logarithm of a rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_from(1e-9))


@mistake("cross_entropy", "probabilities are raised to at least 1e-10", like="clamped")
def clamped_at_1e_10(logits: Tensor, targets: Tensor) -> Tensor:
    """You raise tiny probabilities to 1e-10 so that their logarithm isn't -inf. Every target with a
    lower probability gets the same loss and no gradient, exactly where the model has the most to
    learn. Avoid the -inf itself: don't take the logarithm of a rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_from(1e-10))


@mistake("cross_entropy", "probabilities are raised to at least 1e-12", like="clamped")
def clamped_at_1e_12(logits: Tensor, targets: Tensor) -> Tensor:
    """You raise tiny probabilities to 1e-12 so that their logarithm isn't -inf. Every target with a
    lower probability gets the same loss and no gradient, exactly where the model has the most to
    learn. Avoid the -inf itself: don't take the logarithm of a rounded probability."""
    return cross_entropy_with(logits, targets, to_logs=log_of_softmax_from(1e-12))


@mistake("cross_entropy", "probabilities of 0 cost nothing")
def zeros_left_out(logits: Tensor, targets: Tensor) -> Tensor:
    """Where a probability has become 0, you replace its logarithm with 0. A target that the model
    thinks impossible then costs nothing, although no prediction could be worse. Its exact log
    probability is a finite number: compute it without rounding the probability first."""
    return cross_entropy_with(
        logits,
        targets,
        to_logs=lambda shifted: torch.softmax(shifted, -1).log().nan_to_num(neginf=0.0),
    )


# The logarithm itself.


@mistake("cross_entropy", "no logarithm is taken")
def no_log(logits: Tensor, targets: Tensor) -> Tensor:
    """You average the probabilities of the targets and change the sign, without a logarithm. A
    probability of 1 in a million then costs hardly more than a probability of 1 in a hundred. As
    the probability falls to 0, the loss should grow without limit."""
    return cross_entropy_with(logits, targets, to_losses=lambda right: -right.exp())


@mistake("cross_entropy", "the loss is 1 minus the probability")
def one_minus_probability(logits: Tensor, targets: Tensor) -> Tensor:
    """You use 1 minus the target's probability. Then no prediction can cost more than 1, and a
    target that the model thinks nearly impossible has almost no gradient. The negative logarithm of
    the probability grows without limit."""
    return cross_entropy_with(logits, targets, to_losses=lambda right: 1 - right.exp())


@mistake("cross_entropy", "the sign is missing")
def sign_missing(logits: Tensor, targets: Tensor) -> Tensor:
    """You return the mean log probability, which is negative. Training makes the loss smaller, so
    your model would learn to make its targets unlikely. The best possible loss is 0."""
    return cross_entropy_with(logits, targets, to_losses=lambda right: right)


@mistake("cross_entropy", "the logarithm has base 2")
def base_2(logits: Tensor, targets: Tensor) -> Tensor:
    """You take the logarithm to base 2, which gives the loss in bits. That's a fine unit, but here
    and in PyTorch the loss uses the natural logarithm, the one that undoes `exp`."""
    return cross_entropy_with(logits, targets, to_losses=lambda right: -right / math.log(2))


@mistake("cross_entropy", "the logarithm has base 10")
def base_10(logits: Tensor, targets: Tensor) -> Tensor:
    """You take the logarithm to base 10. The loss uses the natural logarithm, the one that undoes
    `exp`; torch calls it `log`."""
    return cross_entropy_with(logits, targets, to_losses=lambda right: -right / math.log(10))


# Which probabilities.


@mistake("cross_entropy", "each prediction is compared with the token after its target")
def targets_shifted(logits: Tensor, targets: Tensor) -> Tensor:
    """You shift the targets by one position, so prediction 0 is compared with target 1, and the
    last prediction is left out. The targets you are given are already the *next* tokens: prediction
    i belongs to target i."""
    return cross_entropy_with(
        logits, targets, pick=lambda logs, targets: picked(logs[:-1], targets[1:])
    )


@mistake("cross_entropy", "the targets are rolled forward by one position")
def rolled(logits: Tensor, targets: Tensor) -> Tensor:
    """You roll the targets, so prediction 0 is compared with the last target, and prediction 1 with
    target 0. The targets you are given are already the next tokens: prediction i belongs to target
    i."""
    return cross_entropy_with(
        logits, targets, pick=lambda logs, targets: picked(logs, targets.roll(1))
    )


@mistake("cross_entropy", "the targets are rolled back by one position")
def rolled_back(logits: Tensor, targets: Tensor) -> Tensor:
    """You roll the targets back, so prediction 0 is compared with target 1, and the last prediction
    with target 0. The targets you are given are already the next tokens: prediction i belongs to
    target i."""
    return cross_entropy_with(
        logits, targets, pick=lambda logs, targets: picked(logs, targets.roll(-1))
    )


@mistake("cross_entropy", "the most likely token is used instead of the target")
def best_guess(logits: Tensor, targets: Tensor) -> Tensor:
    """You use the highest probability at each position and never look at the targets. That shows
    how sure the model is, not whether it's right: a model that is sure of the wrong token would
    look good."""
    return cross_entropy_with(logits, targets, pick=lambda logs, targets: logs.amax(-1))


@mistake("cross_entropy", "all targets are looked up at every position")
def all_pairs(logits: Tensor, targets: Tensor) -> Tensor:
    """You index the columns with all targets at once. That gives the probabilities of all T targets
    at every position, `[T, T]`, and you average over all of them. Each position has just one
    target: position i needs entry `targets[i]` of row i."""
    return cross_entropy_with(logits, targets, pick=lambda logs, targets: logs[:, targets])


@mistake("cross_entropy", "every target is looked up in the first row")
def first_row_only(logits: Tensor, targets: Tensor) -> Tensor:
    """You look up all targets among the probabilities of position 0. Did you use `take`, or pass
    `gather` the targets as a row, `[1, T]`? When `gather` runs along the last dimension, row i of
    the indices belongs to row i of the matrix, so the indices must form a column."""
    return cross_entropy_with(logits, targets, pick=lambda logs, targets: logs[0, targets])


@mistake("cross_entropy", "the targets pick rows, not columns")
def rows_picked(logits: Tensor, targets: Tensor) -> Tensor:
    """You use the targets to index the rows, but a target is a token id, and tokens are the
    columns. With most shapes, that raises an error. If there are more positions than tokens, it
    doesn't, and you average whole rows."""
    return cross_entropy_with(logits, targets, pick=lambda logs, targets: logs[targets])


@mistake("cross_entropy", "gather runs along the positions")
def gathered_along_positions(logits: Tensor, targets: Tensor) -> Tensor:
    """You gather along dimension 0, so a target picks a *position*, and the target's index in the
    list of targets picks the token. With most shapes, that raises an error, but with a square
    matrix it doesn't. A target has to pick a token, and tokens are the last dimension."""
    return cross_entropy_with(
        logits, targets, pick=lambda logs, targets: logs.gather(0, targets[None])
    )


@mistake("cross_entropy", "only the last position counts")
def last_only(logits: Tensor, targets: Tensor) -> Tensor:
    """You return the loss of the last position alone. For writing text, the last prediction is
    enough, but training learns from all positions at once."""
    return cross_entropy_with(logits, targets, average=lambda losses: losses[-1])


@mistake("cross_entropy", "only the first position counts")
def first_only(logits: Tensor, targets: Tensor) -> Tensor:
    """You return the loss of position 0 alone. Is there an index or a `return` inside a loop? The
    mean should be over all positions."""
    return cross_entropy_with(logits, targets, average=lambda losses: losses[0])


@mistake("cross_entropy", "targets with id 0 are left out")
def ignores_0(logits: Tensor, targets: Tensor) -> Tensor:
    """You leave out the positions whose target is 0, as if 0 meant padding. Here, 0 is a token like
    any other; in Llama 3's vocabulary, it's `!`. Every target counts."""
    return cross_entropy_with(
        logits, targets, pick=lambda logs, targets: picked(logs, targets)[targets != 0]
    )


@mistake("cross_entropy", "the one-hot targets have too few columns")
def one_hot_too_narrow(logits: Tensor, targets: Tensor) -> Tensor:
    """You call `F.one_hot` without the number of classes, so it makes just enough columns for the
    highest target. That fails unless the last token of the vocabulary is one of the targets."""
    return cross_entropy_with(
        logits, targets, pick=lambda logs, targets: (logs * F.one_hot(targets)).sum(-1)
    )


@mistake("cross_entropy", "the labels are smoothed")
def label_smoothing(logits: Tensor, targets: Tensor) -> Tensor:
    """You smooth the labels: the target counts for 0.9, and the remaining 0.1 is spread over all
    tokens. The loss then can't reach 0, even for a perfect model. Llama is trained without label
    smoothing, and so is our model."""
    return cross_entropy_with(
        logits,
        targets,
        pick=lambda logs, targets: 0.9 * picked(logs, targets) + 0.1 * logs.mean(-1),
    )


@mistake("cross_entropy", "the entropy of the prediction is returned")
def entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """You weight the logarithms by the model's own probabilities. That gives the entropy of the
    prediction, which shows how unsure the model is, but not whether it's right. Cross-entropy
    weights the logarithms by what actually came next: 1 for the target and 0 for the rest."""
    return cross_entropy_with(
        logits, targets, pick=lambda logs, targets: (logs.exp() * logs).sum(-1)
    )


@mistake("cross_entropy", "binary cross-entropy is computed")
def binary(logits: Tensor, targets: Tensor) -> Tensor:
    """For each token of the vocabulary, you ask whether it comes next, yes or no, and then you
    average over all tokens. That's binary cross-entropy. But only one token can come next, so a
    softmax compares them all, and only the target's probability counts."""
    one_hot = F.one_hot(targets, logits.shape[-1]).float()
    return F.binary_cross_entropy_with_logits(logits.float(), one_hot)


# The mean.


@mistake("cross_entropy", "the losses are added up, not averaged")
def summed(logits: Tensor, targets: Tensor) -> Tensor:
    """You add up the losses of all positions. A long text then has a larger loss than a short one,
    and larger gradients. What does the docstring ask for?"""
    return cross_entropy_with(logits, targets, average=lambda losses: losses.sum())


@mistake("cross_entropy", "the mean is taken over positions and tokens")
def mean_of_the_whole_matrix(logits: Tensor, targets: Tensor) -> Tensor:
    """You divide by T times V, perhaps because you multiply by one-hot vectors and take the mean of
    everything. In each row, all entries except one are 0, so your loss is V times too small. How
    many predictions are there?"""
    return cross_entropy_with(
        logits, targets, average=lambda losses: losses.mean() / logits.shape[-1]
    )


@mistake("cross_entropy", "the sum is divided by V, not by T")
def divided_by_v(logits: Tensor, targets: Tensor) -> Tensor:
    """You add up the losses and divide by the size of the vocabulary. There are T losses, one per
    position. Which dimension's size did you take?"""
    return cross_entropy_with(
        logits, targets, average=lambda losses: losses.sum() / logits.shape[-1]
    )


@mistake("cross_entropy", "the mean is taken before the logarithm")
def log_of_mean(logits: Tensor, targets: Tensor) -> Tensor:
    """You average the probabilities of the targets and then take the logarithm. One good prediction
    can then hide many bad ones. Take the logarithm at each position first."""
    return cross_entropy_with(logits, targets, average=lambda losses: -(-losses).exp().mean().log())


@mistake("cross_entropy", "the probabilities are multiplied before the logarithm")
def log_of_product(logits: Tensor, targets: Tensor) -> Tensor:
    """You multiply the probabilities of all targets and take the logarithm of the product. On
    paper, that equals the sum of their logarithms, but in float32 the product of a few dozen
    probabilities is 0. A sum of logarithms stays in range."""
    return cross_entropy_with(
        logits, targets, average=lambda losses: -(-losses).exp().prod().log() / len(losses)
    )


@mistake("cross_entropy", "the perplexity is returned")
def perplexity(logits: Tensor, targets: Tensor) -> Tensor:
    """You return `exp` of the loss, the perplexity. People report it because it's easy to picture,
    as a number of equally likely choices, but training uses the loss itself."""
    return cross_entropy_with(logits, targets, finish=lambda loss, logits: loss.exp())


@mistake("cross_entropy", "one loss per position is returned")
def not_reduced(logits: Tensor, targets: Tensor) -> Tensor:
    """You return the losses of all positions, `[T]`. Training needs a single number to make
    smaller: their mean."""
    return cross_entropy_with(logits, targets, average=lambda losses: losses)


@mistake("cross_entropy", "one loss per position is returned, as a column")
def not_reduced_column(logits: Tensor, targets: Tensor) -> Tensor:
    """You return the losses of all positions, in the column that `gather` returns. Training needs a
    single number to make smaller: their mean over all positions."""
    return cross_entropy_with(logits, targets, average=lambda losses: losses[:, None])


@mistake("cross_entropy", "the loss is a vector of one entry")
def one_entry(logits: Tensor, targets: Tensor) -> Tensor:
    """Your number is right, but it has the shape `[1]`. If the mean runs over all dimensions, what
    remains is a tensor without dimensions."""
    return cross_entropy_with(logits, targets, finish=lambda loss, logits: loss[None])


@mistake("cross_entropy", "the loss is a matrix of one entry")
def one_by_one(logits: Tensor, targets: Tensor) -> Tensor:
    """Your number is right, but it has the shape `[1, 1]`. If the mean runs over all dimensions,
    what remains is a tensor without dimensions."""
    return cross_entropy_with(logits, targets, finish=lambda loss, logits: loss[None, None])


# The type, and the way back to the logits.


@mistake("cross_entropy", "a Python number is returned")
def python_number(logits: Tensor, targets: Tensor) -> Any:
    """Your number is right, but you return a plain Python float, which is what `.item()` and
    `float()` give. A plain number doesn't know what it was computed from, so nothing can be trained
    with it. Return the tensor."""
    return cross_entropy_with(logits, targets, finish=lambda loss, logits: loss.item())


@mistake("cross_entropy", "the loss is cut off from the logits")
def detached(logits: Tensor, targets: Tensor) -> Tensor:
    """Your values are right, but the result no longer knows what it was computed from, so no
    gradient reaches the logits. Look for `detach`, `no_grad`, `.data`, `.item()` or
    `torch.tensor(...)`: each of these cuts the connection."""
    return cross_entropy_with(logits, targets, finish=lambda loss, logits: loss.detach())


@mistake("cross_entropy", "the logarithm of the sum is cut off from the logits")
def sum_detached(logits: Tensor, targets: Tensor) -> Tensor:
    """Your values are right, but no gradient goes through the logarithm of the sum, because of
    `detach`, `no_grad`, `.item()` or the like. Training would then only raise the target's logit
    and never lower the others. If you detach anything, detach only the largest logit."""
    return cross_entropy(logits, targets) - gap(logits.float().logsumexp(-1).mean())


@mistake("cross_entropy", "the sum of the exponentials is cut off from the logits")
def shifted_sum_detached(logits: Tensor, targets: Tensor) -> Tensor:
    """Your values are right, but no gradient goes through the sum of the exponentials, because of
    `detach`, `no_grad`, `.item()` or the like. Training would then raise the target's logit and
    lower only the largest one. If you detach anything, detach only the largest logit."""
    return cross_entropy_with(
        logits, targets, to_logs=lambda shifted: shifted - log_of_sum(shifted).detach()
    )


@mistake("cross_entropy", "no gradient reaches the target's logit")
def target_detached(logits: Tensor, targets: Tensor) -> Tensor:
    """Your values are right, but no gradient reaches the target's own logit, because of `detach`,
    `.item()`, `.tolist()` or the like. Training would then only lower logits and never raise the
    target's. Read that logit with an index or with `gather`."""
    return cross_entropy(logits, targets) + gap(picked(logits.float(), targets).mean())


@mistake("cross_entropy", "the largest logit is detached where it is subtracted")
def largest_detached_once(logits: Tensor, targets: Tensor) -> Tensor:
    """Your values are right, but the gradient has an extra term for the largest logit: you detach
    it where you subtract it, but not where you add it back, so the subtraction and the addition
    don't cancel. Treat both places alike."""
    return cross_entropy(logits, targets) + gap(largest_of_row(logits.float()).mean())


@mistake("cross_entropy", "the largest logit is detached where it is added back")
def largest_detached_later(logits: Tensor, targets: Tensor) -> Tensor:
    """Your values are right, but the gradient lacks a term for the largest logit: you detach it
    where you add it back, but not where you subtract it, so the subtraction and the addition don't
    cancel. Treat both places alike."""
    return cross_entropy(logits, targets) - gap(largest_of_row(logits.float()).mean())


def gap(value: Tensor) -> Tensor:
    """Return 0, with the gradient of a value."""
    return value - value.detach()


@mistake("cross_entropy", "the loss has the dtype of the logits")
def logits_dtype(logits: Tensor, targets: Tensor) -> Tensor:
    """You return the loss in the dtype of the logits: either you compute in that dtype, or you
    convert back to it. bfloat16 has about three digits, so a loss that falls from 2.001 to 2.000
    doesn't seem to change. Compute in float32 and return float32."""
    return cross_entropy_with(logits, targets, finish=lambda loss, logits: loss.to(logits.dtype))


@mistake("cross_entropy", "everything is computed in half precision", like="logits_dtype")
def all_in_half(logits: Tensor, targets: Tensor) -> Tensor:
    """You compute in the dtype of the logits, without converting them. In bfloat16, every step has
    only about three digits, and a sum over a large vocabulary stops growing. Convert the logits to
    float32 first."""
    return cross_entropy_with(logits, targets, convert=lambda logits: logits)


@mistake("cross_entropy", "only the result is converted to float32")
def converted_at_the_end(logits: Tensor, targets: Tensor) -> Tensor:
    """You compute in the dtype of the logits and convert the loss to float32. By then the digits
    are gone, and converting doesn't bring them back. Convert the logits first."""
    return cross_entropy_with(
        logits,
        targets,
        convert=lambda logits: logits,
        finish=lambda loss, logits: loss.float(),
    )


@mistake(
    "cross_entropy",
    "the logarithms are rounded to half precision",
    like="converted_at_the_end",
)
def log_softmax_in_half(logits: Tensor, targets: Tensor) -> Tensor:
    """You take `log_softmax` in the dtype of the logits and convert afterward. By then, the
    logarithms have been rounded to about three digits, and converting doesn't bring the lost digits
    back. Convert the logits first."""
    return cross_entropy_with(
        logits,
        targets,
        convert=lambda logits: logits,
        shift=lambda logits: logits,
        to_logs=lambda logits: F.log_softmax(logits, -1).float(),
    )


@mistake("cross_entropy", "the loss is float64")
def in_float64(logits: Tensor, targets: Tensor) -> Tensor:
    """Your number is right, but you return float64. Computing in float64 does no harm, apart from
    being slow on a GPU, but the result should be float32."""
    return cross_entropy_with(logits, targets, finish=lambda loss, logits: loss.double())


@mistake("cross_entropy", "the largest logit is subtracted in place")
def subtracts_in_place(logits: Tensor, targets: Tensor) -> Tensor:
    """Your values are right, but you change the caller's logits, with `-=` or a function whose name
    ends in an underscore. That happens even after `float()`, which doesn't copy a tensor that is
    already float32."""
    loss = cross_entropy(logits, targets)
    if logits.dtype == torch.float32:
        logits -= largest_of_row(logits)
    return loss
