"""The ways that stage 17 goes wrong."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from torch import Tensor

from grader.diagnosis import mistake
from grader.diagnosis.known_mistakes import Mistake
from solutions.s09_rms_norm import rms_norm
from solutions.s15_grouped_query_attention import attention
from solutions.s16_feed_forward import feed_forward
from solutions.s17_transformer_block import transformer_block


class Layer:
    """One layer: the arguments after `x`, and the steps that the wrong blocks are built from."""

    def __init__(
        self, weights: dict[str, Tensor], number: int, freqs_cis: Tensor, params: dict[str, Any]
    ) -> None:
        self.weights, self.number, self.freqs_cis, self.params = weights, number, freqs_cis, params
        self.n_kv_heads = params.get("n_kv_heads") or params["n_heads"]

    def weight(self, name: str) -> Tensor:
        return self.weights[f"layers.{self.number}.{name}.weight"]

    def norm(self, x: Tensor, name: str) -> Tensor:
        return rms_norm(x, self.weight(name), self.params["norm_eps"])

    def attention(self, x: Tensor) -> Tensor:
        wq, wk, wv, wo = (self.weight(f"attention.{name}") for name in ("wq", "wk", "wv", "wo"))
        n_heads, n_kv_heads = self.params["n_heads"], self.n_kv_heads
        return attention(x, wq, wk, wv, wo, self.freqs_cis, n_heads, n_kv_heads)

    def feed_forward(self, x: Tensor) -> Tensor:
        w1, w2, w3 = (self.weight(f"feed_forward.{name}") for name in ("w1", "w2", "w3"))
        return feed_forward(x, w1, w2, w3)

    def first_half(self, x: Tensor) -> Tensor:
        return x + self.attention(self.norm(x, "attention_norm"))

    def second_half(self, x: Tensor) -> Tensor:
        return x + self.feed_forward(self.norm(x, "ffn_norm"))

    def run(self, x: Tensor, **params: Any) -> Tensor:
        """Run the right block, with some parameters changed."""
        changed = {**self.params, **params}
        return transformer_block(x, self.weights, self.number, self.freqs_cis, changed)

    def run_with(self, x: Tensor, other: dict[str, str]) -> Tensor:
        """Run the right block with other weights for some parts of the layer, both by name."""
        weights = dict(self.weights)
        for part, name in other.items():
            weights[f"layers.{self.number}.{part}.weight"] = self.weights[f"{name}.weight"]
        return transformer_block(x, weights, self.number, self.freqs_cis, self.params)

    def run_with_first(self, x: Tensor, *parts: str) -> Tensor:
        """Run the right block with the weights of layer 0 for some parts."""
        return self.run_with(x, {part: f"layers.0.{part}" for part in parts})


def block_mistake(title: str) -> Callable[[Callable[[Tensor, Layer], Tensor]], Mistake]:
    """Make a known mistake of a wrong block that is written with a `Layer`."""

    def make(wrong: Callable[[Tensor, Layer], Tensor]) -> Mistake:
        @wraps(wrong)
        def block(x: Tensor, *rest: Any) -> Tensor:
            return wrong(x, Layer(*rest))

        return mistake("transformer_block", title)(block)

    return make


@block_mistake("the first residual connection starts from the normalized vector")
def first_residual_from_normed(x: Tensor, layer: Layer) -> Tensor:
    """You add attention's result to the normalized vector that attention read, so in every layer
    the magnitude of the original vector is lost. Attention reads a normalized copy, but its result
    is added to the original `x`."""
    normed = layer.norm(x, "attention_norm")
    return layer.second_half(normed + layer.attention(normed))


@block_mistake("the second residual connection starts from the normalized vector")
def second_residual_from_normed(x: Tensor, layer: Layer) -> Tensor:
    """You add feed-forward's result to the normalized vector that feed-forward read, as in a
    well-known diagram. Add the result to the vector that went into the norm before feed-forward."""
    normed = layer.norm(layer.first_half(x), "ffn_norm")
    return normed + layer.feed_forward(normed)


@block_mistake("both residual connections start from the normalized vector")
def both_residuals_from_normed(x: Tensor, layer: Layer) -> Tensor:
    """In both halves you add to the normalized vector, so the magnitude of the original vector is
    lost. Attention and feed-forward read normalized vectors, but their results are added to the
    vectors that went into the norms."""
    x = layer.norm(x, "attention_norm")
    x = layer.norm(x + layer.attention(x), "ffn_norm")
    return x + layer.feed_forward(x)


@block_mistake("the first residual connection is missing")
def no_first_residual(x: Tensor, layer: Layer) -> Tensor:
    """You continue with attention's result alone, so what the token's vector held before is lost.
    Add the result to `x` instead of replacing `x` with it."""
    return layer.second_half(layer.attention(layer.norm(x, "attention_norm")))


@block_mistake("the second residual connection is missing")
def no_second_residual(x: Tensor, layer: Layer) -> Tensor:
    """You return feed-forward's result alone, so everything computed before it is lost. Add that
    result to the vector that the first half produced."""
    return layer.feed_forward(layer.norm(layer.first_half(x), "ffn_norm"))


@block_mistake("both residual connections are missing")
def no_residuals(x: Tensor, layer: Layer) -> Tensor:
    """You chain the two halves without ever adding to `x`. Each half returns a change; the layer's
    result is `x` with both changes added."""
    attended = layer.attention(layer.norm(x, "attention_norm"))
    return layer.feed_forward(layer.norm(attended, "ffn_norm"))


@block_mistake("the second residual connection starts from the layer's input")
def second_residual_from_input(x: Tensor, layer: Layer) -> Tensor:
    """You add feed-forward's result to the `x` that came into the layer, so attention's result is
    read once and then dropped. Add to the vector that already contains attention's result."""
    return x + layer.feed_forward(layer.norm(layer.first_half(x), "ffn_norm"))


@block_mistake("the norms come after the residual connections")
def post_norm(x: Tensor, layer: Layer) -> Tensor:
    """You add first and then normalize the sum. That is post-norm, as in the original Transformer
    of 2017. Llama is pre-norm: each half reads a normalized copy, and the sums themselves are never
    normalized."""
    x = layer.norm(x + layer.attention(x), "attention_norm")
    return layer.norm(x + layer.feed_forward(x), "ffn_norm")


@block_mistake("feed-forward reads the layer's input")
def halves_in_parallel(x: Tensor, layer: Layer) -> Tensor:
    """Your feed-forward reads the `x` that came into the layer, so it never sees attention's
    result. In Llama the halves run one after the other, and the second half reads the sum that the
    first half produced."""
    return layer.first_half(x) + layer.feed_forward(layer.norm(x, "ffn_norm"))


@block_mistake("feed-forward reads the vector normalized for attention")
def norm_not_taken_again(x: Tensor, layer: Layer) -> Tensor:
    """You pass feed-forward the same normalized vector that attention read. It should read the sum
    of `x` and attention's result, normalized with a different weight."""
    return layer.first_half(x) + layer.feed_forward(layer.norm(x, "attention_norm"))


@block_mistake("feed-forward reads the result of attention alone")
def norm_of_the_change(x: Tensor, layer: Layer) -> Tensor:
    """You normalize attention's result alone, without the `x` it is added to. Feed-forward reads
    the whole vector, the old content and the change together."""
    change = layer.attention(layer.norm(x, "attention_norm"))
    return x + change + layer.feed_forward(layer.norm(change, "ffn_norm"))


@block_mistake("attention reads the vector without its norm")
def attention_without_norm(x: Tensor, layer: Layer) -> Tensor:
    """Your attention reads `x` itself, so a long vector gets large scores and a short one gets
    small scores. Normalize it first, with the layer's `attention_norm`."""
    return layer.second_half(x + layer.attention(x))


@block_mistake("feed-forward reads the vector without its norm")
def feed_forward_without_norm(x: Tensor, layer: Layer) -> Tensor:
    """Your feed-forward reads the sum as it is. Like attention, it should read a normalized copy:
    use the layer's `ffn_norm`."""
    h = layer.first_half(x)
    return h + layer.feed_forward(h)


@block_mistake("the two norms are swapped")
def norms_swapped(x: Tensor, layer: Layer) -> Tensor:
    """You use the weights of `ffn_norm` before attention and the weights of `attention_norm` before
    feed-forward. They have the same shape, so you get no error: read the names again."""
    h = x + layer.attention(layer.norm(x, "ffn_norm"))
    return h + layer.feed_forward(layer.norm(h, "attention_norm"))


@block_mistake("attention_norm is used for both halves")
def attention_norm_twice(x: Tensor, layer: Layer) -> Tensor:
    """You use the weights of `attention_norm` before both halves. Feed-forward has its own norm
    weights."""
    h = layer.first_half(x)
    return h + layer.feed_forward(layer.norm(h, "attention_norm"))


@block_mistake("wk is used for the values too")
def keys_as_values(x: Tensor, layer: Layer) -> Tensor:
    """You pass wk where wv belongs. The two have the same shape, so you get no error. Look at the
    names of the four attention weights."""
    return layer.run_with(x, {"attention.wv": f"layers.{layer.number}.attention.wk"})


@block_mistake("wk and wv are swapped")
def keys_and_values_swapped(x: Tensor, layer: Layer) -> Tensor:
    """You pass wv where wk belongs, and wk where wv belongs. The two have the same shape, so you
    get no error. Look at the names of the four attention weights."""
    prefix = f"layers.{layer.number}.attention"
    return layer.run_with(x, {"attention.wk": f"{prefix}.wv", "attention.wv": f"{prefix}.wk"})


@block_mistake("w1 and w3 are swapped")
def gate_and_up_swapped(x: Tensor, layer: Layer) -> Tensor:
    """You use w3 for the gate, and w1 for what passes through it. Compare the order of your
    arguments with the signature of `feed_forward`."""
    prefix = f"layers.{layer.number}.feed_forward"
    return layer.run_with(x, {"feed_forward.w1": f"{prefix}.w3", "feed_forward.w3": f"{prefix}.w1"})


@block_mistake("all weights come from layer 0")
def layer_0_everywhere(x: Tensor, layer: Layer) -> Tensor:
    """You run layer 0, whatever `layer` is, perhaps because the weight names in your code contain a
    hard-coded 0. Use the argument there."""
    return transformer_block(x, layer.weights, 0, layer.freqs_cis, layer.params)


@block_mistake("the feed-forward weights come from layer 0")
def feed_forward_of_layer_0(x: Tensor, layer: Layer) -> Tensor:
    """Your attention uses the weights of its layer, but your feed-forward always uses layer 0's.
    Look at the names of w1, w2 and w3."""
    return layer.run_with_first(x, "feed_forward.w1", "feed_forward.w2", "feed_forward.w3")


@block_mistake("the attention weights come from layer 0")
def attention_of_layer_0(x: Tensor, layer: Layer) -> Tensor:
    """Your feed-forward uses the weights of its layer, but your attention always uses layer 0's.
    Look at the names of wq, wk, wv and wo."""
    return layer.run_with_first(x, *[f"attention.{name}" for name in ("wq", "wk", "wv", "wo")])


@block_mistake("wo comes from layer 0")
def wo_of_layer_0(x: Tensor, layer: Layer) -> Tensor:
    """Your wq, wk and wv belong to the layer, but you always use layer 0's wo. Look at the name of
    each weight."""
    return layer.run_with_first(x, "attention.wo")


@block_mistake("the norm weights come from layer 0")
def norms_of_layer_0(x: Tensor, layer: Layer) -> Tensor:
    """Your matrices belong to the layer, but you always use layer 0's weights for both norms. Every
    layer has its own norm weights too."""
    return layer.run_with_first(x, "attention_norm", "ffn_norm")


@block_mistake("layers are counted from 1")
def layers_counted_from_1(x: Tensor, layer: Layer) -> Tensor:
    """You use the weights of the next layer, `layer + 1`, which doesn't exist if `layer` is the
    last one. Meta's names count from 0, and so does `layer`."""
    return transformer_block(x, layer.weights, layer.number + 1, layer.freqs_cis, layer.params)


@block_mistake("eps is fixed at 1e-5")
def eps_fixed_at_1e_5(x: Tensor, layer: Layer) -> Tensor:
    """You use 1e-5 as eps, whatever `norm_eps` in `params` says. That is right for Llama 3 8B, but
    other models have other values."""
    return layer.run(x, norm_eps=1e-5)


@block_mistake("the numbers of heads are fixed at the 8B's")
def heads_of_the_8b(x: Tensor, layer: Layer) -> Tensor:
    """You split the weights into 32 query heads and 8 key/value heads. Other models have other
    numbers of heads: read both from `params`."""
    return layer.run(x, n_heads=32, n_kv_heads=8)


@block_mistake("an absent n_kv_heads raises an error")
def n_kv_heads_required(x: Tensor, layer: Layer) -> Tensor:
    """Your code needs `n_kv_heads`, but not every `params` has it. If it is absent, every query
    head has its own key/value head, so there are `n_heads` key/value heads."""
    layer.n_kv_heads = layer.params["n_kv_heads"]
    return layer.second_half(layer.first_half(x))


@block_mistake("an n_kv_heads of None is not handled")
def n_kv_heads_none(x: Tensor, layer: Layer) -> Tensor:
    """Your code handles an absent `n_kv_heads`, but not one that is None. `dict.get` uses its
    default only if the key is absent, and here the key is present."""
    layer.n_kv_heads = layer.params.get("n_kv_heads", layer.params["n_heads"])
    return layer.second_half(layer.first_half(x))


@block_mistake("the input is modified")
def changes_x(x: Tensor, layer: Layer) -> Tensor:
    """You modify `x` itself, for example with `+=`, and the caller still needs the old values. Make
    a new tensor instead."""
    x += layer.attention(layer.norm(x, "attention_norm"))
    return layer.second_half(x)


@block_mistake("the result stays float32")
def left_in_float32(x: Tensor, layer: Layer) -> Tensor:
    """Your values are right, but for a half-precision `x` you return float32. Every later layer
    would then use twice the memory, or fail because torch doesn't multiply matrices of different
    dtypes. Convert to the dtype of `x` at the end."""
    return layer.run(x).float()


@block_mistake("only the start of the layer number is compared")
def layer_by_prefix(x: Tensor, layer: Layer) -> Tensor:
    """For layer 1 you get the weights of another layer, such as layer 11, because their names also
    begin with "layers.1". Include the dot after the number."""
    numbers, beginning = range(layer.params["n_layers"]), str(layer.number)
    layer.number = max(number for number in numbers if str(number).startswith(beginning))
    return layer.run(x)
