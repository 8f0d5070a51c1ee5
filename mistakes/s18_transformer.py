"""The ways that stage 18 goes wrong."""

from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor

from grader.diagnosis import mistake, worked_out
from solutions.s08_embedding import embed
from solutions.s09_rms_norm import rms_norm
from solutions.s10_freqs_cis import precompute_freqs_cis
from solutions.s17_transformer_block import transformer_block
from solutions.s18_transformer import transformer

Weights = dict[str, Tensor]
Params = dict[str, Any]


def embedded(tokens: Tensor, weights: Weights) -> Tensor:
    return embed(tokens, weights["tok_embeddings.weight"])


def rotations(tokens: Tensor, params: Params) -> Tensor:
    head_dim = params["dim"] // params["n_heads"]
    return precompute_freqs_cis(head_dim, len(tokens), params["rope_theta"])


def normed(x: Tensor, weights: Weights, params: Params, name: str = "norm") -> Tensor:
    return rms_norm(x, weights[f"{name}.weight"], params["norm_eps"])


def through(x: Tensor, layers: Iterable[int], weights: Weights, params: Params) -> Tensor:
    """Run some layers, one on the result of the other."""
    for layer in layers:
        x = transformer_block(x, weights, layer, rotations(x, params), params)
    return x


@worked_out("transformer")
def transformer_with(
    tokens: Tensor,
    weights: Weights,
    params: Params,
    *,
    table: str = "tok_embeddings.weight",
    enter: Callable[..., Tensor] = lambda x, weights, params: x,
    layers: Callable[[int], Iterable[int]] = range,
    leave: Callable[..., Tensor] = normed,
) -> Tensor:
    """Do what the reference does, except for what is given by name."""
    x = enter(embed(tokens, weights[table]), weights, params)
    return leave(through(x, layers(params["n_layers"]), weights, params), weights, params)


def rotated_by(freqs_cis: Tensor, tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Run the whole model with some other rotations."""
    x = embedded(tokens, weights)
    for layer in range(params["n_layers"]):
        x = transformer_block(x, weights, layer, freqs_cis, params)
    return normed(x, weights, params)


@mistake("transformer", "the feed-forward weights are those of layer 0 in every layer")
def feed_forward_of_layer_0(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Attention uses the weights of each layer, the feed-forward always those of layer 0: a slip
    that a well-known walk-through has in its loop. `transformer_block` takes the number of the
    layer and finds all nine weights by itself."""
    changed = dict(weights)
    for layer in range(params["n_layers"]):
        for part in ("w1", "w2", "w3"):
            name = f"feed_forward.{part}.weight"
            changed[f"layers.{layer}.{name}"] = weights[f"layers.0.{name}"]
    return transformer(tokens, changed, params)


@mistake("transformer", "layer 0 runs again and again")
def layer_0_everywhere(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You run as many layers as there are, but each with the weights of layer 0. Pass on the number
    that your loop counts."""
    return transformer_with(tokens, weights, params, layers=lambda n: [0] * n)


@mistake("transformer", "every layer reads the embedding")
def not_fed_back(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Each of your layers starts from the embedding, and only the last one's result is kept. A
    layer reads what the layer before it has given: look at what you assign in the loop."""
    return transformer_with(tokens, weights, params, layers=lambda n: [n - 1])


@mistake("transformer", "only the first layer is run")
def only_the_first_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your result is that of a model with one layer. Is the `return` inside the loop, or the loop
    not there yet?"""
    return transformer_with(tokens, weights, params, layers=lambda n: [0])


@mistake("transformer", "the last layer is skipped")
def last_layer_skipped(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your loop ends one layer early. `range(n)` already stops before n, so nothing needs to be
    taken away."""
    return transformer_with(tokens, weights, params, layers=lambda n: range(n - 1))


@mistake("transformer", "the first layer is skipped")
def first_layer_skipped(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your loop starts at layer 1, so the first layer never runs. Meta's names count from 0: the
    last layer of the 8B is 31."""
    return transformer_with(tokens, weights, params, layers=lambda n: range(1, n))


@mistake("transformer", "the loop runs past the last layer")
def past_the_last_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your loop asks for a layer that is not there. Either it counts from 1, or it runs a fixed
    number of times: 32 is right for the 8B alone. Layers count from 0, and `n_layers` stands in
    `params`."""
    return transformer_with(tokens, weights, params, layers=lambda n: range(n + 1))


@mistake("transformer", "the layers run in the order of their names")
def layers_by_name(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You sort the layers by their names, and as text "10" comes before "2". Models of up to ten
    layers don't mind; the 8B has 32. Count with numbers."""

    def by_name(n: int) -> Iterable[int]:
        return map(int, sorted(map(str, range(n))))

    return transformer_with(tokens, weights, params, layers=by_name)


@mistake("transformer", "the layers run in the order of the dict")
def layers_in_the_order_of_the_dict(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You run the layers as they turn up among the names of the weights. No checkpoint promises
    an order of its names; the numbers in them are the order."""

    def as_they_turn_up(n: int) -> Iterable[int]:
        numbers = [name.split(".")[1] for name in weights if name.startswith("layers.")]
        return map(int, dict.fromkeys(numbers))

    return transformer_with(tokens, weights, params, layers=as_they_turn_up)


@mistake("transformer", "never more than 32 layers are run")
def at_most_32_layers(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You stop after 32 layers, as many as the 8B has. The 70B has 80, and `n_layers` in `params`
    says how many it is."""
    return transformer_with(tokens, weights, params, layers=lambda n: range(min(32, n)))


@mistake("transformer", "the final norm is missing")
def no_final_norm(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You give back the vectors as they leave the last layer. They have grown on the way, and the
    output matrix expects them at one size: one more norm, with the weight `norm.weight`."""
    return transformer_with(tokens, weights, params, leave=lambda x, weights, params: x)


@mistake("transformer", "the final norm uses the attention norm of layer 0")
def final_norm_of_first_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You normalise at the end with `layers.0.attention_norm.weight`. The final norm has a weight
    of its own, under a name without a layer."""

    def leave(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, params, "layers.0.attention_norm")

    return transformer_with(tokens, weights, params, leave=leave)


@mistake("transformer", "the final norm uses the last layer's ffn_norm")
def final_norm_of_last_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You normalise at the end with the `ffn_norm` of the last layer. The final norm has a weight
    of its own, under a name without a layer."""

    def leave(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, params, f"layers.{params['n_layers'] - 1}.ffn_norm")

    return transformer_with(tokens, weights, params, leave=leave)


@mistake("transformer", "the final norm is inside the loop")
def final_norm_in_every_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You apply the final norm after every layer, so each layer reads what the norm has cut to
    size. It comes once, after the loop: look at how far the line is indented."""
    x = embedded(tokens, weights)
    for layer in range(params["n_layers"]):
        x = normed(through(x, [layer], weights, params), weights, params)
    return x


@mistake("transformer", "the embedding is normed before the first layer")
def embedding_normed(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You normalise the embeddings and send the normed vectors into the first layer, which norms
    its own copy anyway. The residual stream starts from the embeddings as they are."""

    def enter(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, params, "layers.0.attention_norm")

    return transformer_with(tokens, weights, params, enter=enter)


@mistake("transformer", "the embedding is scaled by the root of the width")
def embedding_scaled(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You multiply the embeddings by the root of `dim`. The first transformer and Gemma do so;
    Llama takes the rows as they are."""
    return transformer_with(
        tokens, weights, params, enter=lambda x, _, params: x * params["dim"] ** 0.5
    )


@mistake("transformer", "the embedding comes from the output matrix")
def embedded_by_output(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You look the tokens up in `output.weight`. It has the same shape as `tok_embeddings.weight`,
    but in Llama 3 8B the two are different matrices; the output matrix comes in the next stage."""
    return transformer_with(tokens, weights, params, table="output.weight")


@mistake("transformer", "the head dim is worked out from n_kv_heads")
def head_dim_from_n_kv_heads(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You divide `dim` by `n_kv_heads` to get the width of a head, so there are more rotations than
    pairs to rotate. The width of a head is `dim` over the number of query heads; keys and values
    have fewer heads, not wider ones."""
    head_dim = params["dim"] // params["n_kv_heads"]
    freqs_cis = precompute_freqs_cis(head_dim, len(tokens), params["rope_theta"])
    return rotated_by(freqs_cis, tokens, weights, params)


@mistake("transformer", "the rotations are made for the model's width")
def rotations_for_dim(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You make rotations for `dim` entries. It is queries and keys that are rotated, head by head:
    what counts is the width of one head."""
    freqs_cis = precompute_freqs_cis(params["dim"], len(tokens), params["rope_theta"])
    return rotated_by(freqs_cis, tokens, weights, params)


@mistake("transformer", "the head dim is fixed at 128")
def head_dim_128(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You make rotations for heads 128 wide, as the 8B has them. Work the width out from `params`:
    this model has other heads."""
    freqs_cis = precompute_freqs_cis(128, len(tokens), params["rope_theta"])
    return rotated_by(freqs_cis, tokens, weights, params)


@mistake("transformer", "the rotations are made for 17 tokens")
def seventeen_positions(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You make rotations for 17 positions, the length of the one famous prompt. There must be as
    many as there are tokens."""
    head_dim = params["dim"] // params["n_heads"]
    freqs_cis = precompute_freqs_cis(head_dim, 17, params["rope_theta"])
    return rotated_by(freqs_cis, tokens, weights, params)


@mistake("transformer", "rope_theta is fixed at 10000")
def theta_10000(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your rotations have the base 10000, as in the first Llama. Llama 3 has 500000, and
    `rope_theta` in `params` says which."""
    return transformer(tokens, weights, {**params, "rope_theta": 10000.0})


@mistake("transformer", "rope_theta is fixed at 500000")
def theta_500000(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your rotations have the base 500000, whatever `rope_theta` in `params` says. That is right
    for Llama 3 8B and wrong for the next model."""
    return transformer(tokens, weights, {**params, "rope_theta": 500000.0})


@mistake("transformer", "eps of the final norm is fixed")
def eps_fixed(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your final norm has a small number of your own for eps. It stands in `params` as `norm_eps`,
    and not every model has the same."""

    def leave(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, {**params, "norm_eps": 1e-5})

    return transformer_with(tokens, weights, params, leave=leave)


@mistake("transformer", "eps of the final norm is fixed", like="eps_fixed")
def eps_fixed_at_1e_6(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your final norm has a small number of your own for eps. It stands in `params` as `norm_eps`,
    and not every model has the same."""

    def leave(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, {**params, "norm_eps": 1e-6})

    return transformer_with(tokens, weights, params, leave=leave)


@mistake("transformer", "the output matrix is applied")
def logits(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You go on to the logits, V numbers a token. This stage ends with the final norm, at one
    vector of width D a token; the output matrix comes in the next."""
    return transformer(tokens, weights, params) @ weights["output.weight"].T


@mistake("transformer", "only the last token's vector is given back")
def last_vector_alone(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You give back the vector of the last token. The next stage picks it; here the vectors of all
    tokens are asked for."""
    return transformer(tokens, weights, params)[-1]


@mistake("transformer", "the result stays float32")
def left_in_float32(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your numbers are right, but for a bfloat16 model they come back as float32, and the output
    matrix cannot be multiplied with them. Keep the dtype of the weights."""
    return transformer(tokens, weights, params).float()


@mistake("transformer", "the weights are changed")
def weights_changed(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your numbers are right, but on the way you put float32 copies into the caller's `weights`.
    The 8B would then need 32 GB, and whoever uses the dict next gets another model. Leave it as it
    is."""
    dtype = weights["norm.weight"].dtype
    for name in weights:
        weights[name] = weights[name].float()
    return transformer(tokens, weights, params).to(dtype)


@mistake("transformer", "params is changed")
def params_changed(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your numbers are right, but you keep something of your own in the caller's `params`. Use a
    variable: the dict is read by others after you."""
    params["head_dim"] = params["dim"] // params["n_heads"]
    return transformer(tokens, weights, params)
