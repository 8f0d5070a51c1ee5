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
    """You predict what comes after the first token. The vector in row t contains information from
    tokens 0 to t. Which row contains information from the whole prompt?"""
    return hidden[0] @ output_weight.T


@mistake("next_token_logits", "the logits of every token are returned")
def all_tokens(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You return one row of logits per token, `[T, V]`. Return only the last token's row, `[V]`. An
    argmax over all rows at once returns an index into the flattened matrix, which usually isn't a
    valid id."""
    return hidden @ output_weight.T


@mistake("next_token_logits", "the vectors of all tokens are averaged")
def averaged(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You average over the tokens. The last token's vector already contains what attention gathered
    from the other tokens, so use that vector alone."""
    return hidden.mean(0) @ output_weight.T


@mistake("next_token_logits", "the logits have one dimension too many")
def one_row(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """Your values are right, but they are in a matrix with one row, `[1, V]`. A slice keeps the
    dimension; an index drops it."""
    return hidden[-1:] @ output_weight.T


@mistake("next_token_logits", "the output matrix is not transposed")
def not_transposed(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You multiply by the output matrix as it is. It is stored with one row per token, `[V, D]`,
    and the vector has to be multiplied by each of these rows. If V happens to equal D, you get
    wrong values without any error."""
    return hidden[-1] @ output_weight


@mistake("next_token_logits", "probabilities are returned, not logits")
def probabilities(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You return the softmax of the logits. Return the logits themselves: the softmax keeps their
    order, so you don't need it to find the highest one."""
    return torch.softmax(next_token_logits(hidden, output_weight), dim=-1)


@mistake("next_token_logits", "logarithms of probabilities are returned, not logits")
def log_probabilities(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You return the logarithm of the softmax, which shifts all logits by the same number. Return
    the logits themselves."""
    return torch.log_softmax(next_token_logits(hidden, output_weight), dim=-1)


@mistake("next_token_logits", "the logits are divided by the square root of D")
def scaled(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You divide the logits by the square root of D. Only attention scores are divided like that;
    the output matrix was trained without that division."""
    return next_token_logits(hidden, output_weight) / hidden.shape[-1] ** 0.5


@mistake("next_token_logits", "the logits stay float32")
def left_in_float32(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """Your values are right, but for a bfloat16 `hidden` you return float32. Return the logits in
    the dtype of `hidden`."""
    return next_token_logits(hidden.float(), output_weight.float())


@mistake("predict_next_token", "a tensor is returned, not an int")
def tensor_not_int(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """Your number is right, but it is a tensor that holds one number. An id is a plain Python int,
    so convert it."""
    return torch.tensor(predict_next_token(tokens, weights, params))


@mistake("predict_next_token", "the highest logit is returned, not its index")
def value_not_index(tokens: Tensor, weights: Weights, params: Params) -> float:
    """You return the highest logit itself. Return its index, because that is the token's id."""
    hidden = transformer(tokens, weights, params)
    return next_token_logits(hidden, weights["output.weight"]).max().item()


@mistake(
    "predict_next_token",
    "the highest logit is returned, not its index",
    like="value_not_index",
)
def rounded_value_not_index(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You return the highest logit itself. Return its index, because that is the token's id."""
    hidden = transformer(tokens, weights, params)
    return int(next_token_logits(hidden, weights["output.weight"]).max())


@mistake("predict_next_token", "the lowest logit wins")
def lowest_logit(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You return the least likely token of all. The most likely token has the highest logit."""
    hidden = transformer(tokens, weights, params)
    return int(next_token_logits(hidden, weights["output.weight"]).argmin())


@mistake("predict_next_token", "the argmax runs over the tokens of the prompt")
def argmax_over_tokens(tokens: Tensor, weights: Weights, params: Params) -> int:
    """For every id in the vocabulary, you find the position in the prompt where that id has its
    highest logit. Instead, take only the last token's logits and find the id with the highest
    one."""
    hidden = transformer(tokens, weights, params)
    return int((hidden @ weights["output.weight"].T).argmax(0))


@mistake("predict_next_token", "every token's prediction is returned")
def every_position(tokens: Tensor, weights: Weights, params: Params) -> list[int]:
    """You return a prediction for every token of the prompt. The prompt itself shows what follows
    each token except the last, so return only the last prediction."""
    hidden = transformer(tokens, weights, params)
    predictions: list[int] = (hidden @ weights["output.weight"].T).argmax(-1).tolist()
    return predictions


@mistake("predict_next_token", "the last token is never repeated")
def never_repeated(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You rule out the token that the prompt ends with. A model may well say it again, as in
    "very very": the highest logit decides, whichever token it belongs to."""
    logits = next_token_logits(transformer(tokens, weights, params), weights["output.weight"])
    return int(logits.index_fill(0, tokens[-1:], float("-inf")).argmax())


@mistake("predict_next_token", "the model reads only the last tokens")
def last_eight_tokens(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You give the model only the end of a long prompt. Every token counts: give it the whole."""
    return predict_next_token(tokens[-8:], weights, params)


@mistake("predict_next_token", "the embedding matrix is used as the output matrix")
def tied_output(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You compute the logits with `tok_embeddings.weight`. Some models use one matrix at both ends,
    but Llama 3 8B has a separate one for the output: `output.weight`."""
    hidden = transformer(tokens, weights, params)
    return int(next_token_logits(hidden, weights["tok_embeddings.weight"]).argmax())


@mistake("predict_next_token", "the final norm is applied twice")
def normed_twice(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You normalize once more before the output matrix. `transformer` has already applied the final
    norm, so the norm's weight now counts twice."""
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
    """You decode the new token together with all of the prompt's tokens, including begin-of-text.
    Decode only the new token."""
    tokens = encode_prompt(tokenizer, prompt)
    return tokenizer.decode([*tokens, predict_next_token(torch.tensor(tokens), weights, params)])


@mistake("complete", "the id is returned, not the text")
def id_not_text(prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params) -> int:
    """You return the id of the new token. One step is missing: the tokenizer turns an id into
    text."""
    return predict_next_token(torch.tensor(encode_prompt(tokenizer, prompt)), weights, params)


@mistake("complete", "the id is returned, not the text", like="id_not_text")
def id_as_text(prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params) -> str:
    """You return the id of the new token, written as text. One step is missing: the tokenizer turns
    an id into the text that it stands for."""
    tokens = torch.tensor(encode_prompt(tokenizer, prompt))
    return str(predict_next_token(tokens, weights, params))


@mistake("complete", "a list is returned, not the text")
def list_of_pieces(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> list[str]:
    """The piece is right, but it is in a list. `token_pieces` returns a list with one string per
    token; return the string itself."""
    return [complete(prompt, tokenizer, weights, params)]


@mistake("complete", "bytes are returned, not text")
def bytes_not_text(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> bytes:
    """The piece is right, but you return bytes. `token_pieces` from stage 5 gives you text."""
    return complete(prompt, tokenizer, weights, params).encode()


@mistake("complete", "a part of a character raises an error")
def only_whole_characters(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You decode the token's bytes as UTF-8. A token may hold only a part of a character, and that
    raises an error. `token_pieces` from stage 5 gives the replacement character in its place."""
    tokens = torch.tensor(encode_prompt(tokenizer, prompt))
    token = predict_next_token(tokens, weights, params)
    return tokenizer.decode_single_token_bytes(token).decode("utf-8")


@mistake("complete", "a part of a character is left out")
def parts_of_characters_ignored(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You leave out bytes that aren't a whole character. A token may hold only a part of one;
    `token_pieces` from stage 5 gives the replacement character in its place."""
    return complete(prompt, tokenizer, weights, params).replace("\N{REPLACEMENT CHARACTER}", "")


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
    """Your prompt starts with `<|begin_of_text|>` twice. `encode_prompt` from stage 5 already puts
    it there, so you don't need to add it."""
    tokens = encode_prompt(tokenizer, prompt)
    return answer_to([tokens[0], *tokens], tokenizer, weights, params)


@mistake("complete", "the prompt is stripped")
def prompt_stripped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You take whitespace or line breaks from the ends of the prompt. This kata's prompt ends in a
    space, and that space is a token: the answer depends on it."""
    return complete(prompt.strip(), tokenizer, weights, params)


@mistake("complete", "the piece is stripped")
def piece_stripped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You strip the whitespace from the piece. Many pieces begin with a space, and without that
    space the new word runs into the word before it."""
    return complete(prompt, tokenizer, weights, params).strip()


@mistake("complete", "special tokens in the prompt become real")
def special_in_the_prompt(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """If the name of a special token appears in a prompt, you encode it as the real token, so
    anyone who types `<|eot_id|>` ends the turn. Everything in a prompt is only text, and
    `encode_prompt` from stage 5 treats it that way."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    tokens = [begin, *tokenizer.encode(prompt, allowed_special="all")]
    return answer_to(tokens, tokenizer, weights, params)


@mistake("complete", "special tokens become an empty string")
def special_pieces_dropped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """If the next token is a special one, you return an empty string. A special token is a piece
    like any other: the caller has to see that the model wants to stop."""
    piece = complete(prompt, tokenizer, weights, params)
    return "" if piece in tokenizer.special_tokens_set else piece


@mistake("complete", "line breaks are stripped from the prompt")
def line_breaks_stripped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You strip the line breaks from both ends of the prompt. A line break is a token like any
    other, and the model continues differently after it."""
    return complete(prompt.strip("\n"), tokenizer, weights, params)
