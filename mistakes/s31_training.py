"""The ways that stage 31 goes wrong."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s18_transformer import transformer
from solutions.s29_cross_entropy import cross_entropy
from solutions.s30_adamw import adamw_step, clip_gradients
from solutions.s31_training import batch_loss, train_step

Weights = dict[str, Tensor]
Params = dict[str, Any]
Optimizer = dict[str, Any]
Step = tuple[Any, Any, Any]
SETTINGS = ("beta1", "beta2", "eps", "weight_decay")


def logits_of(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    return transformer(tokens, weights, params) @ weights["output.weight"].T


def is_extra_padding(targets: Tensor, padding: int) -> Tensor:
    """Return where a target is padding that follows padding."""
    return (targets == padding) & ((targets == padding).cumsum(0) > 1)


@worked_out("batch_loss")
def batch_loss_with(
    batch: Tensor,
    weights: Weights,
    params: Params,
    *,
    rows: Callable[[Tensor], Any] = list,
    read: Callable[[Tensor], Tensor] = lambda row: row[:-1],
    expect: Callable[[Tensor], Tensor] = lambda row: row[1:],
    score: Callable[[Tensor, Weights, Params], Tensor] = logits_of,
    judge: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
    together: Callable[[Tensor], Any] = torch.mean,
) -> Any:
    """Do what the reference does, except for the steps passed by name."""
    losses = [judge(score(read(row), weights, params), expect(row)) for row in rows(batch)]
    return together(torch.stack(losses))


@mistake("batch_loss", "the targets are the tokens that were just read")
def targets_are_inputs(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You compare each position's prediction with the token that was just read there. A model that
    copies its input would then be perfect. Your model has to predict the token that comes next."""
    return batch_loss_with(batch, weights, params, expect=lambda row: row[:-1])


@mistake("batch_loss", "the targets are two positions ahead")
def targets_two_ahead(batch: Tensor, weights: Weights, params: Params) -> Any:
    """Your targets are two tokens ahead of the token that was read, as happens when both the inputs
    and the targets are shifted. After token t, the model should predict token t + 1."""
    return batch_loss_with(
        batch, weights, params, read=lambda row: row[:-2], expect=lambda row: row[2:]
    )


@mistake("batch_loss", "the targets are the tokens before those just read")
def targets_one_behind(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You read the tokens from the second on, and your targets are the tokens before them. That's a
    shift in the wrong direction: the model learns to say what has already been said."""
    return batch_loss_with(
        batch, weights, params, read=lambda row: row[1:], expect=lambda row: row[:-1]
    )


@mistake("batch_loss", "the target after the last token is the first token")
def targets_wrap_around(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You read all T + 1 tokens and roll the targets, so at the last position, the model has to
    predict the first token of the text. What comes after the last token isn't known, so the last
    position has no target."""
    return batch_loss_with(
        batch, weights, params, read=lambda row: row, expect=lambda row: row.roll(-1)
    )


@mistake("batch_loss", "the last token is both the last input and the last target")
def last_target_repeated(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You read all T + 1 tokens, and at the last position, the target is the last token once more.
    That position has no target, because what comes after the row isn't known. A row gives T
    predictions."""
    return batch_loss_with(
        batch,
        weights,
        params,
        read=lambda row: row,
        expect=lambda row: torch.cat([row[1:], row[-1:]]),
    )


@mistake("batch_loss", "all T + 1 tokens are read, and the first prediction is dropped")
def predictions_shifted_wrongly(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You read the whole row and drop the prediction after the *first* token, so each remaining
    prediction is compared with the token that had just been read. The prediction to drop is the
    last one, because it has no target."""
    return batch_loss_with(
        batch,
        weights,
        params,
        read=lambda row: row,
        expect=lambda row: row[1:],
        score=lambda *args: logits_of(*args)[1:],
    )


@mistake("batch_loss", "the first token is not read")
def first_token_left_out(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You leave out the first token of each row and predict from the second one on. In real text,
    that token is begin-of-text. The model always sees it when it writes, so it has to see it in
    training, too."""
    return batch_loss_with(
        batch, weights, params, read=lambda row: row[1:-1], expect=lambda row: row[2:]
    )


@mistake("batch_loss", "the last token is never predicted")
def last_target_left_out(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You cut off one token too many, so the last token of a row is never a target. A row has T + 1
    tokens so that each of the first T has a token after it."""
    return batch_loss_with(
        batch, weights, params, read=lambda row: row[:-2], expect=lambda row: row[1:-1]
    )


@mistake("batch_loss", "the whole batch is read as one text")
def rows_joined(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You flatten the batch and run the model once, so the second row continues the first: its
    tokens attend to another text, and their positions are too high. Every row is a text of its
    own."""
    logits = logits_of(batch[:, :-1].flatten(), weights, params)
    return cross_entropy(logits, batch[:, 1:].flatten())


@mistake("batch_loss", "the whole batch is one text, and its rows predict each other")
def batch_flattened(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You flatten the batch before you split it into inputs and targets. The model then reads all
    rows as one text, and after the last token of one row it has to predict the first token of the
    next. Split first, and run each row on its own."""
    return batch_loss_with(batch, weights, params, rows=lambda batch: [batch.flatten()])


@mistake("batch_loss", "columns are treated as texts")
def columns_as_texts(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You go through the columns of the batch, so each of your texts has one token from every row.
    The texts are the rows: the batch is `[B, T + 1]`."""
    return batch_loss_with(batch, weights, params, rows=lambda batch: list(batch.T))


@mistake("batch_loss", "the text is read from its end")
def read_backward(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You read every row from its end to its beginning. The model should predict what comes next
    from what came before."""
    return batch_loss_with(batch, weights, params, rows=lambda batch: list(batch.flip(1)))


@mistake("batch_loss", "every token is read alone")
def tokens_without_context(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You run the model on one token at a time, so it predicts without seeing the earlier text.
    Give it all T tokens of a row at once: the causal mask already keeps every position from looking
    ahead."""

    def alone(tokens: Tensor, *rest: Any) -> Tensor:
        return torch.cat([logits_of(token, *rest) for token in tokens.split(1)])

    return batch_loss_with(batch, weights, params, score=alone)


@mistake("batch_loss", "only the last position counts")
def only_the_last_position(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You use only the prediction at the last position, as you would when generating text. In
    training, every position predicts its next token, so a single pass over T tokens gives T
    examples."""
    return batch_loss_with(
        batch,
        weights,
        params,
        expect=lambda row: row[-1:],
        score=lambda *args: logits_of(*args)[-1:],
    )


@mistake("batch_loss", "only the first row counts")
def only_the_first_row(batch: Tensor, weights: Weights, params: Params) -> Any:
    """Your loss depends on the first row alone. Is the `return` inside the loop, or did you pick
    `batch[0]` while trying things out?"""
    return batch_loss_with(batch, weights, params, rows=lambda batch: [batch[0]])


@mistake("batch_loss", "only the last row counts")
def only_the_last_row(batch: Tensor, weights: Weights, params: Params) -> Any:
    """Your loss depends on the last row alone: each iteration of the loop replaces the loss from
    the previous one. Collect the losses of all rows."""
    return batch_loss_with(batch, weights, params, rows=lambda batch: [batch[-1]])


@mistake("batch_loss", "the last row of the batch is left out")
def last_row_left_out(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You leave out the last row of the batch. What isn't read is the last *token* of each row. In
    `[B, T + 1]`, the rows are the first dimension and the tokens are the second."""
    return batch_loss_with(batch, weights, params, rows=lambda batch: list(batch[:-1]))


@mistake("batch_loss", "the losses of the rows are added up")
def sum_over_rows(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You add up the losses of the rows. A larger batch then has a larger loss and larger
    gradients, so no single learning rate suits all batch sizes. Take the mean."""
    return batch_loss_with(batch, weights, params, together=torch.sum)


@mistake("batch_loss", "the losses of the positions are added up")
def sum_over_positions(batch: Tensor, weights: Weights, params: Params) -> Any:
    """Within a row, you add up the losses of the positions, and then you take the mean over the
    rows. Longer rows then get a larger loss. Take the mean over positions, too, as `cross_entropy`
    does."""
    return batch_loss_with(
        batch,
        weights,
        params,
        judge=lambda logits, right: cross_entropy(logits, right) * len(right),
    )


@mistake("batch_loss", "all losses are added up")
def sum_of_all(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You add up the losses of all positions in all rows. Return their mean instead, which doesn't
    depend on how much text there is."""
    return batch_loss(batch, weights, params) * batch[:, 1:].numel()


@mistake("batch_loss", "the sum is divided by T + 1, but there are T predictions")
def divided_by_all_tokens(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You divide the sum of the losses by the number of tokens in the batch. The first token of a
    row is never predicted, so a row has only T losses."""
    return batch_loss(batch, weights, params) * (batch.shape[1] - 1) / batch.shape[1]


@mistake("batch_loss", "the loss is divided by the number of rows twice")
def divided_twice(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You divide by the number of rows although you have already taken a mean over the rows. Each
    additional row makes your loss smaller."""
    return batch_loss(batch, weights, params) / len(batch)


@mistake("batch_loss", "one loss per row is returned")
def no_mean_over_rows(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You return one loss per row. Gradients are computed from a single number, so take the mean
    over the rows, too."""
    return batch_loss_with(batch, weights, params, together=lambda losses: losses)


@mistake("batch_loss", "padding is not counted")
def padding_left_out(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You leave out the padding after the end of a text. That's a reasonable choice, and many
    programs make it, but here padding counts like any other token: the model learns that only
    end-of-text follows end-of-text."""

    def judge(logits: Tensor, right: Tensor) -> Tensor:
        counts = ~is_extra_padding(right, end_of_text(params))
        return cross_entropy(logits[counts], right[counts])

    return batch_loss_with(batch, weights, params, judge=judge)


@mistake("batch_loss", "end-of-text is never a target")
def end_of_text_left_out(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You leave out all positions whose target is the end-of-text token. That removes the padding,
    but also the token that ends the text, so the model never learns to stop. Here, all of these
    targets count."""

    def judge(logits: Tensor, right: Tensor) -> Tensor:
        counts = right != end_of_text(params)
        return cross_entropy(logits[counts], right[counts])

    return batch_loss_with(batch, weights, params, judge=judge)


def end_of_text(params: Params) -> int:
    """Return the id of end-of-text: the second of the 256 special tokens, which come last."""
    return int(params["vocab_size"]) - 255


@mistake("batch_loss", "token 0 is treated as padding")
def token_0_left_out(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You leave out all positions whose target is token 0, the padding in many programs. In Llama
    3's vocabulary, token 0 is the exclamation mark. Here, every token counts."""

    def judge(logits: Tensor, right: Tensor) -> Tensor:
        return cross_entropy(logits[right != 0], right[right != 0])

    return batch_loss_with(batch, weights, params, judge=judge)


@mistake("batch_loss", "end-of-text is never a target", like="end_of_text_left_out")
def end_of_text_ignored(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You leave out all positions whose target is the end-of-text token. That removes the padding,
    but also the token that ends the text, so the model never learns to stop. Here, all of these
    targets count."""
    judge = partial(F.cross_entropy, ignore_index=end_of_text(params))
    return batch_loss_with(batch, weights, params, judge=judge)


@mistake("batch_loss", "token 0 is treated as padding", like="token_0_left_out")
def token_0_ignored(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You leave out all positions whose target is token 0, the padding in many programs. In Llama
    3's vocabulary, token 0 is the exclamation mark. Here, every token counts."""
    judge = partial(F.cross_entropy, ignore_index=0)
    return batch_loss_with(batch, weights, params, judge=judge)


@mistake("batch_loss", "the embedding is used as the output matrix")
def embedding_as_output(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You score tokens with the embedding matrix. It has the same shape as the output matrix, and
    some models use one matrix for both, but in Llama 3 the output matrix has weights of its own."""
    shared = weights["tok_embeddings.weight"]
    return batch_loss(batch, {**weights, "output.weight": shared}, params)


def logits_of_untransposed(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    return transformer(tokens, weights, params) @ weights["output.weight"]


@mistake("batch_loss", "the output matrix is not transposed")
def output_not_transposed(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You multiply the vectors `[T, D]` by the output matrix as it is stored, `[V, D]`. It has one
    row of D numbers per token, so its last dimension is the one that has to match the D numbers of
    a vector. Stage 19 computes the same product."""
    return batch_loss_with(batch, weights, params, score=logits_of_untransposed)


@mistake(
    "batch_loss",
    "the output matrix is not transposed for all rows at once",
    like="output_not_transposed",
)
def output_not_transposed_at_once(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You multiply the vectors by the output matrix as it is stored, `[V, D]`. It has one row of D
    numbers per token, so its last dimension is the one that has to match the D numbers of a vector.
    Stage 19 computes the same product."""

    def row_loss(row: Tensor) -> Tensor:
        return cross_entropy(logits_of_untransposed(row[:-1], weights, params), row[1:])

    return torch.vmap(row_loss)(batch).mean()


@mistake("batch_loss", "softmax is applied before the cross-entropy, which applies it again")
def softmax_before(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You turn the logits into probabilities first, but `cross_entropy` expects logits and applies
    the softmax itself. After two softmaxes, all tokens look almost equally likely."""
    return batch_loss_with(batch, weights, params, score=lambda *args: logits_of(*args).softmax(-1))


@mistake("batch_loss", "the perplexity is returned")
def perplexity(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You return e to the power of the loss. That's the perplexity, a good way to report a loss,
    but training takes the gradients of the loss itself."""
    return batch_loss(batch, weights, params).exp()


@mistake("batch_loss", "the loss is a plain number")
def loss_as_number(batch: Tensor, weights: Weights, params: Params) -> Any:
    """You return a Python number. A number doesn't know how it was computed, so no gradient can get
    from it back to the weights. Return the tensor."""
    return batch_loss(batch, weights, params).item()


@mistake("batch_loss", "the loss isn't connected to the weights")
def loss_without_graph(batch: Tensor, weights: Weights, params: Params) -> Any:
    """Your loss has the right value, but it isn't connected to the weights: somewhere, you make a
    new tensor out of plain numbers, call `detach`, or compute under `no_grad`. Add up tensors, not
    the numbers that `.item()` returns."""
    return batch_loss(batch, weights, params).detach()


def leaf_of(weight: Tensor) -> Tensor:
    return weight.detach().clone().requires_grad_()


def updated(name: str, *args: Any) -> Any:
    return adamw_step(*args)


@worked_out("train_step")
def train_step_with(
    batch: Tensor,
    weights: Weights,
    optimizer: Optimizer,
    params: Params,
    lr: float,
    *,
    objective: Callable[[Tensor, Tensor], Tensor] = lambda loss, batch: loss,
    clip: Callable[[Weights, float], Weights] = clip_gradients,
    number: Callable[[int], int] = lambda step: step + 1,
    settings: Callable[[Optimizer], list[Any]] = lambda state: [state[name] for name in SETTINGS],
    averages: Callable[..., Any] = lambda mean, variance: (mean, variance),
    update: Callable[..., Any] = updated,
    remember: Callable[..., Any] = lambda old, **changed: {**old, **changed},
    report: Callable[..., Any] = lambda loss, *after: loss.item(),
) -> Step:
    """Do what the reference does, except for the steps passed by name."""
    leaves = {name: leaf_of(weight) for name, weight in weights.items()}
    loss = batch_loss(batch, leaves, params)
    found = torch.autograd.grad(objective(loss, batch), list(leaves.values()))
    gradients = clip(dict(zip(leaves, found, strict=True)), optimizer["max_norm"])
    new, means, variances = {}, {}, {}
    for name, weight in weights.items():
        before = averages(optimizer["mean"][name], optimizer["variance"][name])
        rest = (number(optimizer["step"]), lr, *settings(optimizer))
        new[name], means[name], variances[name] = update(
            name, weight, gradients[name], *before, *rest
        )
    state = remember(optimizer, step=optimizer["step"] + 1, mean=means, variance=variances)
    return report(loss.detach(), batch, new, params), new, state


@mistake("train_step", "the learning rate is not used")
def lr_ignored(*args: Any) -> Step:
    """Your step uses a learning rate of its own, 0.001, instead of the argument `lr`. A schedule
    that warms up and decays then has no effect."""
    batch, weights, optimizer, params, _ = args
    return train_step(batch, weights, optimizer, params, 1e-3)


@mistake("train_step", "the gradients have the wrong sign")
def uphill(*args: Any) -> Step:
    """You change the sign of the gradients, but `adamw_step` already moves against the gradient it
    is given. Your steps make the loss larger."""
    return train_step_with(*args, objective=lambda loss, batch: -loss)


@mistake("train_step", "the learning rate is negative")
def lr_negated(*args: Any) -> Step:
    """You pass `-lr`. `adamw_step` already subtracts the step, so your step goes uphill, and the
    weight decay makes the weights grow."""
    batch, weights, optimizer, params, lr = args
    return train_step(batch, weights, optimizer, params, -lr)


@mistake("train_step", "the loss after the step is returned")
def loss_after(*args: Any) -> Step:
    """You compute the loss once more with the new weights and return that one, which costs a whole
    extra pass. Return the loss that the gradients came from."""

    def report(loss: Tensor, batch: Tensor, new: Weights, params: Params) -> float:
        return batch_loss(batch, new, params).item()

    return train_step_with(*args, report=report)


@mistake("train_step", "the loss is returned as a tensor")
def loss_as_tensor(*args: Any) -> Step:
    """You return the loss as a tensor. If it still has its graph, a list of such losses keeps every
    step's intermediate values in memory. Return a Python float."""
    return train_step_with(*args, report=lambda loss, *after: loss)


@mistake("train_step", "the gradients are not clipped")
def not_clipped(*args: Any) -> Step:
    """You use the gradients as they are, or you throw away what `clip_gradients` returns: it
    doesn't change the dict that you pass it. A single bad batch can then undo many good steps."""
    return train_step_with(*args, clip=lambda gradients, max_norm: gradients)


@mistake("train_step", "each gradient is clipped alone")
def clipped_one_by_one(*args: Any) -> Step:
    """You clip each weight's gradient by itself. That changes the direction of the step, because
    large gradients are shortened and small ones aren't. Pass all of them to `clip_gradients`
    together."""

    def clip(gradients: Weights, max_norm: float) -> Weights:
        return {
            name: clip_gradients({name: one}, max_norm)[name] for name, one in gradients.items()
        }

    return train_step_with(*args, clip=clip)


@mistake("train_step", "max_norm is always 1")
def max_norm_of_1(*args: Any) -> Step:
    """You clip to 1.0, a common setting, whatever the optimizer dict says. The settings are in that
    dict so that they can be changed in a single place."""
    return train_step_with(*args, clip=lambda gradients, most: clip_gradients(gradients, 1.0))


@mistake("train_step", "steps are counted from 0")
def counted_from_0(*args: Any) -> Step:
    """You pass `adamw_step` the number of steps taken so far. It expects the number of this step,
    counted from 1. In the first step, it then divides by `1 - beta**0`, which is 0."""
    return train_step_with(*args, number=lambda step: step)


@mistake("train_step", "every step is treated as the first")
def always_the_first(*args: Any) -> Step:
    """You always pass 1 as the number of the step. The bias correction is then right in the first
    step and far too strong in all later ones."""
    return train_step_with(*args, number=lambda step: 1)


@mistake("train_step", "the step is not counted")
def step_not_counted(*args: Any) -> Step:
    """You return `step` unchanged. The next step then gets the same number as this one, so its bias
    correction is too strong. How many steps have been taken now?"""

    def remember(old: Optimizer, step: int, **changed: Any) -> Optimizer:
        return {**old, **changed}

    return train_step_with(*args, remember=remember)


@mistake("train_step", "the step is counted twice")
def counted_twice(*args: Any) -> Step:
    """You count each step twice: you add 1 to the number of steps before the update, and 1 more to
    the number that you return. The bias correction then fades too soon."""
    return train_step_with(
        *args, remember=lambda old, step, **changed: {**old, **changed, "step": step + 1}
    )


@mistake("train_step", "every weight counts as a step")
def counted_per_weight(*args: Any) -> Step:
    """You raise the number of the step inside the loop over the weights, so the second weight is
    updated as if it were one step ahead of the first. All weights take the same step together."""
    batch, weights, optimizer, params, lr = args
    numbers = iter(range(optimizer["step"] + 1, 10**6))

    def remember(old: Optimizer, step: int, **changed: Any) -> Optimizer:
        return {**old, **changed, "step": old["step"] + len(weights)}

    return train_step_with(*args, number=lambda step: next(numbers), remember=remember)


@mistake("train_step", "mean and variance are swapped in the call")
def averages_swapped(*args: Any) -> Step:
    """You pass the variance to `adamw_step` as the mean, and the mean as the variance. In the first
    step, both are zeros, so the mistake doesn't show. Look at the order of the parameters."""
    return train_step_with(*args, averages=lambda mean, variance: (variance, mean))


@mistake("train_step", "mean and variance are swapped in the result")
def results_swapped(*args: Any) -> Step:
    """You store the new mean as the variance and the new variance as the mean. `adamw_step` returns
    the weight, the mean and the variance, in this order."""

    def remember(old: Optimizer, mean: Weights, variance: Weights, **step: int) -> Optimizer:
        return {**old, **step, "mean": variance, "variance": mean}

    return train_step_with(*args, remember=remember)


@mistake("train_step", "the old averages are returned")
def averages_not_stored(*args: Any) -> Step:
    """You use the new averages for the weights, but the dict that you return has the old ones.
    Every step then starts from the averages that training began with, as if there had been no
    gradients since."""

    def remember(old: Optimizer, step: int, **changed: Any) -> Optimizer:
        return {**old, "step": step}

    return train_step_with(*args, remember=remember)


@mistake("train_step", "the averages start from zero in every step")
def averages_forgotten(*args: Any) -> Step:
    """You pass zeros as mean and variance, whatever the optimizer dict says. That's right only in
    the first step. After that, pass the averages that the previous step left in the dict."""
    return train_step_with(
        *args, averages=lambda *both: tuple(torch.zeros_like(one) for one in both)
    )


@mistake("train_step", "mean and variance are stored in one dict")
def one_dict_for_both(*args: Any) -> Step:
    """Your mean and your variance are the same dict, as after `mean = variance = {}`, so what you
    store second replaces what you stored first. Make two dicts."""

    def remember(old: Optimizer, mean: Weights, variance: Weights, **step: int) -> Optimizer:
        return {**old, **step, "mean": variance, "variance": variance}

    return train_step_with(*args, remember=remember)


@mistake("train_step", "all weights of the same shape share one state")
def state_shared(*args: Any) -> Step:
    """You keep one mean and one variance for all weights of the same shape, so each weight changes
    the averages that the next one gets. Every weight has gradients of its own, so it needs averages
    of its own, under its name."""
    batch, weights, optimizer, params, lr = args
    kept: dict[Any, tuple[Tensor, Tensor]] = {}

    def update(name: str, weight: Tensor, gradient: Tensor, *rest: Any) -> Any:
        mean, variance = kept.get(weight.shape, rest[:2])
        new, mean, variance = adamw_step(weight, gradient, mean, variance, *rest[2:])
        kept[weight.shape] = mean, variance
        return new, mean, variance

    def remember(old: Optimizer, step: int, **changed: Any) -> Optimizer:
        last = {name: kept[weight.shape] for name, weight in weights.items()}
        means = {name: mean for name, (mean, _) in last.items()}
        variances = {name: variance for name, (_, variance) in last.items()}
        return {**old, "step": step, "mean": means, "variance": variances}

    return train_step_with(*args, update=update, remember=remember)


@mistake("train_step", "the caller's optimizer dict is changed in place")
def optimizer_changed(*args: Any) -> Step:
    """You write into the dict that you were given, or into the dicts `mean` and `variance` inside
    it. Copying the outer dict doesn't copy those two. The caller may need the old values again, for
    example to repeat the step. Build three new dicts."""
    batch, weights, optimizer, params, lr = args
    loss, new, state = train_step(*args)
    optimizer.update(step=state["step"])
    for name in ("mean", "variance"):
        optimizer[name].update(state[name])
    return loss, new, optimizer


@mistake("train_step", "the caller's weights are changed in place")
def weights_changed(*args: Any) -> Step:
    """You put the new weights into the dict that you were given, or write them into its tensors, as
    PyTorch's own optimizers do. Either way, the caller loses the old ones. Return a new dict of new
    tensors."""
    batch, weights, optimizer, params, lr = args
    loss, new, state = train_step(*args)
    weights.update(new)
    return loss, weights, state


@mistake("train_step", "the returned dict has no settings")
def settings_lost(*args: Any) -> Step:
    """Your new optimizer dict has only `step`, `mean` and `variance`. The next step also needs
    beta1, beta2 and the other settings, so pass them on."""

    def remember(old: Optimizer, **changed: Any) -> Optimizer:
        return changed

    return train_step_with(*args, remember=remember)


@mistake("train_step", "torch didn't record how the loss was computed")
def loss_without_leaves(*args: Any) -> Any:
    """You compute the loss from tensors that don't require gradients, or while gradients are
    switched off, so no gradient can get from the loss back to the weights. `clone` and `detach`
    don't switch gradients on. Compute the loss from the same tensors for which you switch gradients
    on."""
    batch, weights, _, params, _ = args
    batch_loss(batch, weights, params).backward()


@mistake("train_step", "gradients are taken for tensors that the loss wasn't computed from")
def gradients_of_the_originals(*args: Any) -> Any:
    """You compute the loss from some tensors but ask for the gradients of others, such as the
    weights that you were given. Those don't require gradients. Ask for the gradients of the very
    tensors that you passed to `batch_loss`."""
    batch, weights, _, params, _ = args
    leaves = {name: leaf_of(weight) for name, weight in weights.items()}
    return torch.autograd.grad(batch_loss(batch, leaves, params), list(weights.values()))


@mistake("train_step", "the gradients pile up in the caller's tensors")
def gradients_pile_up(*args: Any) -> Step:
    """You call `backward` on the tensors that you were given, and it adds to whatever their `.grad`
    already contains. Another step from the same weights then counts the old gradients again.
    Compute gradients on new tensors."""
    batch, weights, optimizer, params, lr = args
    for weight in weights.values():
        weight.requires_grad_()
    batch_loss(batch, weights, params).backward()
    gradients = {name: torch.zeros_like(one) + one.grad for name, one in weights.items()}
    detached = {name: weight.detach() for name, weight in weights.items()}

    def clip(_: Weights, max_norm: float) -> Weights:
        return clip_gradients(gradients, max_norm)

    return train_step_with(batch, detached, optimizer, params, lr, clip=clip)


@mistake("train_step", "the caller's tensors require gradients afterwards")
def requires_grad_left_on(*args: Any) -> Step:
    """You switch gradients on for the tensors that you were given, and they stay on. From then on,
    torch records everything the caller computes with them. Use new tensors: `detach` returns one
    that shares the numbers, but not this switch."""
    for weight in args[1].values():
        weight.requires_grad_()
    return train_step(*args)


@mistake("train_step", "the new weights still require gradients")
def new_weights_require_gradients(*args: Any) -> Step:
    """The values are right, but your new weights are computed from tensors that require gradients,
    so they drag this step's graph along. After a thousand steps, a thousand graphs are in memory.
    Pass `adamw_step` weights without gradients, or detach the ones it returns."""
    batch, weights, optimizer, params, lr = args
    leaves = {name: leaf_of(weight) for name, weight in weights.items()}
    return train_step_with(batch, leaves, optimizer, params, lr)


@mistake("train_step", "the averages still require gradients")
def averages_require_gradients(*args: Any) -> Step:
    """Your gradients have a graph themselves, as with `create_graph=True`, and so does everything
    computed from them: the averages keep the graphs of all steps in memory. Gradients that you use
    only as numbers need no graph."""
    loss, new, state = train_step(*args)
    for name in ("mean", "variance"):
        state[name] = {key: leaf_of(one) for key, one in state[name].items()}
    return loss, {name: leaf_of(weight) for name, weight in new.items()}, state


def updating(change: Callable[..., Any]) -> Callable[..., Any]:
    """Return an update that calls `change` by name, and does the usual where that gives None."""

    def update(name: str, *args: Any) -> Any:
        changed = change(name, *args)
        return adamw_step(*args) if changed is None else changed

    return update


def without_decay(*args: Any) -> Any:
    update: Any = adamw_step
    return update(*args[:-1], 0.0)


@mistake("train_step", "the weights of the norms do not decay")
def norms_not_decayed(*args: Any) -> Step:
    """You leave the weights of the norms out of the weight decay. Many programs do, but here all
    weights decay alike."""
    change = updating(lambda name, *rest: without_decay(*rest) if "norm" in name else None)
    return train_step_with(*args, update=change)


@mistake("train_step", "norms and embeddings do not decay")
def embeddings_not_decayed(*args: Any) -> Step:
    """You leave norms and embeddings out of the weight decay. Some programs do, but here all
    weights decay alike."""
    kept = ("norm", "tok_embeddings")
    change = updating(
        lambda name, *rest: without_decay(*rest) if any(one in name for one in kept) else None
    )
    return train_step_with(*args, update=change)


@mistake("train_step", "the weights of the norms are not trained")
def norms_frozen(*args: Any) -> Step:
    """The weights of the norms come back unchanged. They are weights like all others: update
    everything that is in the dict."""
    change = updating(lambda name, weight, gradient, *rest: (weight, *rest[:2]))
    return train_step_with(
        *args, update=lambda name, *rest: (change if "norm" in name else updated)(name, *rest)
    )


def descended(name: str, weight: Tensor, gradient: Tensor, *rest: Any) -> Any:
    mean, variance, _, lr, *_ = rest
    return weight - lr * gradient, mean, variance


@mistake("train_step", "the weights follow the gradients without AdamW")
def plain_gradient_descent(*args: Any) -> Step:
    """You subtract the gradient times the learning rate. That is plain gradient descent: weights
    with small gradients hardly move. Your averages also stay as they were. Let `adamw_step` update
    every weight."""

    return train_step_with(*args, update=descended)


@mistake(
    "train_step",
    "without AdamW, there are no averages",
    like="plain_gradient_descent",
)
def descent_without_averages(*args: Any) -> Step:
    """You subtract the gradient times the learning rate, which is plain gradient descent, and your
    new `mean` and `variance` are empty. Let `adamw_step` update every weight: it also returns the
    averages that the next step needs."""

    def remember(old: Optimizer, **changed: Any) -> Optimizer:
        return {**old, **changed, "mean": {}, "variance": {}}

    return train_step_with(*args, update=descended, remember=remember)


@mistake("train_step", "weights whose gradient is 0 are skipped")
def zero_gradients_skipped(*args: Any) -> Step:
    """You leave weights alone if their gradient is 0, such as the embeddings of tokens that aren't
    in the batch. But these weights decay, too, and their averages fade, so they also move."""

    def update(name: str, weight: Tensor, gradient: Tensor, *rest: Any) -> Any:
        after = adamw_step(weight, gradient, *rest)
        before = (weight, *rest[:2])
        pairs = zip(before, after, strict=True)
        return tuple(torch.where(gradient == 0, old, new) for old, new in pairs)

    return train_step_with(*args, update=update)


def reordered(*order: int) -> Callable[[Optimizer], list[Any]]:
    return lambda state: [state[SETTINGS[index]] for index in order]


@mistake("train_step", "beta1 and beta2 are swapped")
def betas_swapped(*args: Any) -> Step:
    """You pass beta2 where `adamw_step` expects beta1. The mean then forgets more slowly than the
    variance, although it should forget faster. Look at the order of the parameters."""
    return train_step_with(*args, settings=reordered(1, 0, 2, 3))


@mistake("train_step", "eps and weight_decay are swapped")
def eps_and_decay_swapped(*args: Any) -> Step:
    """You pass the weight decay where `adamw_step` expects eps. Something like 0.1 is then added to
    every root, so the steps become tiny. Look at the order of the parameters."""
    return train_step_with(*args, settings=reordered(0, 1, 3, 2))


def with_default(name: str, value: float) -> Callable[[Optimizer], list[Any]]:
    return lambda state: [{**state, name: value}[one] for one in SETTINGS]


@mistake("train_step", "beta2 is always 0.999")
def beta2_of_pytorch(*args: Any) -> Step:
    """You pass 0.999 as beta2, PyTorch's default, whatever the optimizer dict says. Take all
    settings from the dict."""
    return train_step_with(*args, settings=with_default("beta2", 0.999))


@mistake("train_step", "there is no weight decay")
def no_weight_decay(*args: Any) -> Step:
    """You pass 0 as the weight decay, or none at all. Take it from the optimizer dict, like the
    other settings."""
    return train_step_with(*args, settings=with_default("weight_decay", 0.0))


@mistake("train_step", "the old weights are returned")
def old_weights_returned(*args: Any) -> Step:
    """The weights that you return are the ones that you were given. `adamw_step` changes nothing;
    its first result is the new weight."""
    return train_step_with(
        *args, update=lambda name, weight, *rest: (weight, *adamw_step(weight, *rest)[1:])
    )


@mistake("train_step", "the gradients are those of the sum over the rows")
def gradients_of_the_sum(*args: Any) -> Step:
    """Your gradients are too large, by a factor of the number of rows: the rows' losses or
    gradients are added up, for example because you call `backward` for each row. AdamW hides most
    of that, but clipping doesn't. Take the gradients of the mean."""
    return train_step_with(*args, objective=lambda loss, batch: loss * len(batch))
