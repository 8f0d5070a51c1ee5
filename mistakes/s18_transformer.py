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
    """Run some layers, each on the result of the one before."""
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
    """Do what the reference does, except for the steps passed by name."""
    x = enter(embed(tokens, weights[table]), weights, params)
    return leave(through(x, layers(params["n_layers"]), weights, params), weights, params)


def rotated_by(freqs_cis: Tensor, tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Run the whole model with other rotations."""
    x = embedded(tokens, weights)
    for layer in range(params["n_layers"]):
        x = transformer_block(x, weights, layer, freqs_cis, params)
    return normed(x, weights, params)


@mistake("transformer", "every layer uses the feed-forward weights of layer 0")
def feed_forward_of_layer_0(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your attention uses the weights of each layer, but your feed-forward network always uses
    those of layer 0. A well-known walk-through makes this mistake in its loop. `transformer_block`
    looks up all nine weights itself if you pass it the right layer number."""
    changed = dict(weights)
    for layer in range(params["n_layers"]):
        for part in ("w1", "w2", "w3"):
            name = f"feed_forward.{part}.weight"
            changed[f"layers.{layer}.{name}"] = weights[f"layers.0.{name}"]
    return transformer(tokens, changed, params)


@mistake("transformer", "layer 0 runs again and again")
def layer_0_everywhere(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You run the right number of layers, but each with layer 0's weights. Pass your loop's counter
    as the layer number."""
    return transformer_with(tokens, weights, params, layers=lambda n: [0] * n)


@mistake("transformer", "every layer reads the embedding")
def not_fed_back(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your result is what the last layer makes of the embedding; the other layers' work is lost.
    Each layer has to read what the one before it returned: look at what you pass in the loop, and
    at the variable you assign the result to."""
    return transformer_with(tokens, weights, params, layers=lambda n: [n - 1])


@mistake("transformer", "only the first layer runs")
def only_the_first_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You return the result of a model with only one layer. Is the `return` inside the loop, or is
    there no loop yet?"""
    return transformer_with(tokens, weights, params, layers=lambda n: [0])


@mistake("transformer", "the last layer is skipped")
def last_layer_skipped(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your loop ends one layer early, so the last layer never runs. That happens, for example, when
    you subtract 1 from the end of `range`, which stops before its end anyway."""
    return transformer_with(tokens, weights, params, layers=lambda n: range(n - 1))


@mistake("transformer", "the first layer is skipped")
def first_layer_skipped(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You start at layer 1, so the first layer never runs. Meta's names count from 0: the
    last layer of the 8B is number 31."""
    return transformer_with(tokens, weights, params, layers=lambda n: range(1, n))


@mistake("transformer", "the loop runs past the last layer")
def past_the_last_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your loop asks for a layer that doesn't exist, for example because it counts from 1, or
    because it always runs 32 times, as for the 8B. Layers count from 0, and `params` says how many
    there are."""
    return transformer_with(tokens, weights, params, layers=lambda n: range(n + 1))


@mistake("transformer", "the layers run in the order of their names")
def layers_by_name(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You run the layers in the order of their names. As text, "10" comes before "2". With up to
    ten layers this makes no difference, but the 8B has 32. Loop over the layer numbers instead."""

    def by_name(n: int) -> Iterable[int]:
        return map(int, sorted(map(str, range(n))))

    return transformer_with(tokens, weights, params, layers=by_name)


@mistake("transformer", "the layers run in the order of the dict")
def layers_in_the_order_of_the_dict(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You run the layers in the order in which `weights` lists them. A checkpoint may list its
    weights in any order, so go by the numbers in the names."""

    def as_they_turn_up(n: int) -> Iterable[int]:
        numbers = [name.split(".")[1] for name in weights if name.startswith("layers.")]
        return map(int, dict.fromkeys(numbers))

    return transformer_with(tokens, weights, params, layers=as_they_turn_up)


@mistake("transformer", "never more than 32 layers run")
def at_most_32_layers(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You stop after 32 layers, the number that the 8B has. The 70B has 80: `n_layers` in `params`
    says how many there are."""
    return transformer_with(tokens, weights, params, layers=lambda n: range(min(32, n)))


@mistake("transformer", "the final norm is missing")
def no_final_norm(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You return the vectors without the final norm. They have grown from layer to layer, but the
    output matrix expects vectors of a common magnitude: normalize once more, with `norm.weight`."""
    return transformer_with(tokens, weights, params, leave=lambda x, weights, params: x)


@mistake("transformer", "the final norm uses the attention_norm of layer 0")
def final_norm_of_first_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You normalize at the end with `layers.0.attention_norm.weight`. The final norm has a weight
    of its own, and its name contains no layer number."""

    def leave(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, params, "layers.0.attention_norm")

    return transformer_with(tokens, weights, params, leave=leave)


@mistake("transformer", "the final norm uses the last layer's ffn_norm")
def final_norm_of_last_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You normalize at the end with the last layer's `ffn_norm`. The final norm has a weight of its
    own, and its name contains no layer number."""

    def leave(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, params, f"layers.{params['n_layers'] - 1}.ffn_norm")

    return transformer_with(tokens, weights, params, leave=leave)


@mistake("transformer", "the final norm is inside the loop")
def final_norm_in_every_layer(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You apply the final norm after every layer, so the next layer reads vectors that have been
    brought back to a common magnitude. Apply this norm once, after the loop: check how far its line
    is indented."""
    x = embedded(tokens, weights)
    for layer in range(params["n_layers"]):
        x = normed(through(x, [layer], weights, params), weights, params)
    return x


@mistake("transformer", "the embeddings are normalized before the first layer")
def embedding_normed(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You normalize the embeddings before layer 0. The layer normalizes its own copy anyway; the
    residual stream has to start with the embeddings as they are."""

    def enter(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, params, "layers.0.attention_norm")

    return transformer_with(tokens, weights, params, enter=enter)


@mistake("transformer", "the embeddings are multiplied by the square root of D")
def embedding_scaled(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You multiply the embeddings by the square root of D. The original Transformer and Gemma do
    that; Llama uses the embeddings as they are."""
    return transformer_with(
        tokens, weights, params, enter=lambda x, _, params: x * params["dim"] ** 0.5
    )


@mistake("transformer", "the embeddings come from the output matrix")
def embedded_by_output(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You look the tokens up in `output.weight`. It has the same shape as `tok_embeddings.weight`,
    but in Llama 3 8B the two are different matrices, and the output matrix belongs to the next
    stage."""
    return transformer_with(tokens, weights, params, table="output.weight")


@mistake("transformer", "the width of a head is computed from n_kv_heads")
def head_dim_from_n_kv_heads(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You divide `dim` by `n_kv_heads` to get the width of a head, so you make more rotations than
    there are pairs to rotate. Divide by the number of query heads: there are fewer key/value heads,
    but each is just as wide as a query head."""
    head_dim = params["dim"] // params["n_kv_heads"]
    freqs_cis = precompute_freqs_cis(head_dim, len(tokens), params["rope_theta"])
    return rotated_by(freqs_cis, tokens, weights, params)


@mistake("transformer", "the rotations are made for the model's width")
def rotations_for_dim(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You make rotations for vectors of width `dim`. Queries and keys are rotated one head at a
    time, so you need the width of a single head."""
    freqs_cis = precompute_freqs_cis(params["dim"], len(tokens), params["rope_theta"])
    return rotated_by(freqs_cis, tokens, weights, params)


@mistake("transformer", "the width of a head is fixed at 128")
def head_dim_128(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You make rotations for heads 128 wide, like the 8B's. Compute the width from `params`: other
    models have wider or narrower heads."""
    freqs_cis = precompute_freqs_cis(128, len(tokens), params["rope_theta"])
    return rotated_by(freqs_cis, tokens, weights, params)


@mistake("transformer", "the number of positions is fixed at 17")
def seventeen_positions(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You make rotations for 17 positions, however many tokens there are. That fits this kata's
    prompt, but other prompts are shorter or longer: make one row of rotations per token."""
    head_dim = params["dim"] // params["n_heads"]
    freqs_cis = precompute_freqs_cis(head_dim, 17, params["rope_theta"])
    return rotated_by(freqs_cis, tokens, weights, params)


@mistake("transformer", "rope_theta is fixed at 10000")
def theta_10000(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You use 10000 as the base of the rotations, whatever `rope_theta` in `params` says. That is
    the base in the RoFormer paper and in Llama 2, but Llama 3 has 500000."""
    return transformer(tokens, weights, {**params, "rope_theta": 10000.0})


@mistake("transformer", "rope_theta is fixed at 500000")
def theta_500000(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You use 500000 as the base of the rotations, whatever `rope_theta` in `params` says. That is
    right for Llama 3, but other models have other bases."""
    return transformer(tokens, weights, {**params, "rope_theta": 500000.0})


@mistake("transformer", "the final norm's eps is fixed")
def eps_fixed(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your final norm uses a fixed eps, whatever `norm_eps` in `params` says. Models differ in this
    value, so take it from `params`."""

    def leave(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, {**params, "norm_eps": 1e-5})

    return transformer_with(tokens, weights, params, leave=leave)


@mistake("transformer", "the final norm's eps is fixed", like="eps_fixed")
def eps_fixed_at_1e_6(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your final norm uses a fixed eps, whatever `norm_eps` in `params` says. Models differ in this
    value, so take it from `params`."""

    def leave(x: Tensor, weights: Weights, params: Params) -> Tensor:
        return normed(x, weights, {**params, "norm_eps": 1e-6})

    return transformer_with(tokens, weights, params, leave=leave)


@mistake("transformer", "the output matrix is already applied")
def logits(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You return logits, V numbers per token. This stage ends with the final norm and one vector of
    width D per token; the output matrix belongs to the next stage."""
    return transformer(tokens, weights, params) @ weights["output.weight"].T


@mistake("transformer", "only the last token's vector is returned")
def last_vector_alone(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """You return only the last token's vector. Return the vectors of all tokens; the next stage
    picks the last one."""
    return transformer(tokens, weights, params)[-1]


@mistake("transformer", "the result stays float32")
def left_in_float32(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your values are right, but for a bfloat16 model you return float32. The next stage multiplies
    the vectors by the output matrix, and torch doesn't multiply matrices of different dtypes. Keep
    the dtype of the weights."""
    return transformer(tokens, weights, params).float()


@mistake("transformer", "the result stays float32", like="left_in_float32")
def all_in_float32(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your values are right, but for a bfloat16 model you return float32. The next stage multiplies
    the vectors by the output matrix, and torch doesn't multiply matrices of different dtypes. Keep
    the dtype of the weights."""
    return transformer(tokens, {name: weights[name].float() for name in weights}, params)


@mistake("transformer", "the weights are modified")
def weights_changed(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your values are right, but you modify the caller's `weights`, for example by putting float32
    copies into it. The 8B would then need 32 GB, and whoever uses the dict next gets a different
    model. Only read from the dict."""
    dtype = weights["norm.weight"].dtype
    for name in weights:
        weights[name] = weights[name].float()
    return transformer(tokens, weights, params).to(dtype)


@mistake("transformer", "params is modified")
def params_changed(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your values are right, but you modify the caller's `params`, for example by storing a value
    of your own in it. Other code reads the dict after you, so use a variable instead."""
    params["head_dim"] = params["dim"] // params["n_heads"]
    return transformer(tokens, weights, params)
