"""The ways that stage 8 goes wrong."""

import math

import torch
import torch.nn.functional as F

from grader.diagnosis import mistake
from solutions.s08_embedding import embed


@mistake("embed", "each token gets the row after its own")
def one_row_late(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look one row too far down: token 3 gets row 4. Ids and rows both count from 0, so token 3
    has row 3, and the last token of the vocabulary has no row after its own."""
    return embed(tokens + 1, tok_embeddings)


@mistake("embed", "each token gets the row before its own")
def one_row_early(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look one row too far up: token 3 gets row 2. Ids and rows both count from 0, and for
    token 0 you ask for row -1, which Python silently takes as the last one."""
    return embed(tokens - 1, tok_embeddings)


@mistake("embed", "columns are looked up instead of rows")
def columns(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look up columns of the table. It is `[V, D]`: every token has a row of D numbers, and a
    column holds a single entry from each token."""
    return embed(tokens, tok_embeddings.T)


@mistake("embed", "the result is transposed")
def turned_round(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your result is `[D, T]`, with one column per token. Every later stage expects one row per
    token, `[T, D]`."""
    return embed(tokens, tok_embeddings).T


@mistake("embed", "a batch dimension is added")
def batch_of_one(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your result has three dimensions, `[1, T, D]`. Libraries process many prompts at once and
    keep a batch dimension for them. Here there is one prompt, so return one row per token, `[T,
    D]`."""
    return embed(tokens, tok_embeddings)[None]


@mistake("embed", "the embeddings are multiplied by the square root of D")
def times_root_of_dim(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You multiply the embeddings by the square root of D. The original Transformer and Gemma do
    that; Llama uses the rows as they are."""
    return embed(tokens, tok_embeddings) * math.sqrt(tok_embeddings.shape[1])


@mistake("embed", "the vectors are scaled to length 1")
def unit_length(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You divide each vector by its length, but the lengths are learned too. Normalizing comes in
    the next stage, on a copy, because the unchanged vectors are needed as well."""
    return F.normalize(embed(tokens, tok_embeddings), dim=-1)


@mistake("embed", "the vectors are already RMS-normalized")
def normalised(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You normalize the vectors. That is the next stage's job, and it works on a copy, because
    stage 17 needs the rows exactly as they are in the table."""
    vectors = embed(tokens, tok_embeddings)
    return F.rms_norm(vectors, vectors.shape[-1:], eps=1e-5)


@mistake("embed", "positions are added")
def positions_added(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You add something that depends on the position, as the original Transformer and GPT-2 do. In
    Llama a token has the same vector at every position; positions come in later, when queries and
    keys are rotated."""
    dim = tok_embeddings.shape[1]
    position = torch.arange(len(tokens), dtype=torch.float32)[:, None]  # [T, 1]
    entry = torch.arange(dim)  # [D]
    angles = position / 10000 ** (entry // 2 * 2 / dim)  # [T, D]
    waves = torch.where(entry % 2 == 0, angles.sin(), angles.cos())  # [T, D]
    return embed(tokens, tok_embeddings) + waves.to(tok_embeddings.dtype)


@mistake("embed", "the result is float32")
def to_float32(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your values are right, but for a bfloat16 table you return float32, for example because of
    `float()`, or because a new tensor is float32 unless you say otherwise (`nn.Embedding` makes
    one, too). Return the table's dtype, or the next matrix product fails."""
    return embed(tokens, tok_embeddings).float()


@mistake("embed", "the result is always bfloat16")
def to_bfloat16(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You return bfloat16 whatever dtype the table has. That suits the 8B's weights and no others:
    the result has the dtype of the table."""
    return embed(tokens, tok_embeddings).to(torch.bfloat16)


@mistake("embed", "the one-hot rows are float32")
def one_hot_in_float32(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You multiply float32 one-hot rows by a table of another dtype, and torch doesn't multiply
    matrices of different dtypes. Give them the table's dtype, or look the rows up, which needs no
    product at all."""
    return F.one_hot(tokens, len(tok_embeddings)).float() @ tok_embeddings


@mistake("embed", "the one-hot rows are integers")
def one_hot_in_integers(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You multiply one-hot rows of integers by the table, and torch doesn't multiply matrices of
    different dtypes. Give them the table's dtype (`F.one_hot` returns int64), or look the rows up,
    which needs no product at all."""
    return F.one_hot(tokens, len(tok_embeddings)) @ tok_embeddings


@mistake("embed", "a tensor is converted to numpy")
def through_numpy(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You convert a tensor to a numpy array. Numpy has no bfloat16 and can't reach a GPU's memory,
    and tensors can be indexed in just the same way."""
    return torch.from_numpy(tok_embeddings.numpy()[tokens.numpy()])


@mistake("embed", "the ids are cut to 16 bits")
def ids_in_16_bits(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Ids above 32,767 wrap around in your code, as they do in 16-bit integers, and get the row of
    another token. Llama 3 has 128,256 tokens, so leave the ids as they are."""
    return embed(tokens.to(torch.int16).long(), tok_embeddings)


@mistake("embed", "the ids are cut to 16 bits without a sign")
def ids_in_unsigned_16_bits(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Ids above 65,535 wrap around in your code, as they do in 16 bits without a sign, and get the
    row of another token. Llama 3 has 128,256 tokens, so leave the ids as they are."""
    return embed(tokens % 65_536, tok_embeddings)


@mistake("embed", "the ids are cut to 8 bits")
def ids_in_8_bits(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Ids above 255 wrap around in your code, as they do in a single byte, and get the row of
    another token. Even the tiny vocabulary has 768 tokens, so leave the ids as they are."""
    return embed(tokens % 256, tok_embeddings)


@mistake("embed", "the ids are rounded to bfloat16")
def ids_in_bfloat16(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your ids are rounded as bfloat16 rounds them. It has only 8 significant bits, so 257 becomes
    256, which is a different token. Leave the ids as they are."""
    rounded = tokens.to(torch.bfloat16).long()
    return embed(rounded.clamp(max=len(tok_embeddings) - 1), tok_embeddings)


@mistake("embed", "the ids are rounded to float16")
def ids_in_float16(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your ids are rounded as float16 rounds them: not every integer above 2048 fits, and it ends
    at 65,504. Llama 3 has 128,256 tokens, and the id next to yours is a different token. Leave the
    ids as they are."""
    rounded = tokens.clamp(max=65_504).half().long()
    return embed(rounded, tok_embeddings)


@mistake("embed", "long rows are shortened, also in the table")
def max_norm(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You shorten the rows that are too long and write them back into the table, as the option
    `max_norm` does with every row it looks up. The table belongs to the model and must not
    change."""
    return F.embedding(tokens, tok_embeddings, max_norm=1.0)
