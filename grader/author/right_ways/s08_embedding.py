"""Right and different ways of stage 8."""

import torch
import torch.nn.functional as F

from grader.author.right_ways import right_way


@right_way("embed")
def torch_functional(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    return F.embedding(tokens, tok_embeddings)


@right_way("embed")
def module_around_the_table(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """A module that takes the table itself, without a copy."""
    return torch.nn.Embedding.from_pretrained(tok_embeddings)(tokens)


@right_way("embed")
def module_that_learns(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """The copy that notebooks make, in the table's dtype; its result carries a gradient."""
    vocab_size, dim = tok_embeddings.shape
    layer = torch.nn.Embedding(vocab_size, dim, dtype=tok_embeddings.dtype)
    layer.weight.data.copy_(tok_embeddings)
    return layer(tokens)


@right_way("embed")
def selected_rows(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    return tok_embeddings.index_select(0, tokens)


@right_way("embed")
def one_hot_product(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    chosen = tokens[:, None] == torch.arange(len(tok_embeddings))  # [T, V]
    return chosen.to(tok_embeddings.dtype) @ tok_embeddings


@right_way("embed")
def gathered(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    rows = tokens[:, None].expand(-1, tok_embeddings.shape[1])  # [T, D]
    return torch.gather(tok_embeddings, 0, rows)


@right_way("embed")
def ids_as_a_list(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    return tok_embeddings[tokens.tolist()]


@right_way("embed")
def row_by_row(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    """Slow on a GPU, which waits for each id, but every value is right."""
    return torch.stack([tok_embeddings[token] for token in tokens])


@right_way("embed")
def buffer_filled_in_a_loop(tokens: torch.Tensor, tok_embeddings: torch.Tensor) -> torch.Tensor:
    dim, dtype = tok_embeddings.shape[1], tok_embeddings.dtype
    rows = torch.empty(len(tokens), dim, dtype=dtype, device="cpu")
    for place in range(len(tokens)):
        rows[place] = tok_embeddings[int(tokens[place])]
    return rows
