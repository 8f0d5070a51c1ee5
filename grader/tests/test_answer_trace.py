"""`grader answer --trace`: where a learner's run departs from the reference."""

import pytest

from grader.tests.clone import Clone, clone_into


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A learner who has solved everything."""
    clone = clone_into(tmp_path_factory.mktemp("clone"))
    clone.solve()
    return clone


def traced(
    clone: Clone, stage: str = "", old: str = "", new: str = "", checkpoint: str = "trained"
) -> str:
    """Return the trace's line after replacing some text in a stage."""
    path = clone.root / f"exercises/{stage}.py"
    text = path.read_text(encoding="utf-8") if stage else ""
    if stage:
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    try:
        folder = f"tiny_weights/{checkpoint}"
        done = clone.run("answer", "--strict", "--trace", "--checkpoint", folder)
        return next(line for line in done.stdout.splitlines() if line.startswith("Trace"))
    finally:
        if stage:
            path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("checkpoint", ["trained", "random_mqa"])
def test_right_code_agrees(clone: Clone, checkpoint: str) -> None:
    assert "agree with the reference" in traced(clone, checkpoint=checkpoint)


def test_another_order_of_rounding_is_rounding(clone: Clone) -> None:
    words = traced(clone, "s13_attention_scores", "q @ k.T", "(q * 3.0) @ (k / 3.0).T")
    assert "which is rounding" in words


@pytest.mark.parametrize(
    ("stage", "old", "new", "words"),
    [
        ("s16_feed_forward", "(gate * up)", "(gate + up)", "layer 1, s16_feed_forward"),
        ("s09_rms_norm", "mean_square + eps", "mean_square + 2", "layer 1, s09_rms_norm"),
        ("s15_grouped_query_attention", "// group_size", "% n_kv_heads", "kv_head_index: it gives"),
        ("s17_transformer_block", "layers.{layer}", "layers.{min(layer, 2)}", "layer 4, s17_trans"),
        ("s18_transformer", 'range(params["n_layers"])', "range(3)", "in s18_transformer, trans"),
        ("s08_embedding", "return ", "return 2 * ", "in s08_embedding, embed"),
        ("s19_next_token", "hidden[-1]", "hidden[0]", "in s19_next_token, next_token_logits"),
    ],
)
def test_the_layer_and_the_stage_are_named(
    clone: Clone, stage: str, old: str, new: str, words: str
) -> None:
    assert words in traced(clone, stage, old, new)


def test_a_wrong_shape_is_reported_even_when_the_model_stops(clone: Clone) -> None:
    words = traced(clone, "s12_heads", "x @ head_weight.T", "head_weight @ x.T")
    assert "layer 1, s12_heads, project: it gives [10, 17], the reference [17, 10]" in words


def test_the_reference_alone_has_nothing_to_trace(clone: Clone) -> None:
    done = clone.run("answer", "--target", "solutions", "--trace")
    assert "none of your functions were called" in done.stdout
