"""The table of stages: one row per stage ties its files together.

Stages 1 to 20 are the kata, worth 100 points. Stages from 21 on are a bonus; their numbers may have
gaps while a part is being built.
"""

from grader.stage import Constant, Function, Stage

_ENCODING = ("encode", "encode_ordinary", "encode_single_token", "decode", "decode_bytes")

PARTS = {  # by the number of their first stage
    1: "Text to tokens",
    7: "Checkpoint",
    9: "One layer",
    18: "The model",
    21: "Beyond 42: writing text",
    25: "Beyond 42: faster and newer",
    29: "Beyond 42: training",
}

STAGES: tuple[Stage, ...] = (
    Stage(
        1,
        "vocabulary",
        "The vocabulary file",
        "Read tokenizer.model: base64 tokens and their ranks.",
        10,
        4,
        (Function("parse_vocabulary"),),
    ),
    Stage(
        2,
        "regex_split",
        "Splitting text",
        "Cut text into chunks with Llama 3's regular expression.",
        15,
        4,
        (Function("split_text"),),
        constants=(Constant("PATTERN", "regex.compile", ("findall",)),),
    ),
    Stage(
        3,
        "byte_pair_encoding",
        "Byte-pair encoding",
        "Merge the bytes of a chunk into tokens, lowest rank first.",
        25,
        7,
        (Function("bpe_encode"),),
    ),
    Stage(
        4,
        "special_tokens",
        "Special tokens",
        "Number the 256 special tokens in Meta's order.",
        5,
        2,
        (Function("special_token_ids"),),
    ),
    Stage(
        5,
        "tokenizer",
        "The tokenizer",
        "Put ranks, pattern and special tokens together; encode a prompt.",
        15,
        4,
        (
            Function("build_tokenizer", returns_object=_ENCODING),
            Function("encode_prompt"),
            Function("token_pieces"),
        ),
        uses=(2, 4),
    ),
    Stage(
        6,
        "chat_format",
        "The chat format",
        "Encode a dialog as the Instruct models expect it.",
        15,
        5,
        (Function("encode_chat"),),
    ),
    Stage(
        7,
        "checkpoint",
        "The checkpoint",
        "Know every weight and its shape; load them safely.",
        30,
        7,
        (
            Function("ffn_hidden_dim"),
            Function("expected_shapes"),
            Function("parameter_count"),
            Function("load_checkpoint", reads_files=True),
        ),
    ),
    Stage(
        8,
        "embedding",
        "Embedding",
        "Turn token ids into vectors.",
        5,
        2,
        (Function("embed"),),
    ),
    Stage(
        9,
        "rms_norm",
        "RMS norm",
        "Bring every vector to the same size.",
        10,
        6,
        (Function("rms_norm"),),
    ),
    Stage(
        10,
        "freqs_cis",
        "Rotations by position",
        "Work out the angle of every position and pair as a complex number.",
        20,
        6,
        (Function("rope_frequencies"), Function("precompute_freqs_cis")),
    ),
    Stage(
        11,
        "rotate",
        "Rotating queries and keys",
        "Turn neighboring pairs in the complex plane (RoPE).",
        20,
        7,
        (Function("rotate"),),
    ),
    Stage(
        12,
        "heads",
        "Heads",
        "Split wq, wk and wv into heads, and project with one of them.",
        10,
        4,
        (Function("split_heads"), Function("project")),
    ),
    Stage(
        13,
        "attention_scores",
        "Attention scores",
        "Score every query against every key.",
        10,
        3,
        (Function("attention_scores"),),
    ),
    Stage(
        14,
        "masked_attention",
        "Masked attention",
        "Hide the future, take the softmax, mix the values.",
        20,
        6,
        (Function("causal_mask"), Function("masked_attention")),
        uses=(13,),
    ),
    Stage(
        15,
        "grouped_query_attention",
        "Grouped-query attention",
        "Run every head, and bring the heads together through wo.",
        30,
        10,
        (Function("kv_head_index"), Function("attention")),
        uses=(11, 12, 14),
    ),
    Stage(
        16,
        "feed_forward",
        "Feed-forward",
        "Widen, gate and narrow each vector (SwiGLU).",
        10,
        4,
        (Function("feed_forward"),),
    ),
    Stage(
        17,
        "transformer_block",
        "One whole layer",
        "Two norms, two halves, two residuals.",
        20,
        6,
        (Function("transformer_block"),),
        uses=(9, 15, 16),
    ),
    Stage(
        18,
        "transformer",
        "All layers",
        "Embed, run every layer with its own weights, normalize.",
        15,
        4,
        (Function("transformer"),),
        uses=(8, 9, 10, 17),
    ),
    Stage(
        19,
        "next_token",
        "The next token",
        "Logits, argmax, and back to text.",
        15,
        4,
        (Function("next_token_logits"), Function("predict_next_token"), Function("complete")),
        uses=(5, 18),
    ),
    Stage(
        20,
        "the_answer",
        "The answer",
        "All your stages together say 42.",
        5,
        5,
        (),
        uses=(1, 2, 3, 4, 5, *range(7, 20)),
        own_stages=True,
    ),
    Stage(
        21,
        "bpe_training",
        "Training a tokenizer",
        "Learn the merges from a text: count pairs, join the most frequent.",
        25,
        6,
        (Function("train_bpe"),),
        uses=(2,),
        bonus=True,
    ),
    Stage(
        22,
        "kv_cache",
        "The KV cache",
        "Remember keys and values, so that a new token costs one token.",
        40,
        8,
        (Function("cached_attention"), Function("cached_forward")),
        uses=(8, 9, 10, 11, 12, 13, 15, 16, 19),
        bonus=True,
    ),
    Stage(
        23,
        "sampling",
        "Sampling",
        "Draw the next token at random: temperature, top-p, one coin.",
        20,
        4,
        (Function("next_token_probabilities"), Function("sample")),
        bonus=True,
    ),
    Stage(
        24,
        "generate",
        "Writing text",
        "Write token after token, and stream whole characters.",
        30,
        6,
        (Function("generate"), Function("stream_text")),
        uses=(22, 23),
        bonus=True,
    ),
    Stage(
        25,
        "all_heads_at_once",
        "All heads at once",
        "Replace the loop over heads by one larger product.",
        25,
        5,
        (Function("all_heads_attention"),),
        uses=(11,),
        bonus=True,
    ),
    Stage(
        26,
        "rope_scaling",
        "Longer contexts",
        "Slow down the slow rotations, as Llama 3.1 does.",
        15,
        4,
        (Function("scaled_frequencies"),),
        bonus=True,
    ),
    Stage(
        27,
        "online_softmax",
        "Attention in blocks",
        "Read the keys block by block, with a running maximum and sum (FlashAttention).",
        30,
        6,
        (Function("attention_in_blocks"),),
        bonus=True,
    ),
    Stage(
        28,
        "int8",
        "Half the memory",
        "Store every weight in one byte, with one scale per row.",
        20,
        4,
        (Function("quantize_rows"), Function("dequantize_rows"), Function("int8_linear")),
        bonus=True,
    ),
    Stage(
        29,
        "cross_entropy",
        "Cross-entropy",
        "Say in one number how wrong all predictions are.",
        15,
        3,
        (Function("cross_entropy"),),
        bonus=True,
    ),
    Stage(
        30,
        "adamw",
        "AdamW",
        "Clip the gradients, set the learning rate, and change the weights.",
        30,
        6,
        (Function("clip_gradients"), Function("learning_rate"), Function("adamw_step")),
        bonus=True,
    ),
    Stage(
        31,
        "training",
        "Training",
        "Put it together: from a batch of text to better weights.",
        30,
        5,
        (Function("batch_loss"), Function("train_step")),
        uses=(18, 29, 30),
        bonus=True,
    ),
    Stage(
        32,
        "lora",
        "LoRA",
        "Teach a trained model something new with one number in a hundred.",
        15,
        3,
        (Function("lora_linear"), Function("merge_lora")),
        bonus=True,
    ),
)

CORE_STAGES = tuple(stage for stage in STAGES if not stage.bonus)


_BY_NUMBER = {stage.number: stage for stage in STAGES}
_BY_NAME = {name: stage for stage in STAGES for name in stage.names}


def stage_of(number: int) -> Stage:
    """Return the stage with a number.

    Raises:
        KeyError: if there is none.
    """
    return _BY_NUMBER[number]


def stage_with(name: str) -> Stage:
    """Return the stage in which a function or constant is written.

    Raises:
        KeyError: if there is none.
    """
    return _BY_NAME[name]


def part_of(stage: Stage) -> str:
    """Return the title of the part that a stage belongs to."""
    return PARTS[max(first for first in PARTS if first <= stage.number)]
