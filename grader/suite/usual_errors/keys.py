"""Errors about the keys of a dict: the names of weights, of parameters and of tokens."""

from grader.suite.usual_errors.advise import advise

KEYS = (
    advise(
        "KeyError",
        r"^(n_kv_heads|ffn_dim_multiplier)$",
        r"Not every model has `\1`: `params.get(...)` returns None if the key is missing, and the "
        "stub says what that means.",
    ),
    advise(
        "KeyError",
        r"^(max_seq_len|max_position_embeddings|max_batch_size|head_dim|hidden_size|hidden_dim"
        r"|intermediate_size|num_attention_heads|num_key_value_heads|num_hidden_layers"
        r"|rms_norm_eps|d_model|n_embd|n_layer|n_head|n_ctx|block_size)$",
        r"`params` has no `\1`. Its keys are Meta's: dim, n_layers, n_heads, n_kv_heads, "
        "vocab_size, multiple_of, ffn_dim_multiplier, norm_eps and rope_theta.",
    ),
    advise(
        "KeyError",
        r"^(tok_embeddings|output|norm|layers\.\d+\.(attention\.w[qkvo]|feed_forward\.w[123]"
        r"|attention_norm|ffn_norm))\.weight$",
        "A weight can have this name, but this dict doesn't hold it: is it the dict of weights, "
        "and is there a layer with this number?",
    ),
    advise(
        "KeyError",
        r"embed_tokens|lm_head|self_attn|input_layernorm|post_attention_layernorm|[qkvo]_proj"
        r"|(gate|up|down)_proj|^model\.",
        "This is a name of Hugging Face's. Meta's are, for example, tok_embeddings.weight, "
        "output.weight, norm.weight, layers.0.attention.wq.weight, "
        "layers.0.feed_forward.w1.weight, layers.0.attention_norm.weight and "
        "layers.0.ffn_norm.weight.",
    ),
    advise(
        "KeyError",
        r"^(layers\.|norm|output|tok_emb|attention|feed_forward|ffn|w[qkvo123]\b)",
        "No weight has this name. Names are, for example, tok_embeddings.weight, output.weight, "
        "norm.weight, layers.0.attention.wq.weight, layers.0.feed_forward.w1.weight, "
        "layers.0.attention_norm.weight and layers.0.ffn_norm.weight.",
    ),
    advise(
        "KeyError",
        r"<\|im_(start|end)\|>|\[/?INST\]|<</?SYS>>|<s>|<\|endoftext\|>",
        "Llama 3 has no such special token: it belongs to another model.",
    ),
    advise(
        "KeyError",
        r"^\d+$",
        "The key is a number here. If the keys are bytes: an item of `bytes` is a number, and the "
        "slice `b[i : i + 1]` is bytes.",
    ),
)
