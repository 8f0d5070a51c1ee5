"""Right and different ways of stage 19."""

from typing import Any

import tiktoken
import torch
import torch.nn.functional as F
from torch import Tensor

from grader.author.right_ways import right_way
from solutions.s05_tokenizer import encode_prompt
from solutions.s18_transformer import transformer
from solutions.s19_next_token import next_token_logits, predict_next_token

Weights = dict[str, Tensor]
Params = dict[str, Any]


@right_way("next_token_logits")
def all_rows_and_then_the_last(hidden: Tensor, output_weight: Tensor) -> Tensor:
    return F.linear(hidden, output_weight)[-1]


@right_way("next_token_logits")
def matrix_times_vector(hidden: Tensor, output_weight: Tensor) -> Tensor:
    return torch.mv(output_weight, hidden[len(hidden) - 1])


@right_way("next_token_logits")
def by_einsum_in_float32(hidden: Tensor, output_weight: Tensor) -> Tensor:
    logits = torch.einsum("d,vd->v", hidden[-1].float(), output_weight.float())
    return logits.to(hidden.dtype)


@right_way("predict_next_token")
def by_probability(tokens: Tensor, weights: Weights, params: Params) -> int:
    """The softmax isn't needed, but it does no harm."""
    logits = next_token_logits(transformer(tokens, weights, params), weights["output.weight"])
    return torch.softmax(logits.float(), dim=-1).topk(1).indices.tolist()[0]


@right_way("predict_next_token")
def last_of_all_positions(tokens: Tensor, weights: Weights, params: Params) -> int:
    hidden = transformer(tokens, weights, params)
    return int((hidden @ weights["output.weight"].T).argmax(dim=-1)[-1].item())


@right_way("predict_next_token")
def by_python(tokens: Tensor, weights: Weights, params: Params) -> int:
    hidden = transformer(tokens, weights, params)
    logits = next_token_logits(hidden, weights["output.weight"]).tolist()
    return logits.index(max(logits))


@right_way("complete")
def by_decode(prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params) -> str:
    tokens = torch.tensor(encode_prompt(tokenizer, prompt), dtype=torch.int64)
    return tokenizer.decode([predict_next_token(tokens, weights, params)])


@right_way("complete")
def by_bytes(prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params) -> str:
    begin = tokenizer.encode("<|begin_of_text|>", allowed_special={"<|begin_of_text|>"})
    tokens = torch.tensor(begin + tokenizer.encode(prompt, disallowed_special=()))
    next_token = predict_next_token(tokens, weights, params)
    return tokenizer.decode_bytes([next_token]).decode("utf-8", errors="replace")
