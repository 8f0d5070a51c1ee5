"""The ways that stage 8 goes wrong."""

import math

import torch
import torch.nn.functional as F

from grader.diagnosis import mistake
from solutions.s08_embedding import embed


@mistake("embed", "each token gets the row after its own")
def one_row_late(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look one row too far down. Ids count from zero, and so do rows: token 220 has row 220,
    and the last token of the vocabulary has no row after its own."""
    return embed(tokens + 1, tok_embeddings)


@mistake("embed", "each token gets the row before its own")
def one_row_early(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look one row too far up. Ids count from zero, and so do rows; for token 0 you ask for row
    -1, which Python takes for the last one without a word."""
    return embed(tokens - 1, tok_embeddings)


@mistake("embed", "columns are looked up, not rows")
def columns(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look up columns of the table. It is `[V, D]`: every token has a row of D numbers."""
    return embed(tokens, tok_embeddings.T)


@mistake("embed", "the result is turned round")
def turned_round(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your vectors stand in columns, `[D, T]`. Every later stage expects a row for each token,
    `[T, D]`."""
    return embed(tokens, tok_embeddings).T


@mistake("embed", "a batch dimension is added")
def batch_of_one(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your result has three dimensions, `[1, T, D]`. Libraries run many prompts at once and keep a
    dimension for them; here there is one prompt, and one row for each of its tokens."""
    return embed(tokens, tok_embeddings)[None]


@mistake("embed", "multiplied by the root of D")
def times_root_of_dim(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You multiply the vectors by the square root of D. The first Transformer and Gemma do that;
    Llama takes the rows as they are."""
    return embed(tokens, tok_embeddings) * math.sqrt(tok_embeddings.shape[1])


@mistake("embed", "the vectors are brought to length one")
def unit_length(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You divide each vector by its length. The lengths are learned and carry meaning; what norm
    there is comes in the next stage, and the untouched vector is still needed beside it."""
    return F.normalize(embed(tokens, tok_embeddings), dim=-1)


@mistake("embed", "the vectors are RMS-normalised already")
def normalised(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You normalise here. That is the first step inside a layer, on a copy: the residual goes on
    with the vectors as they come out of the table."""
    vectors = embed(tokens, tok_embeddings)
    return F.rms_norm(vectors, vectors.shape[-1:], eps=1e-5)


@mistake("embed", "positions are added")
def positions_added(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You add something that depends on the position, as the first Transformer and GPT-2 do. Llama
    puts the position into queries and keys later, by rotation; here one token has one vector."""
    dim = tok_embeddings.shape[1]
    position = torch.arange(len(tokens), dtype=torch.float32)[:, None]  # [T, 1]
    entry = torch.arange(dim)  # [D]
    angles = position / 10000 ** (entry // 2 * 2 / dim)  # [T, D]
    waves = torch.where(entry % 2 == 0, angles.sin(), angles.cos())  # [T, D]
    return embed(tokens, tok_embeddings) + waves.to(tok_embeddings.dtype)


@mistake("embed", "the vectors come back as float32")
def to_float32(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Your numbers are right, but a bfloat16 table gives you float32 vectors. A call of `float()`
    does that, and so does a tensor or an `nn.Embedding` of your own, which is float32 unless you
    say otherwise. Keep the dtype of the table, or the next matrix will refuse to be multiplied."""
    return embed(tokens, tok_embeddings).float()


@mistake("embed", "the vectors come back as bfloat16")
def to_bfloat16(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You make the result bfloat16 whatever the table is. That fits the 8B's weights and no others:
    the dtype of the result is that of the table."""
    return embed(tokens, tok_embeddings).to(torch.bfloat16)


@mistake("embed", "the one-hot rows are float32")
def one_hot_in_float32(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You multiply the table by float32 rows that hold a single one, and torch does not multiply
    two dtypes. Give them the table's; or look the rows up, which computes nothing at all."""
    return F.one_hot(tokens, len(tok_embeddings)).float() @ tok_embeddings


@mistake("embed", "the one-hot rows are integers")
def one_hot_in_integers(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """`F.one_hot` gives int64, and torch does not multiply integers by floating-point numbers. Give
    them the table's dtype; or look the rows up, which computes nothing at all."""
    return F.one_hot(tokens, len(tok_embeddings)) @ tok_embeddings


@mistake("embed", "the rows go through numpy")
def through_numpy(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You look the rows up in a numpy array. Numpy has no bfloat16, and it cannot see what lies on
    a GPU; tensors are indexed in just the same way."""
    return torch.from_numpy(tok_embeddings.numpy()[tokens.numpy()])


@mistake("embed", "the ids are kept in 16 bits")
def ids_in_16_bits(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You turn the ids into 16-bit integers, which end at 32,767. Llama 3 has 128,256 tokens: a
    larger id wraps around and fetches another token's row. Leave the ids as they come."""
    return embed(tokens.to(torch.int16).long(), tok_embeddings)


@mistake("embed", "the ids are kept in 16 bits without a sign")
def ids_in_unsigned_16_bits(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You keep the ids in 16 bits without a sign, which end at 65,535. Llama 3 has 128,256 tokens:
    a larger id wraps around and fetches another token's row. Leave the ids as they come."""
    return embed(tokens % 65_536, tok_embeddings)


@mistake("embed", "the ids are kept in 8 bits")
def ids_in_8_bits(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You turn the ids into bytes, and a byte ends at 255. Even the tiny vocabulary has 768 tokens:
    a larger id wraps around and fetches another token's row. Leave the ids as they come."""
    return embed(tokens % 256, tok_embeddings)


@mistake("embed", "the ids are rounded to bfloat16")
def ids_in_bfloat16(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You turn the ids into bfloat16, which has only 8 significant bits: 257 becomes 256 there. An
    id is a name, not a quantity, and its neighbor is another token. Leave the ids as they come."""
    rounded = tokens.to(torch.bfloat16).long()
    return embed(rounded.clamp(max=len(tok_embeddings) - 1), tok_embeddings)


@mistake("embed", "the ids are rounded to float16")
def ids_in_float16(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You turn the ids into float16, which rounds whole numbers above 2048 and ends at 65,504.
    Llama 3 has 128,256 tokens, and the neighbor of an id is another token. Leave the ids as they
    come."""
    rounded = tokens.clamp(max=65_504).half().long()
    return embed(rounded, tok_embeddings)


@mistake("embed", "long vectors are cut, and the table is changed")
def max_norm(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """You pass `max_norm`, which shortens every row that is longer and writes it back into the
    table. The table is the model's: it stays as it was."""
    return F.embedding(tokens, tok_embeddings, max_norm=1.0)
