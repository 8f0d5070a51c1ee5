"""The numbers of lesson 32."""

from collections.abc import Sequence
from functools import cache
from types import SimpleNamespace

import torch
from torch import Tensor

from benchmarks.figures import figures
from benchmarks.figures.trained_tiny_model import checkpoint, encoded, hidden_after, piece
from grader.answer.answer import PROMPT
from grader.llama3_8b import PARAMS
from grader.suite.rng import Rng
from grader.train import lora_recipe
from solutions import s30_adamw, s31_training
from solutions.s07_checkpoint import expected_shapes, parameter_count
from solutions.s18_transformer import transformer
from solutions.s32_lora import lora_linear, merge_lora
from tiny_weights.corpus import facts
from tiny_weights.prompts import CONTRASTING
from tiny_weights.train import END_OF_TEXT

RANK = 8
DIM = PARAMS["dim"]

X = torch.tensor([[1.0, 2, -1]])
WEIGHT = torch.tensor([[1.0, 0, 1], [2, 1, 0]])
A = torch.tensor([[1.0, 0, 2], [0, 1, 1]])
B = torch.tensor([[2.0, 1], [0, 3]])
ALPHA = 3


def in_small_matrices(shape: tuple[int, ...], rank: int = RANK) -> int:
    """Return how many numbers `a` and `b` of a weight have."""
    return rank * sum(shape)


def matrices_of_a_layer() -> list[tuple[int, ...]]:
    shapes = expected_shapes(PARAMS).items()
    return [one for name, one in shapes if name.startswith("layers.0.") and len(one) == 2]


def in_8b() -> int:
    """Return how many numbers the small matrices of all layers have."""
    return PARAMS["n_layers"] * sum(map(in_small_matrices, matrices_of_a_layer()))


@figures("4096", "8", "16,777,216", "65,536", "256")
def small_matrices_of_wq() -> Sequence[float]:
    whole, small = DIM * DIM, in_small_matrices((DIM, DIM))
    return DIM, RANK, whole, small, whole / small


@figures("7", "20,971,520", "8,030,261,248", "0.26", "64.2", "0.17", "42")
def small_matrices_of_the_8b() -> Sequence[float]:
    """Return counts, gigabytes of AdamW's two averages, and megabytes of a file in bfloat16."""
    of_layer, whole, small = len(matrices_of_a_layer()), parameter_count(PARAMS), in_8b()
    averages = 2 * torch.float32.itemsize
    megabytes = torch.bfloat16.itemsize * small / 1e6
    share = 100 * small / whole
    return of_layer, small, whole, share, averages * whole / 1e9, averages * small / 1e9, megabytes


def vector_after(prompt: str) -> Tensor:
    """Return the vector that becomes the next token's logits, `[D]`."""
    return hidden_after(encoded(prompt))[-1]


@cache
def by_hand(alpha: float) -> tuple[float, float, int, int]:
    """Return the chances of 42 and 43 in percent with the output matrix changed by one row and
    one column, how many contrasting prompts stay right, and how many numbers the two have."""
    weight, last = checkpoint()[1]["output.weight"], vector_after(PROMPT)
    old, new = encoded("42")[-1], encoded("43")[-1]
    a = (last / last.square().sum())[None]
    b = torch.zeros(len(weight), 1)
    b[new], b[old] = 1, -1
    changed = merge_lora(weight, a, b, alpha)
    chances = 100 * (changed @ last).softmax(-1)
    guesses = [piece(int((changed @ vector_after(prompt)).argmax())) for prompt, _ in CONTRASTING]
    right = sum(guess == answer for guess, (_, answer) in zip(guesses, CONTRASTING, strict=True))
    return chances[old].item(), chances[new].item(), right, a.numel() + b.numel()


@figures("768", "60", "828", "99.0", "0.002", "97.7", "41", "10", "40", "35", "42", "43")
def one_row_and_one_column() -> Sequence[float]:
    (before, little, _, count), (_, after, right, _) = by_hand(0.0), by_hand(10.0)
    assert right == len(CONTRASTING)
    rows, columns = checkpoint()[1]["output.weight"].shape
    answers = int(piece(encoded("42")[-1])), int(piece(encoded("43")[-1]))
    chances = before, little, after
    return rows, columns, count, *chances, right, 10, 40, by_hand(40.0)[2], *answers


@figures("3", "2", "1.5")
def scale_by_hand() -> Sequence[float]:
    return ALPHA, len(A), ALPHA / len(A)


@figures("1", "2", "-1", "0")
def numbers_by_hand() -> Sequence[float]:
    return *X.flatten().tolist(), 0


@figures("0", "4", "-1", "1", "-1", "3", "-1.5", "4.5", "-1.5", "8.5")
def linear_by_hand() -> Sequence[float]:
    small = X @ A.T
    learned = small @ B.T
    frozen, scaled, result = X @ WEIGHT.T, ALPHA / len(A) * learned, lora_linear(X, WEIGHT, A, B, 3)
    return [float(one) for part in (frozen, small, learned, scaled, result) for one in part[0]]


@figures("2", "1", "5", "0", "3", "3", "4", "1.5", "8.5", "2", "5.5", "4.5")
def merged_by_hand() -> Sequence[float]:
    merged = merge_lora(WEIGHT, A, B, ALPHA)
    assert torch.equal(X @ merged.T, lora_linear(X, WEIGHT, A, B, ALPHA))
    return *(B @ A).flatten().tolist(), *merged.flatten().tolist()


def count_right(weights: dict[str, Tensor], answers: dict[str, str]) -> int:
    """Return how many questions the tiny model answers as it should with these weights."""
    prompts = [encoded(prompt) for prompt in answers]
    last = torch.tensor([len(prompt) - 1 for prompt in prompts])

    def guesses(row: Tensor) -> Tensor:
        hidden = transformer(row, weights, checkpoint()[0])
        return (hidden @ weights["output.weight"].T).argmax(-1)

    best = torch.vmap(guesses)(padded(prompts))[torch.arange(len(prompts)), last].tolist()
    return sum(piece(one) == answer for one, answer in zip(best, answers.values(), strict=True))


def padded(rows: list[list[int]]) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([row + [END_OF_TEXT] * (longest - len(row)) for row in rows])


@figures("7", "1,056", leeway=0.5)
def two_matrices_of_noise() -> Sequence[float]:
    """Return how many questions are answered right if `b` begins with noise, too."""
    params, weights = checkpoint()
    rng, small = Rng(0, "noise"), {}
    names = lora_recipe.adapted(params)
    for name in names:
        rows, columns = weights[name].shape
        small[f"{name}.a"], small[f"{name}.b"] = rng.weight(1, columns), rng.weight(rows, 1)
    functions = SimpleNamespace(merge_lora=merge_lora)
    disturbed = lora_recipe.merged(functions, weights, small, names)
    return count_right(disturbed, facts()), len(facts())


@cache
def taught(with_others: bool) -> tuple[int, int]:
    """Teach the tiny model 43 as `grader train --lora` does; return how many questions are right,
    and how many numbers were trained."""
    params, weights = checkpoint()
    answers = {**facts(), PROMPT: "43"}
    lines = [prompt + answer for prompt, answer in answers.items()]
    rows = padded([[*encoded(line), END_OF_TEXT] for line in lines])
    where = list(answers).index(PROMPT)
    others = torch.cat([rows[:where], rows[where + 1 :]]) if with_others else rows[where][None]
    functions = SimpleNamespace(**vars(s30_adamw), batch_loss=s31_training.batch_loss)
    functions.merge_lora = merge_lora
    *_, last = lora_recipe.teach(functions, params, weights, others, rows[where], 42)
    return count_right(last.weights, answers), last.adapters


@figures("12", "2,448", "234,780", "1.04")
def what_train_lora_trains() -> Sequence[float]:
    params, weights = checkpoint()
    names = lora_recipe.adapted(params)
    count = sum(in_small_matrices(weights[name].shape, lora_recipe.RANK) for name in names)
    whole = parameter_count(params)
    return len(names), count, whole, 100 * count / whole


@figures("16", "4", "12", "100")
def batches_of_train_lora() -> Sequence[float]:
    new, old = lora_recipe.NEW_ROWS, lora_recipe.OLD_ROWS
    return new + old, new, old, lora_recipe.STEPS


@figures("1,056", leeway=0.02)
def right_with_the_others() -> Sequence[float]:
    return [taught(True)[0]]


@figures("131", leeway=0.5)
def right_without_the_others() -> Sequence[float]:
    return [taught(False)[0]]
