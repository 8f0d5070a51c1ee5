"""The model and the tokenizer, compared with Hugging Face's transformers on converted weights."""

import json
import os
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor

from grader import llama3_8b
from grader.kata import Kata
from grader.suite.rng import Rng
from grader.suite.yours_and_reference import Reference

os.environ["HF_HUB_OFFLINE"] = "1"  # nothing here needs the network

FOLDERS = ("trained", "random_gqa", "random_mha", "random_mqa")
LIMIT = 1e-5  # relative L2 error in float32

THEIR_NAMES = {
    "attention.wq": "self_attn.q_proj",
    "attention.wk": "self_attn.k_proj",
    "attention.wv": "self_attn.v_proj",
    "attention.wo": "self_attn.o_proj",
    "feed_forward.w1": "mlp.gate_proj",
    "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj",
    "attention_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "tok_embeddings": "model.embed_tokens",
    "norm": "model.norm",
    "output": "lm_head",
}


@dataclass(frozen=True)
class Pair:
    """A checkpoint in two forms: the reference's, and Hugging Face's model."""

    params: dict[str, Any]
    weights: dict[str, Tensor]
    model: Any


@pytest.fixture(scope="module")
def transformers() -> Any:
    """The library, where it is installed."""
    return pytest.importorskip("transformers", reason="transformers is not installed")


@pytest.fixture(scope="module", params=FOLDERS)
def pair(
    request: pytest.FixtureRequest, kata: Kata, reference: Reference, transformers: Any
) -> Pair:
    """Each tiny checkpoint in float32."""
    folder = kata.tiny_weights / request.param
    params = json.loads((folder / "params.json").read_text(encoding="utf-8"))
    loaded = torch.load(folder / "consolidated.00.pth", weights_only=True)
    weights = {name: tensor.float() for name, tensor in loaded.items()}
    model = transformers.LlamaForCausalLM(config_of(params, reference, transformers)).eval()
    model.load_state_dict(converted(weights, params), strict=True)
    return Pair(params, weights, model)


def config_of(params: dict[str, Any], reference: Reference, transformers: Any) -> Any:
    """Return Hugging Face's configuration for the parameters in `params.json`."""
    return transformers.LlamaConfig(
        vocab_size=params["vocab_size"],
        hidden_size=params["dim"],
        intermediate_size=reference.ffn_hidden_dim(
            params["dim"], params["multiple_of"], params.get("ffn_dim_multiplier")
        ),
        num_hidden_layers=params["n_layers"],
        num_attention_heads=params["n_heads"],
        num_key_value_heads=params.get("n_kv_heads") or params["n_heads"],
        rms_norm_eps=params["norm_eps"],
        rope_theta=params["rope_theta"],
        tie_word_embeddings=False,
        attention_bias=False,
        attn_implementation="eager",
    )


def converted(weights: dict[str, Tensor], params: dict[str, Any]) -> dict[str, Tensor]:
    """Return the weights under Hugging Face's names, with its row order in queries and keys."""
    head_dim = params["dim"] // params["n_heads"]
    state = {}
    for name, tensor in weights.items():
        *layer, part = name.removesuffix(".weight").split(".", 2)
        if not layer:
            state[f"{THEIR_NAMES[part]}.weight"] = tensor
            continue
        if part in ("attention.wq", "attention.wk"):
            tensor = pairs_to_halves(tensor, head_dim)
        state[f"model.{'.'.join(layer)}.{THEIR_NAMES[part]}.weight"] = tensor
    return state


def pairs_to_halves(weight: Tensor, head_dim: int) -> Tensor:
    """Reorder the rows of each head: Meta pairs rows 2i and 2i + 1, Hugging Face i and i + d/2."""
    heads = weight.view(-1, head_dim, weight.shape[-1])  # [n, d, D]
    return torch.cat([heads[:, 0::2], heads[:, 1::2]], dim=1).reshape(weight.shape)


def near(got: Tensor, expected: Tensor) -> None:
    """Assert that the relative L2 error is within the limit."""
    assert got.shape == expected.shape
    error = float((got.double() - expected.double()).norm() / expected.double().norm())
    assert error <= LIMIT


def prompts_for(params: dict[str, Any]) -> list[Tensor]:
    """Return random tokens: one, a few, and more than any head has columns."""
    rng = Rng(0, "prompts")
    return [rng.tokens(count, params["vocab_size"]) for count in (1, 5, 40)]


def test_frequencies(pair: Pair, reference: Reference) -> None:
    params, theirs = pair.params, pair.model.model.rotary_emb.inv_freq
    ours = reference.rope_frequencies(params["dim"] // params["n_heads"], params["rope_theta"])
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=0.0)


def test_every_layer(pair: Pair, reference: Reference) -> None:
    params, weights = pair.params, pair.weights
    for tokens in prompts_for(params):
        with torch.no_grad():
            theirs = pair.model(tokens[None], output_hidden_states=True).hidden_states
        *before, final = [hidden[0] for hidden in theirs]  # the final norm is part of the last
        assert len(before) == params["n_layers"]
        x = reference.embed(tokens, weights["tok_embeddings.weight"])
        head_dim = params["dim"] // params["n_heads"]
        freqs_cis = reference.precompute_freqs_cis(head_dim, len(tokens), params["rope_theta"])
        for layer, expected in enumerate(before):
            near(x, expected)
            x = reference.transformer_block(x, weights, layer, freqs_cis, params)
        near(reference.rms_norm(x, weights["norm.weight"], params["norm_eps"]), final)
        near(reference.transformer(tokens, weights, params), final)


def test_logits_at_every_position(pair: Pair, reference: Reference) -> None:
    params, weights = pair.params, pair.weights
    for tokens in prompts_for(params):
        with torch.no_grad():
            theirs = pair.model(tokens[None]).logits[0]  # [T, V]
        hidden = reference.transformer(tokens, weights, params)
        prefixes = [hidden[: end + 1] for end in range(len(tokens))]
        output = weights["output.weight"]
        ours = [reference.next_token_logits(prefix, output) for prefix in prefixes]
        near(torch.stack(ours), theirs)
        assert reference.predict_next_token(tokens, weights, params) == int(theirs[-1].argmax())


WRITTEN = 12


def written_by(model: Any, tokens: Tensor, **options: Any) -> Any:
    """Return what Hugging Face's `generate` writes, the most likely token each time."""
    given = {"attention_mask": torch.ones_like(tokens[None]), "pad_token_id": 0, **options}
    return model.generate(
        tokens[None],
        max_new_tokens=WRITTEN,
        do_sample=False,
        use_cache=True,
        return_dict_in_generate=True,
        **given,
    )


def test_written_text(pair: Pair, reference: Reference) -> None:
    """The last cache covers everything but the last token in both."""
    params, weights = pair.params, pair.weights
    rest: tuple[Any, ...] = ([], 0.0, 1.0, 0)
    for tokens in prompts_for(params):
        theirs = written_by(pair.model, tokens, eos_token_id=None)
        items = reference.generate(tokens.tolist(), weights, params, None, WRITTEN, *rest)
        ours = [token for token, _ in items]
        assert ours == theirs.sequences[0, len(tokens) :].tolist()
        for (keys, values), layer in zip(items[-1][1], theirs.past_key_values.layers, strict=True):
            near(torch.cat([keys[..., 0::2], keys[..., 1::2]], dim=-1), layer.keys[0])
            near(values, layer.values[0])
        token, cache = items[4]  # going on from any item is the same text
        later = reference.generate([token], weights, params, cache, WRITTEN - 5, *rest)
        assert [token for token, _ in later] == ours[5:]


def test_either_stop_token(pair: Pair, reference: Reference) -> None:
    params, weights = pair.params, pair.weights
    for tokens in prompts_for(params):
        whole = written_by(pair.model, tokens, eos_token_id=None).sequences[0, len(tokens) :]
        missing = next(token for token in range(params["vocab_size"]) if token not in whole)
        for stops in ([int(whole[3]), missing], [missing, int(whole[7])], [int(whole[0])]):
            theirs = written_by(pair.model, tokens, eos_token_id=stops).sequences[0, len(tokens) :]
            ours = reference.generate(
                tokens.tolist(), weights, params, None, WRITTEN, stops, 0.0, 1.0, 0
            )
            assert theirs[-1] in stops
            assert [token for token, _ in ours] == theirs[:-1].tolist()


def test_the_8b_has_as_many_parameters(reference: Reference, transformers: Any) -> None:
    with torch.device("meta"):
        model = transformers.LlamaForCausalLM(config_of(llama3_8b.PARAMS, reference, transformers))
    expected = sum(parameter.numel() for parameter in model.parameters())
    assert reference.parameter_count(llama3_8b.PARAMS) == expected == 8_030_261_248


def test_the_tokenizer(
    kata: Kata, reference: Reference, transformers: Any, texts: list[str]
) -> None:
    """The library's converter has Llama 3's pattern, and its tokenizer isn't based on tiktoken."""
    path = kata.tiny_weights / "trained" / "tokenizer.model"
    convert = import_module("transformers.convert_slow_tokenizer")
    theirs = convert.TikTokenConverter(str(path)).converted()
    ranks = reference.parse_vocabulary(path.read_bytes())
    tokenizer = reference.build_tokenizer(ranks)
    for text in texts:
        spans = theirs.pre_tokenizer.pre_tokenize_str(text)
        chunks = reference.split_text(text)
        assert chunks == [text[start:end] for _, (start, end) in spans]
        tokens = theirs.encode(text).ids
        merged = [token for c in chunks for token in reference.bpe_encode(c.encode(), ranks)]
        assert merged == tokens
        assert reference.encode_prompt(tokenizer, text)[1:] == tokens
