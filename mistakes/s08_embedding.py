"""The ways that stage 8 goes wrong."""

import math

import torch
import torch.nn.functional as F

from grader.diagnosis import mistake
from solutions.s08_embedding import embed


@mistake("embed", "each token gets the row after its own")
def one_row_late(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look one row too far down: token 3 gets row 4. Ids and rows both count from 0, so token 3
    should get row 3. For the vocabulary's last token, there is no row after its own."""
    return embed(tokens + 1, tok_embeddings)


@mistake("embed", "each token gets the row before its own")
def one_row_early(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look one row too far up: token 3 gets row 2. Ids and rows both count from 0, so token 3
    should get row 3. For token 0 you ask for row -1, and torch's indexing silently uses the last
    row."""
    return embed(tokens - 1, tok_embeddings)


@mistake("embed", "the first rows are returned, whatever the tokens are")
def first_rows(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You return the first rows of the table, one per token, and never look at the ids. The first
    token gets row 0, whichever token it is. A token's id says which row is its own."""
    return tok_embeddings[: len(tokens)]


@mistake("embed", "columns are looked up instead of rows")
def columns(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look up columns of the table. Its shape is `[V, D]`: each token has a row of D numbers,
    while a column has one number from every token."""
    return embed(tokens, tok_embeddings.T)


@mistake("embed", "the result is transposed")
def turned_round(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your result is `[D, T]`, with one column per token. Every later stage expects `[T, D]`, with
    one row per token."""
    return embed(tokens, tok_embeddings).T


@mistake("embed", "a batch dimension is added")
def batch_of_one(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your result has three dimensions, `[1, T, D]`. Libraries process many prompts at once and
    need a batch dimension for that. Here there's only one prompt, so return one row per token, `[T,
    D]`."""
    return embed(tokens, tok_embeddings)[None]


@mistake("embed", "the embeddings are multiplied by the square root of D")
def times_root_of_dim(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You multiply the embeddings by the square root of D. The original Transformer and Gemma do
    that, but Llama uses the rows as they are."""
    return embed(tokens, tok_embeddings) * math.sqrt(tok_embeddings.shape[1])


@mistake("embed", "the vectors are scaled to length 1")
def unit_length(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You divide each vector by its length, but the length is learned, too, and later stages need
    it. Stage 9 does the normalizing, on a copy."""
    return F.normalize(embed(tokens, tok_embeddings), dim=-1)


@mistake("embed", "the vectors are already RMS-normalized")
def normalised(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You normalize the vectors. That is stage 9's job, and it works on a copy, because stage 17
    needs the rows exactly as they are in the table."""
    vectors = embed(tokens, tok_embeddings)
    return F.rms_norm(vectors, vectors.shape[-1:], eps=1e-5)


@mistake("embed", "positions are added")
def positions_added(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You add something that depends on the position, as the original Transformer and GPT-2 do. In
    Llama, a token has the same vector at every position. Position matters only later, when queries
    and keys are rotated."""
    dim = tok_embeddings.shape[1]
    position = torch.arange(len(tokens), dtype=torch.float32)[:, None]  # [T, 1]
    entry = torch.arange(dim)  # [D]
    angles = position / 10000 ** (entry // 2 * 2 / dim)  # [T, D]
    waves = torch.where(entry % 2 == 0, angles.sin(), angles.cos())  # [T, D]
    return embed(tokens, tok_embeddings) + waves.to(tok_embeddings.dtype)


@mistake("embed", "the result is float32")
def to_float32(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your values are right, but you return float32 for a bfloat16 table, so the next matrix
    product fails. Look for a call to `float()`, or for a new tensor that is float32 by default,
    such as the one in `nn.Embedding`. Return the table's dtype."""
    return embed(tokens, tok_embeddings).float()


@mistake("embed", "the result is always bfloat16")
def to_bfloat16(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You return bfloat16 whatever the table's dtype is. That suits the 8B's weights but not
    others. Return the table's dtype."""
    return embed(tokens, tok_embeddings).to(torch.bfloat16)


@mistake("embed", "the one-hot rows are float32")
def one_hot_in_float32(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You multiply float32 one-hot rows by a table of another dtype, and torch can't multiply
    matrices of different dtypes. Convert the one-hot rows to the table's dtype, or index the table,
    which needs no product at all."""
    return F.one_hot(tokens, len(tok_embeddings)).float() @ tok_embeddings


@mistake("embed", "the one-hot rows are integers")
def one_hot_in_integers(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You multiply integer one-hot rows by the table, and torch can't multiply matrices of
    different dtypes. Convert the one-hot rows to the table's dtype (`F.one_hot` returns int64), or
    index the table, which needs no product at all."""
    return F.one_hot(tokens, len(tok_embeddings)) @ tok_embeddings


@mistake("embed", "a tensor is converted to NumPy")
def through_numpy(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You convert a tensor to a NumPy array. NumPy has no bfloat16 and can't access a GPU's memory.
    You don't need it, because tensors can be indexed the same way."""
    return torch.from_numpy(tok_embeddings.numpy()[tokens.numpy()])


@mistake("embed", "the ids are cut to 16 bits")
def ids_in_16_bits(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Ids above 32,767 wrap around in your code, as they do in 16-bit integers, so those tokens get
    another token's row. Llama 3 has 128,256 tokens, so leave the ids as they are."""
    return embed(tokens.to(torch.int16).long(), tok_embeddings)


@mistake("embed", "the ids are cut to unsigned 16 bits")
def ids_in_unsigned_16_bits(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Ids above 65,535 wrap around in your code, as they do in unsigned 16-bit integers, so those
    tokens get another token's row. Llama 3 has 128,256 tokens, so leave the ids as they are."""
    return embed(tokens % 65_536, tok_embeddings)


@mistake("embed", "the ids are cut to 8 bits")
def ids_in_8_bits(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Ids above 255 wrap around in your code, as they do in a single byte, so those tokens get
    another token's row. Even the tiny vocabulary has 768 tokens, so leave the ids as they are."""
    return embed(tokens % 256, tok_embeddings)


@mistake("embed", "the ids are rounded to bfloat16")
def ids_in_bfloat16(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You use ids that are rounded to bfloat16. With only 8 significant bits, 257 becomes 256,
    which is a different token. Leave the ids as they are."""
    rounded = tokens.to(torch.bfloat16).long()
    return embed(rounded.clamp(max=len(tok_embeddings) - 1), tok_embeddings)


@mistake("embed", "the ids are rounded to float16")
def ids_in_float16(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You use ids that are rounded to float16, which can't represent every integer above 2048 and
    ends at 65,504. Llama 3 has 128,256 tokens, and a rounded id is a different token. Leave the ids
    as they are."""
    rounded = tokens.clamp(max=65_504).half().long()
    return embed(rounded, tok_embeddings)


@mistake("embed", "the ids are converted to the table's dtype")
def ids_in_the_tables_dtype(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You convert the ids to the dtype of the table. That does no harm in float32, but real tables
    are bfloat16, where 257 becomes 256, which is a different token. Leave the ids as they are."""
    return embed(tokens.to(tok_embeddings.dtype).long(), tok_embeddings)


@mistake("embed", "long vectors are scaled down, even in the table")
def max_norm(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You scale down vectors whose length is above a limit and write them back into the table, as
    the `max_norm` option does. The table belongs to the model and must not change."""
    return F.embedding(tokens, tok_embeddings, max_norm=1.0)
