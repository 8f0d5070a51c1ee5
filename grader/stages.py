"""The ordered table of stages: one row each ties the five folders together."""

import difflib
from dataclasses import dataclass

from grader.errors import UsageError


@dataclass(frozen=True)
class Function:
    """A function that the learner writes.

    `returns_object` names the methods of a result that is no plain data and therefore stays where
    the code runs (a tiktoken Encoding, say); None means that the result is plain data.
    """

    name: str
    returns_object: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Constant:
    """A constant that the learner writes, graded by what these methods of it do.

    `made_with` turns the constant into the object that has the methods.
    """

    name: str
    made_with: str
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """One row: what the stage is called, what is written in it, and what it builds on."""

    number: int
    slug: str
    title: str
    objective: str
    minutes: int
    points: int
    functions: tuple[Function, ...]
    uses: tuple[int, ...] = ()  # the earlier stages that its code imports
    constants: tuple[Constant, ...] = ()
    own_stages: bool = False  # graded with the learner's own earlier stages

    @property
    def name(self) -> str:
        return f"s{self.number:02d}_{self.slug}"

    @property
    def names(self) -> tuple[str, ...]:
        """What the learner writes: the functions, then the constants."""
        functions = tuple(function.name for function in self.functions)
        return functions + tuple(constant.name for constant in self.constants)

    @property
    def has_code(self) -> bool:
        return bool(self.functions)


_ENCODING = ("encode", "encode_ordinary", "encode_single_token", "decode", "decode_bytes")

PARTS = {1: "Text to tokens", 7: "Checkpoint", 9: "One layer", 18: "The model"}  # by first stage

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
            Function("load_checkpoint"),
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
        "Turn neighbouring pairs in the complex plane (RoPE).",
        20,
        7,
        (Function("rotate"),),
    ),
    Stage(
        12,
        "heads",
        "Heads",
        "Take wq, wk and wv apart into heads, and project with one.",
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
        "Embed, run every layer with its own weights, normalise.",
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
)

MAX_POINTS = sum(stage.points for stage in STAGES)


def stage_of(number: int) -> Stage:
    """Give the row of a stage number."""
    return next(stage for stage in STAGES if stage.number == number)


def find_stage(text: str) -> Stage:
    """Find the stage that a user means by `9`, `s09`, `rms_norm` or `s09_rms_norm`.

    Raises:
        UsageError: naming the nearest stage when none is called that.
    """
    wanted = text.strip().lower().removesuffix(".py").removeprefix("test_")
    for stage in STAGES:
        if wanted in (
            str(stage.number),
            f"s{stage.number}",
            stage.name[:3],
            stage.slug,
            stage.name,
        ):
            return stage
    names = [name for stage in STAGES for name in (stage.slug, stage.name, stage.name[:3])]
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "`grader status` lists the stages"
    raise UsageError(f"no stage is called {text!r}: {hint}")
