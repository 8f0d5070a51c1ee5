"""The seed of a run's random inputs."""

import secrets
from collections.abc import Sequence
from hashlib import blake2b

from grader.errors import UsageError

BITS = 128  # of the longest seed
_BYTES = BITS // 8


def fresh_seed(wanted: int | None, recorded: Sequence[int] = ()) -> int:
    """Return the seed that was asked for, else one from 0 to 999,999 that nobody can foresee: short
    enough to type, for learners, from whom nothing is hidden.

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
    return _usable(wanted)


def secret_seed(wanted: int | None) -> int:
    """Return the seed that was asked for, else one of 128 bits: code that is graded sees the inputs
    of visible tests, and could find a short one by trying them all.

    Raises:
        UsageError: when the given number isn't a valid seed.
    """
    return secrets.randbits(BITS) if wanted is None else _usable(wanted)


def _usable(seed: int) -> int:
    if not 0 <= seed < 2**BITS:
        raise UsageError(f"--seed {seed}: choose one from 0 to 2**{BITS} - 1")
    return seed


def derived_seed(seed: int, name: str) -> int:
    """Return a seed of 128 bits for something with a name; who knows it can't work back to `seed`,
    and so not to those of other names."""
    key = seed.to_bytes(_BYTES, "big")
    return int.from_bytes(blake2b(name.encode(), digest_size=_BYTES, key=key).digest(), "big")
