"""Right and different ways of stage 30."""

import math
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.nn.utils import clip_grad_norm_, parameters_to_vector
from torch.optim import AdamW

from grader.author.right_ways import right_way

Gradients = dict[str, Tensor]
Step = tuple[Tensor, Tensor, Tensor]


@right_way("clip_gradients")
def by_torch_itself(gradients: Gradients, max_norm: float) -> Gradients:
    """Copies as the gradients of parameters. Torch adds 1e-6 to the norm."""
    parameters = {name: Parameter(torch.zeros_like(one)) for name, one in gradients.items()}
    for name, parameter in parameters.items():
        parameter.grad = gradients[name].clone()
    clip_grad_norm_(parameters.values(), max_norm)
    return {name: one.grad for name, one in parameters.items() if one.grad is not None}


@right_way("clip_gradients")
def only_if_too_long(gradients: Gradients, max_norm: float) -> Gradients:
    """With a plain number, and the same dict if nothing is to do."""
    total = 0.0
    for gradient in gradients.values():
        total += (gradient**2).sum().item()
    norm = math.sqrt(total)
    if norm <= max_norm:
        return gradients
    return {name: gradient * (max_norm / norm) for name, gradient in gradients.items()}


@right_way("clip_gradients")
def as_one_long_vector(gradients: Gradients, max_norm: float) -> Gradients:
    norm = torch.linalg.vector_norm(parameters_to_vector(gradients.values()))
    return {name: one / torch.clamp(norm / max_norm, min=1) for name, one in gradients.items()}


@right_way("clip_gradients")
def norm_of_norms(gradients: Gradients, max_norm: float) -> Gradients:
    norms = torch.stack([torch.norm(one) for one in gradients.values()])
    norm = torch.norm(norms, p=2)
    scale = torch.where(norm > max_norm, max_norm / norm, torch.tensor(1.0))
    return {name: one.mul(scale) for name, one in gradients.items()}


@right_way("clip_gradients")
def with_a_small_number_added(gradients: Gradients, max_norm: float) -> Gradients:
    norm = sum(one.pow(2).sum() for one in gradients.values()) ** 0.5
    scale = min(1.0, max_norm / (float(norm) + 1e-6))
    return {name: scale * one for name, one in gradients.items()}


@right_way("clip_gradients")
def in_float64(gradients: Gradients, max_norm: float) -> Gradients:
    flat = torch.cat([one.double().flatten() for one in gradients.values()])
    norm = flat.dot(flat).sqrt().item()
    return {name: clipped(one, norm, max_norm) for name, one in gradients.items()}


def clipped(gradient: Tensor, norm: float, max_norm: float) -> Tensor:
    return gradient if norm < max_norm else gradient / norm * max_norm


@right_way("clip_gradients")
def copies_scaled_in_place(gradients: Gradients, max_norm: float) -> Gradients:
    copies = {name: one.detach().clone() for name, one in gradients.items()}
    norm = torch.hypot(torch.zeros(()), reduce(torch.hypot, [g.norm() for g in copies.values()]))
    if norm > max_norm:
        for one in copies.values():
            one.mul_(max_norm).div_(norm)
    return copies


@right_way("clip_gradients")
def by_torchs_list_functions(gradients: Gradients, max_norm: float) -> Gradients:
    values = list(gradients.values())
    norm = torch.stack(torch._foreach_norm(values)).norm()
    scaled = torch._foreach_mul(values, (max_norm / norm).clamp(max=1.0))
    return dict(zip(gradients.keys(), scaled, strict=True))


@right_way("learning_rate")
def one_branch_after_the_other(
    step: int, warmup: int, total: int, peak: float, floor: float
) -> float:
    """As nanoGPT does, but with steps counted from 1."""
    if step < warmup:
        return peak * (step / warmup)
    if step > total:
        return floor
    ratio = (step - warmup) / (total - warmup)
    coefficient = 0.5 * (1.0 + math.cos(math.pi * ratio))
    return floor + coefficient * (peak - floor)


@right_way("learning_rate")
def progress_cut_at_1(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    if warmup and step <= warmup:
        return step * peak / warmup
    progress = min(1.0, (step - warmup) / (total - warmup))
    return (peak + floor) / 2 + (peak - floor) / 2 * math.cos(math.pi * progress)


@right_way("learning_rate")
def by_a_squared_cosine(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Half of one plus the cosine is the square of the cosine of half the angle."""
    if step <= warmup:
        return step / warmup * peak
    angle = math.pi / 2 * min(step - warmup, total - warmup) / (total - warmup)
    share = math.cos(angle) ** 2
    return share * peak + (1 - share) * floor


@right_way("learning_rate")
def by_tensors(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """In float32, which is a little less exact."""
    rising = torch.tensor(step / max(warmup, 1))
    progress = torch.tensor((step - warmup) / (total - warmup)).clamp(0, 1)
    falling = floor + (peak - floor) * 0.5 * (1 + torch.cos(torch.pi * progress))
    return (peak * rising if step <= warmup else falling).item()


@right_way("learning_rate")
def by_torchs_schedulers(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    """Run the schedule from its first step."""
    optimizer = torch.optim.SGD([Parameter(torch.zeros(1))], lr=peak)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda before: share_of_peak(before + 1, warmup, total, floor / peak),
    )
    optimizer.step()
    for _ in range(min(step, 2 * total, 200) - 1):
        schedule.step()
    if step > 200:
        return peak * share_of_peak(step, warmup, total, floor / peak)
    return float(schedule.get_last_lr()[0])


def share_of_peak(step: int, warmup: int, total: int, lowest: float) -> float:
    if step <= warmup:
        return step / warmup
    progress = min((step - warmup) / (total - warmup), 1)
    return lowest + (1 - lowest) * (1 + math.cos(math.pi * progress)) / 2


@right_way("learning_rate")
def by_the_remaining_steps(step: int, warmup: int, total: int, peak: float, floor: float) -> float:
    if step <= warmup:
        return peak - peak * (warmup - step) / warmup
    left = max(total - step, 0) / (total - warmup)  # from 1 to 0
    return floor + (peak - floor) * (1 - math.cos(math.pi * left)) / 2


@right_way("adamw_step")
def by_torchs_optimizer(
    weight: Tensor,
    gradient: Tensor,
    mean: Tensor,
    variance: Tensor,
    step: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> Step:
    """With the averages in its state."""
    parameter = Parameter(weight.clone())
    parameter.grad = gradient.clone()
    optimizer = AdamW([parameter], lr, (beta1, beta2), eps, weight_decay)
    state = {"exp_avg": mean.clone(), "exp_avg_sq": variance.clone()}
    done = torch.tensor(float(step - 1), device="cpu")
    optimizer.state[parameter] = {"step": done, **state}
    optimizer.step()
    return parameter.detach(), state["exp_avg"], state["exp_avg_sq"]


@right_way("adamw_step")
def as_the_paper_has_it(
    theta: Tensor,
    g: Tensor,
    m: Tensor,
    v: Tensor,
    t: int,
    alpha: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    decay: float,
) -> Step:
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - math.pow(beta1, t))
    v_hat = v / (1 - math.pow(beta2, t))
    return theta - alpha * (m_hat / (torch.sqrt(v_hat) + epsilon) + decay * theta), m, v


@right_way("adamw_step")
def copies_changed_in_place(*args: Any) -> Step:
    """As torch's optimizer works, but on copies."""
    weight, gradient, mean, variance, step, lr, beta1, beta2, eps, weight_decay = args
    weight, mean, variance = weight.clone(), mean.clone(), variance.clone()
    weight.mul_(1 - lr * weight_decay)
    mean.lerp_(gradient, 1 - beta1)
    variance.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    first, second = 1 - beta1**step, 1 - beta2**step
    denominator = (variance.sqrt() / second**0.5).add_(eps)
    weight.addcdiv_(mean, denominator, value=-lr / first)
    return weight, mean, variance


@right_way("adamw_step")
def without_in_place_changes(*args: Any) -> Step:
    weight, gradient, mean, variance, step, lr, beta1, beta2, eps, weight_decay = args
    mean = torch.lerp(gradient, mean, beta1)
    variance = torch.lerp(gradient * gradient, variance, beta2)
    step_size = lr * math.sqrt(1 - beta2**step) / (1 - beta1**step)
    scaled_eps = eps * math.sqrt(1 - beta2**step)
    update = step_size * mean / (variance.sqrt() + scaled_eps)
    return weight - update - lr * weight_decay * weight, mean, variance


@right_way("adamw_step")
def by_moving_toward(*args: Any) -> Step:
    """An average moves toward the new value by its share of the way."""
    weight, gradient, mean, variance, step, lr, beta1, beta2, eps, weight_decay = args
    new_mean = mean + (1 - beta1) * (gradient - mean)
    new_variance = variance - (1 - beta2) * (variance - gradient.pow(2))
    seen = [1 - beta**step for beta in (beta1, beta2)]
    root = torch.pow(new_variance / seen[1], 0.5)
    change = -lr * weight_decay * weight
    change = change - lr * (new_mean / seen[0]) / (root + eps)
    return weight + change, new_mean, new_variance


@right_way("adamw_step")
def all_in_float64(*args: Any) -> Step:
    weight, gradient, mean, variance, step, lr, beta1, beta2, eps, weight_decay = args
    w, g, m, v = (one.double() for one in (weight, gradient, mean, variance))
    m = m * beta1 + g * (1 - beta1)
    v = v * beta2 + g * g * (1 - beta2)
    w = w * (1 - lr * weight_decay)
    w = w - lr * (m / (1 - beta1**step)) / ((v / (1 - beta2**step)).sqrt() + eps)
    return w.float(), m.float(), v.float()


@right_way("adamw_step")
def with_the_corrections_as_sums(*args: Any) -> Step:
    """What the weights of all gradients so far add up to."""
    weight, gradient, mean, variance, step, lr, beta1, beta2, eps, weight_decay = args
    mean = torch.add(mean * beta1, gradient, alpha=1 - beta1)
    variance = torch.addcmul(variance * beta2, gradient, gradient, value=1 - beta2)
    so_far1 = sum((1 - beta1) * beta1**before for before in range(step))
    so_far2 = sum((1 - beta2) * beta2**before for before in range(step))
    direction = torch.div(mean / so_far1, torch.sqrt(variance / so_far2) + eps)
    decay = weight.mul(lr * weight_decay)
    return torch.sub(weight - decay, direction, alpha=lr), mean, variance
