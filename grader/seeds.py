"""Seeds of a run's random inputs."""

import secrets
from collections.abc import Sequence
from hashlib import blake2b

from grader.errors import UsageError
from grader.language import in_a_row, tr

BITS = 128  # of the largest seed
_BYTES = BITS // 8


def fresh_seed(wanted: int | None, recorded: Sequence[int] = ()) -> int:
    """Return the wanted seed, or a new one for a learner: unpredictable, and short enough to type.

    A new one is from 0 to 999,999, or one of the recorded ones.

    Args:
        recorded: the only seeds with recorded answers; empty if any seed will do.

    Raises:
        UsageError: if the wanted seed is out of range or has no recorded answers.
    """
    if wanted is not None and recorded and wanted not in recorded:
        known = in_a_row(map(str, recorded))
        words = tr(
            "--seed {seed}: this handout only has the seeds {known}", seed=wanted, known=known
        )
        raise UsageError(words)
    if wanted is None:
        return secrets.choice(recorded) if recorded else secrets.randbelow(10**6)
    return _usable(wanted)


def secret_seed(wanted: int | None) -> int:
    """Return the wanted seed, or a new one of 128 bits for untrusted code.

    Code under test sees the inputs of visible tests, so it could find a short seed by brute force.

    Raises:
        UsageError: if the wanted seed is out of range.
    """
    return secrets.randbits(BITS) if wanted is None else _usable(wanted)


def _usable(seed: int) -> int:
    if not 0 <= seed < 2**BITS:
        words = tr("--seed {seed}: choose a number from 0 to 2**{bits} - 1", seed=seed, bits=BITS)
        raise UsageError(words)
    return seed


def derived_seed(seed: int, name: str) -> int:
    """Return a seed of 128 bits for one name.

    Knowing it doesn't reveal `seed`, and so not the seeds of other names.
    """
    key = seed.to_bytes(_BYTES, "big")
    return int.from_bytes(blake2b(name.encode(), digest_size=_BYTES, key=key).digest(), "big")
