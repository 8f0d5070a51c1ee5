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
