"""The sizes of a call's inputs in words: what the inputs of several stages have in common."""

from grader.language import tr


def listed(*facts: str) -> str:
    """Return some facts as a list in a sentence."""
    return tr(", ").join(facts)


def tokens(count: int) -> str:
    return tr("{count:,} tokens", count=count)


def characters(count: int) -> str:
    return tr("{count:,} characters", count=count)


def one_head(width: int) -> str:
    return tr("one head of width {width}", width=width)


def query_and_kv_heads(queries: int, kv: int) -> str:
    return tr("{queries} query and {kv} key/value heads", queries=queries, kv=kv)


def one_token_after(count: int) -> str:
    return tr("1 token after {count}", count=count)


def rows(matrix: str, count: int, width: int) -> str:
    return tr("{matrix}, {count:,} rows of {width:,}", matrix=matrix, count=count, width=width)
