"""The graded suite of stage 7."""

import json
import math
from unittest.mock import patch

import torch

from grader.llama3_8b import PARAMS as LLAMA_3_8B
from grader.suite import Tolerance, fails, grades, is_mapped, require, same, same_each
from grader.suite.shared_inputs import random_weights, small_params

# Three layers, so that a layer other than the first can be wrong; a file of 30 kB.
TINY = small_params(dim=12, n_heads=3, n_kv_heads=1, vocab_size=20, multiple_of=5)
EXACT = Tolerance(0.0, 0.0)  # loading rounds nothing


def without(key):
    return {name: value for name, value in small_params().items() if name != key}


def small_models():
    return [
        (small_params(),),
        (small_params(dim=60, n_heads=10, n_kv_heads=5, multiple_of=16, ffn_dim_multiplier=1.3),),
        (small_params(dim=42, n_layers=5, n_kv_heads=1, vocab_size=99, multiple_of=7),),
    ]


def write_checkpoint(folder, params, weights):
    folder.mkdir()
    (folder / "params.json").write_text(json.dumps(params), encoding="utf-8")
    torch.save(weights, folder / "consolidated.00.pth")
    return str(folder)


def tiny_weights_of(rng, reference, dtype=torch.float32):
    return random_weights(rng, reference, TINY, dtype).args[0]


class CallsAFunction:
    """Calls a function while it is unpickled, as a harmful file would; here a square root."""

    def __reduce__(self):
        return math.sqrt, (4.0,)


@grades("ffn_hidden_dim", points=1)
def test_widths_of_published_models(yours, reference):
    llama_2_7b, llama_2_13b = (4096, 256, None), (5120, 256, None)
    llama_3_8b, llama_3_70b = (4096, 1024, 1.3), (8192, 4096, 1.3)
    calls = [llama_3_8b, llama_3_70b, llama_2_7b, llama_2_13b]
    same_each(yours.ffn_hidden_dim, reference.ffn_hidden_dim, calls)


@grades("ffn_hidden_dim", points=1, hidden=True)
def test_widths_of_any_model(yours, reference, rng):
    calls = [
        (rng.randrange(50, 5000), rng.choice((3, 16, 100)), rng.choice((None, 0.7, 1.3, 1.9)))
        for _ in range(40)
    ]
    calls.append((125, 16, 1.3))  # 432, or 448 if the fraction is dropped only at the end
    same_each(yours.ffn_hidden_dim, reference.ffn_hidden_dim, calls)


@grades("ffn_hidden_dim")
def test_made_an_int_twice(yours, reference, rng):
    calls = [(rng.randrange(50, 5000), 1, rng.choice((0.7, 1.3, 1.9))) for _ in range(40)]
    same_each(yours.ffn_hidden_dim, reference.ffn_hidden_dim, calls)


@grades("ffn_hidden_dim")
def test_a_multiple_stays_as_it_is(yours, reference):
    calls = [(96, 256, None), (24, 16, None), (120, 16, 1.5), (300, 50, 0.5), (6, 1, None)]
    same_each(yours.ffn_hidden_dim, reference.ffn_hidden_dim, calls)


@grades("expected_shapes", points=1)
def test_shapes_of_small_models(yours, reference):
    same_each(yours.expected_shapes, reference.expected_shapes, small_models())


@grades("expected_shapes", points=1)
def test_two_parameters_may_be_absent_or_null(yours, reference):
    calls = [
        (without("n_kv_heads"),),
        (without("ffn_dim_multiplier"),),
        (small_params(n_kv_heads=None),),
        (small_params(ffn_dim_multiplier=None),),
    ]
    same_each(yours.expected_shapes, reference.expected_shapes, calls)


@grades("expected_shapes")
def test_shapes_of_the_8b(yours, reference):
    same(yours.expected_shapes, reference.expected_shapes, LLAMA_3_8B)


@grades("expected_shapes")
def test_the_other_parameters_are_needed(yours):
    for key in ("dim", "n_layers", "n_heads", "vocab_size", "multiple_of"):
        fails(yours.expected_shapes, KeyError, key, without(key))


@grades("parameter_count", points=1)
def test_counts_of_small_models(yours, reference):
    calls = [*small_models(), (without("n_kv_heads"),), (without("ffn_dim_multiplier"),)]
    # More than a float32 can count: 175,718,550.
    calls.append((small_params(dim=1050, n_layers=17, n_kv_heads=1, vocab_size=19_993),))
    same_each(yours.parameter_count, reference.parameter_count, calls)


@grades("parameter_count")
def test_the_8b_has_8030261248_parameters(yours):
    count = yours.parameter_count(LLAMA_3_8B)
    require(
        isinstance(count, int) and count == 8_030_261_248,
        "parameter_count(the params of Llama 3 8B)\nexpected 8030261248, got {count}",
        count=count,
    )


@grades("load_checkpoint", points=1)
def test_params_and_weights_as_in_the_files(yours, reference, rng, folder):
    calls = [(write_checkpoint(folder / "model", TINY, tiny_weights_of(rng, reference)),)]
    fewer = {**TINY}  # both keys may be absent
    del fewer["n_kv_heads"], fewer["ffn_dim_multiplier"]
    weights = random_weights(rng, reference, fewer).args[0]
    calls.append((write_checkpoint(folder / "other", fewer, weights),))
    same_each(yours.load_checkpoint, reference.load_checkpoint, calls, tolerance=EXACT)


@grades("load_checkpoint", points=1)
def test_bfloat16_stays_bfloat16(yours, reference, rng, folder):
    weights = tiny_weights_of(rng, reference, torch.bfloat16)
    path = write_checkpoint(folder / "model", TINY, weights)
    same(yours.load_checkpoint, reference.load_checkpoint, path, tolerance=EXACT)


@grades("load_checkpoint")
def test_extra_keys_do_no_harm(yours, reference, rng, folder):
    weights = tiny_weights_of(rng, reference)
    more = {**weights, "rope.freqs": rng.normal(2)}
    path = write_checkpoint(folder / "model", {**TINY, "use_scaled_rope": True}, more)
    params, loaded = yours.load_checkpoint(path)
    got = {name: params.get(name) for name in TINY}
    require(got == TINY, "expected the params {expected}, got {got}", expected=TINY, got=got)
    for name, weight in weights.items():
        there = name in loaded and loaded[name].dtype == weight.dtype
        require(
            there and torch.equal(loaded[name], weight),
            "{name} is not what the file holds",
            name=name,
        )


@grades("load_checkpoint")
def test_a_checkpoint_saved_on_a_gpu_loads_on_the_cpu(yours, reference, rng, folder):
    weights = tiny_weights_of(rng, reference)
    with patch("torch.serialization.location_tag", lambda storage: "cuda:63"):
        path = write_checkpoint(folder / "model", TINY, weights)
    same(yours.load_checkpoint, reference.load_checkpoint, path, tolerance=EXACT)


@grades("load_checkpoint")
def test_the_file_is_mapped_and_not_read(yours, reference, rng, folder):
    path = write_checkpoint(folder / "model", TINY, tiny_weights_of(rng, reference))
    require(
        is_mapped(yours.load_checkpoint, path, "consolidated.00.pth"),
        "the weights aren't mapped from the file; copied into memory, those of the 8B take 16 GB\n"
        "torch.load can map a file, so that only what is used is read. Copy nothing afterwards.",
    )


@grades("load_checkpoint")
def test_a_missing_file_is_named(yours, folder):
    for name in ("consolidated.00.pth", "params.json"):
        path = write_checkpoint(folder / f"without_{name}", TINY, {})
        (folder / f"without_{name}" / name).unlink()
        fails(yours.load_checkpoint, FileNotFoundError, name, path)


@grades("load_checkpoint")
def test_a_missing_parameter_is_named(yours, reference, rng, folder):
    params = {name: value for name, value in TINY.items() if name != "multiple_of"}
    path = write_checkpoint(folder / "model", params, tiny_weights_of(rng, reference))
    fails(yours.load_checkpoint, KeyError, "multiple_of", path)


@grades("load_checkpoint")
def test_a_missing_weight_is_named(yours, reference, rng, folder):
    whole = {**tiny_weights_of(rng, reference), "rope.freqs": rng.normal(2)}
    for name in ("layers.0.ffn_norm.weight", "layers.2.attention.wv.weight", "output.weight"):
        weights = {other: weight for other, weight in whole.items() if other != name}
        path = write_checkpoint(folder / f"without_{name}", TINY, weights)
        fails(yours.load_checkpoint, KeyError, name, path)


@grades("load_checkpoint")
def test_a_wrong_shape_is_named(yours, reference, rng, folder):
    whole = {**tiny_weights_of(rng, reference), "rope.freqs": rng.normal(2)}
    changes = [
        ("layers.0.feed_forward.w2.weight", lambda weight: weight[:, 1:]),
        ("layers.0.feed_forward.w2.weight", lambda weight: weight.T),
        ("layers.1.attention.wk.weight", lambda weight: weight[1:]),
        ("layers.2.attention.wq.weight", lambda weight: weight[None]),
        ("layers.2.ffn_norm.weight", lambda weight: weight[:1]),
        ("norm.weight", lambda weight: weight[:, None]),
        ("tok_embeddings.weight", lambda weight: weight[1:]),
        ("output.weight", lambda weight: weight.T),
    ]
    for number, (name, change) in enumerate(changes):
        weights = {**whole, name: change(whole[name]).clone()}
        path = write_checkpoint(folder / str(number), TINY, weights)
        fails(yours.load_checkpoint, ValueError, name, path)


@grades("load_checkpoint")
def test_no_function_in_the_file_is_called(yours, reference, rng, folder):
    weights = {**tiny_weights_of(rng, reference), "greeting": CallsAFunction()}
    path = write_checkpoint(folder / "model", TINY, weights)
    fails(yours.load_checkpoint, Exception, "math.sqrt", path)
