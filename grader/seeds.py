"""The seed of a run's random inputs."""

import secrets


def fresh_seed(wanted: int | None) -> int:
    """Give the seed that was asked for, else one that nobody can foresee."""
    return secrets.randbelow(10**6) if wanted is None else wanted
