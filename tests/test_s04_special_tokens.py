"""The graded suite of stage 4."""

from grader.calls.describe import shorten
from grader.suite import grades, require, same, same_each


@grades("special_token_ids", points=1)
def test_vocabulary_of_llama_3(yours, reference):
    same(yours.special_token_ids, reference.special_token_ids, 128000)


@grades("special_token_ids", points=1, hidden=True)
def test_vocabularies_of_other_sizes(yours, reference, rng):
    sizes = [256, 512, rng.randint(1000, 100_000)]
    calls = [(size,) for size in sizes]
    same_each(yours.special_token_ids, reference.special_token_ids, calls)


@grades("special_token_ids")
def test_256_ids_without_gaps(yours, rng):
    size = rng.randint(1000, 100_000)
    ids = yours.special_token_ids(size)
    plain = isinstance(ids, dict) and all(type(number) is int for number in ids.values())
    require(plain, "expected a dict from name to id, got {got}", got=shorten(repr(ids)))
    wanted = set(range(size, size + 256))
    missing, extra = sorted(wanted - set(ids.values())), sorted(set(ids.values()) - wanted)
    require(
        not missing,
        "{count} of 256 ids have no name: {missing}",
        count=len(missing),
        missing=shorten(str(missing)),
    )
    require(
        not extra,
        "{count} ids are outside of {first} to {last}: {extra}",
        count=len(extra),
        first=size,
        last=size + 255,
        extra=shorten(str(extra)),
    )
