"""The ways that stage 19 goes wrong."""

from typing import Any

import tiktoken
import torch
from torch import Tensor

from grader.diagnosis import mistake
from solutions.s05_tokenizer import encode_prompt, token_pieces
from solutions.s09_rms_norm import rms_norm
from solutions.s18_transformer import transformer
from solutions.s19_next_token import complete, next_token_logits, predict_next_token

Weights = dict[str, Tensor]
Params = dict[str, Any]


@mistake("next_token_logits", "the first token's vector is used")
def first_token(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You score what comes after the first token. The vector in row t has read tokens 0 to t: which
    row has read the whole prompt?"""
    return hidden[0] @ output_weight.T


@mistake("next_token_logits", "the logits of all tokens are returned")
def all_tokens(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You return one row of logits per token, `[T, V]`. We want only what comes after the last
    token, `[V]`. An argmax over all rows at once counts through the whole matrix, and what it
    returns is usually no id."""
    return hidden @ output_weight.T


@mistake("next_token_logits", "the vectors of all tokens are averaged")
def averaged(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You average over the tokens. Attention has already brought into the last vector what it needs
    from the others, so ask that one alone."""
    return hidden.mean(0) @ output_weight.T


@mistake("next_token_logits", "one dimension too many")
def one_row(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """Your values are right, but they are in a matrix with one row, `[1, V]`. A slice keeps the
    dimension; an index drops it."""
    return hidden[-1:] @ output_weight.T


@mistake("next_token_logits", "the output matrix is not transposed")
def not_transposed(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You multiply by the output matrix as it is. It is stored with one row per token, `[V, D]`,
    and the vector has to meet each of these rows. If V happens to equal D, the values are wrong and
    no error tells you."""
    return hidden[-1] @ output_weight


@mistake("next_token_logits", "probabilities instead of logits")
def probabilities(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You return the softmax of the logits. Return the bare scores: the softmax keeps their order,
    so you don't need it to find the highest."""
    return torch.softmax(next_token_logits(hidden, output_weight), dim=-1)


@mistake("next_token_logits", "logarithms of probabilities instead of logits")
def log_probabilities(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You return the logarithm of the softmax, which shifts all scores by the same number. Return
    the bare scores."""
    return torch.log_softmax(next_token_logits(hidden, output_weight), dim=-1)


@mistake("next_token_logits", "the logits are divided by the square root of D")
def scaled(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You divide the logits by the square root of D. That belongs to attention scores; the output
    matrix was trained without it."""
    return next_token_logits(hidden, output_weight) / hidden.shape[-1] ** 0.5


@mistake("next_token_logits", "the logits stay float32")
def left_in_float32(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """Your values are right, but for a bfloat16 `hidden` you return float32. Return the dtype of
    `hidden`."""
    return next_token_logits(hidden.float(), output_weight.float())


@mistake("predict_next_token", "a tensor instead of an int")
def tensor_not_int(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your number is right, but it is a tensor that holds one number. An id is a plain Python int,
    so convert it."""
    return torch.tensor(predict_next_token(tokens, weights, params))


@mistake("predict_next_token", "the highest logit instead of its index")
def value_not_index(tokens: Tensor, weights: Weights, params: Params) -> float:
    """You return the highest logit itself. We want its index, because that is the id of the
    token."""
    hidden = transformer(tokens, weights, params)
    return next_token_logits(hidden, weights["output.weight"]).max().item()


@mistake("predict_next_token", "the lowest logit wins")
def lowest_logit(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You return the least likely token of all. The most likely one has the highest logit."""
    hidden = transformer(tokens, weights, params)
    return int(next_token_logits(hidden, weights["output.weight"]).argmin())


@mistake("predict_next_token", "the argmax runs over the tokens of the prompt")
def argmax_over_tokens(tokens: Tensor, weights: Weights, params: Params) -> int:
    """For every entry of the vocabulary, you look for the position in the prompt at which it scores
    best. Take the logits after the last token, and look among those for the highest."""
    hidden = transformer(tokens, weights, params)
    return int((hidden @ weights["output.weight"].T).argmax(0))


@mistake("predict_next_token", "one prediction for every token")
def every_position(tokens: Tensor, weights: Weights, params: Params) -> list[int]:
    """You return what comes next after every token of the prompt. For all but the last of them we
    know that already, so return only the last prediction."""
    hidden = transformer(tokens, weights, params)
    predictions: list[int] = (hidden @ weights["output.weight"].T).argmax(-1).tolist()
    return predictions


@mistake("predict_next_token", "the embedding matrix instead of the output matrix")
def tied_output(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You score with `tok_embeddings.weight`. Some models use one matrix at both ends, but Llama 3
    8B has a separate one for the output: `output.weight`."""
    hidden = transformer(tokens, weights, params)
    return int(next_token_logits(hidden, weights["tok_embeddings.weight"]).argmax())


@mistake("predict_next_token", "the final norm is applied twice")
def normed_twice(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You normalize once more before the output matrix. The result of `transformer` has been
    through the final norm already, so its weight counts twice now."""
    hidden = transformer(tokens, weights, params)
    again = rms_norm(hidden, weights["norm.weight"], params["norm_eps"])
    return int(next_token_logits(again, weights["output.weight"]).argmax())


@mistake("predict_next_token", "the model reads only the last token")
def last_token_alone(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You run the model on the last token alone, so it knows nothing about the rest of the prompt.
    Run it on all tokens, and use the last vector of its result."""
    return predict_next_token(tokens[-1:], weights, params)


def answer_to(
    tokens: list[int], tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """Return the piece that comes after some tokens."""
    next_token = predict_next_token(torch.tensor(tokens), weights, params)
    return token_pieces(tokenizer, [next_token])[0]


@mistake("complete", "the prompt is returned too")
def prompt_and_piece(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You return the prompt with the new piece after it. Return only the new piece."""
    return prompt + complete(prompt, tokenizer, weights, params)


@mistake("complete", "all tokens are decoded")
def everything_decoded(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You decode the prompt's tokens together with the new one, begin-of-text included. Decode only
    the new token."""
    tokens = encode_prompt(tokenizer, prompt)
    return tokenizer.decode([*tokens, predict_next_token(torch.tensor(tokens), weights, params)])


@mistake("complete", "the id instead of the text")
def id_not_text(prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params) -> int:
    """You return the id of the new token. One step is missing: the tokenizer turns an id into
    text."""
    return predict_next_token(torch.tensor(encode_prompt(tokenizer, prompt)), weights, params)


@mistake("complete", "a list instead of the text")
def list_of_pieces(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> list[str]:
    """The piece is right, but it is in a list. `token_pieces` returns one string per token, and
    here you want the string itself."""
    return [complete(prompt, tokenizer, weights, params)]


@mistake("complete", "bytes instead of the text")
def bytes_not_text(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> bytes:
    """The piece is right, but you return bytes. `token_pieces` from stage 5 gives you text."""
    return complete(prompt, tokenizer, weights, params).encode()


@mistake("complete", "begin-of-text is missing")
def no_begin_of_text(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """Your prompt doesn't start with `<|begin_of_text|>`. Llama 3's prompts do, and `encode_prompt`
    from stage 5 adds it for you."""
    return answer_to(tokenizer.encode_ordinary(prompt), tokenizer, weights, params)


@mistake("complete", "begin-of-text comes twice")
def begin_of_text_twice(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """Your prompt starts with `<|begin_of_text|>` twice. `encode_prompt` from stage 5 puts it there
    already, so nothing needs to be added."""
    tokens = encode_prompt(tokenizer, prompt)
    return answer_to([tokens[0], *tokens], tokenizer, weights, params)


@mistake("complete", "the prompt is stripped")
def prompt_stripped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You strip the white space from the ends of the prompt. The prompt of this kata ends in a
    space, and that space is a token: the answer depends on it."""
    return complete(prompt.strip(), tokenizer, weights, params)


@mistake("complete", "the piece is stripped")
def piece_stripped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You strip the white space from the piece. Many pieces begin with a space, and without it the
    next word sticks to the one before."""
    return complete(prompt, tokenizer, weights, params).strip()


@mistake("complete", "special tokens in the prompt become real")
def special_in_the_prompt(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """Special tokens that the prompt spells out become real in your code, so anyone who types
    `<|eot_id|>` ends the turn. Whatever a prompt looks like, it is text, and `encode_prompt` from
    stage 5 treats it that way."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    tokens = [begin, *tokenizer.encode(prompt, allowed_special="all")]
    return answer_to(tokens, tokenizer, weights, params)


@mistake("complete", "special tokens become an empty text")
def special_pieces_dropped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """If the next token is a special one, you return an empty text. It is a piece like any other:
    whoever asked has to see that the model wants to stop."""
    piece = complete(prompt, tokenizer, weights, params)
    return "" if piece in tokenizer.special_tokens_set else piece


@mistake("complete", "line ends are stripped from the prompt")
def line_breaks_stripped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You strip the line ends from both ends of the prompt. A line end is a token like any other,
    and the model continues differently after it."""
    return complete(prompt.strip("\n"), tokenizer, weights, params)
