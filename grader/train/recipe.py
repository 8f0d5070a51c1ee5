"""The settings of a training: how long, how fast, and with how many rows at a time."""

from dataclasses import asdict, dataclass, replace

STEPS, SEED = 900, 42
_PREDICTIONS = 2048  # in a step, at most
_EARLY = 4  # the warm-up is at most this part of all steps


@dataclass(frozen=True)
class Recipe:
    """What stages 30 and 31 are told, except for the weights and the text."""

    seed: int = SEED
    steps: int = STEPS
    batch: int = 64  # rows in each step
    warmup: int = 50
    peak: float = 6e-3
    floor: float = 2e-4
    beta1: float = 0.9
    beta2: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.1
    max_norm: float = 1.0

    def optimizer(self) -> dict[str, float]:
        """Return the settings that stage 31's optimizer dict holds."""
        names = ("beta1", "beta2", "eps", "weight_decay", "max_norm")
        return {name: asdict(self)[name] for name in names}


def recipe_for(seed: int, steps: int, rows: int, per_row: int) -> Recipe:
    """Return the recipe for a number of steps, and for so many rows with so many predictions."""
    usual = Recipe(seed, steps)
    warmup = min(usual.warmup, steps // _EARLY)
    return replace(usual, warmup=warmup, batch=min(usual.batch, rows, _PREDICTIONS // per_row))
