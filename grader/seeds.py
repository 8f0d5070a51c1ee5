"""The seed of a run's random inputs."""

import secrets
from collections.abc import Sequence

from grader.errors import UsageError


def fresh_seed(wanted: int | None, recorded: Sequence[int] = ()) -> int:
    """Return the seed that was asked for, else one from 0 to 999,999 that nobody can foresee.

    Args:
        recorded: the only seeds that there are answers for; empty when there are for all.

    Raises:
        UsageError: when another one is wanted.
    """
    if wanted is not None and recorded and wanted not in recorded:
        known = ", ".join(map(str, recorded))
        raise UsageError(f"--seed {wanted}: the seeds of this handout are {known}")
    if wanted is None:
        return secrets.choice(recorded) if recorded else secrets.randbelow(10**6)
    return wanted
