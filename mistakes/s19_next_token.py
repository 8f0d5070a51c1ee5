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
    """You score what comes after the first token. The vector in row t has read the tokens up to t:
    which row has read the whole prompt?"""
    return hidden[0] @ output_weight.T


@mistake("next_token_logits", "the logits of all tokens come back")
def all_tokens(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You give one row of logits a token, `[T, V]`. Only what comes after the last token is asked
    for, `[V]`. An argmax over all rows at once also counts through all of them, and gives a number
    that is no id."""
    return hidden @ output_weight.T


@mistake("next_token_logits", "the vectors of all tokens are averaged")
def averaged(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You average the vectors over the tokens. Attention has already brought what matters into the
    last one; that one alone is asked."""
    return hidden.mean(0) @ output_weight.T


@mistake("next_token_logits", "a dimension too many")
def one_row(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """Your numbers are right, but they come as a matrix with one row, `[1, V]`. A slice keeps the
    dimension, an index takes it away."""
    return hidden[-1:] @ output_weight.T


@mistake("next_token_logits", "the output matrix is not transposed")
def not_transposed(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You multiply by the output matrix as it stands. Its rows are the tokens of the vocabulary,
    `[V, D]`, and each row is to meet the vector: transpose it. Where V happens to equal D nothing
    complains, and the numbers are wrong."""
    return hidden[-1] @ output_weight


@mistake("next_token_logits", "probabilities in place of logits")
def probabilities(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You have taken the softmax. The logits are the bare scores; for the highest one no softmax is
    needed, for it keeps the order."""
    return torch.softmax(next_token_logits(hidden, output_weight), dim=-1)


@mistake("next_token_logits", "logarithms of probabilities in place of logits")
def log_probabilities(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You have taken the logarithm of the softmax, which shifts all scores by one number. The
    logits are the bare scores."""
    return torch.log_softmax(next_token_logits(hidden, output_weight), dim=-1)


@mistake("next_token_logits", "the logits are divided by the root of the width")
def scaled(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """You divide by the root of D. That belongs to attention scores; the output matrix was trained
    without it."""
    return next_token_logits(hidden, output_weight) / hidden.shape[-1] ** 0.5


@mistake("next_token_logits", "the logits stay float32")
def left_in_float32(hidden: Tensor, output_weight: Tensor) -> Tensor:
    """Your numbers are right, but for half-precision vectors they come back as float32. All results
    in this kata have the dtype of their input."""
    return next_token_logits(hidden.float(), output_weight.float())


@mistake("predict_next_token", "a tensor in place of an int")
def tensor_not_int(tokens: Tensor, weights: Weights, params: Params) -> Tensor:
    """The number is right, but it is a tensor with one number in it. An id is a plain int: make it
    one."""
    return torch.tensor(predict_next_token(tokens, weights, params))


@mistake("predict_next_token", "the highest logit in place of its index")
def value_not_index(tokens: Tensor, weights: Weights, params: Params) -> float:
    """You give back how high the highest logit is. Asked is where it stands: the index is the id of
    the token."""
    hidden = transformer(tokens, weights, params)
    return next_token_logits(hidden, weights["output.weight"]).max().item()


@mistake("predict_next_token", "the lowest logit wins")
def lowest_logit(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You name the least likely token of all. The most likely one has the highest logit."""
    hidden = transformer(tokens, weights, params)
    return int(next_token_logits(hidden, weights["output.weight"]).argmin())


@mistake("predict_next_token", "the argmax runs over the tokens")
def argmax_over_tokens(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You look, for every entry of the vocabulary, for the token of the prompt after which it
    scores best. Take the logits after the last token, and look among those for the highest."""
    hidden = transformer(tokens, weights, params)
    return int((hidden @ weights["output.weight"].T).argmax(0))


@mistake("predict_next_token", "one prediction for every token")
def every_position(tokens: Tensor, weights: Weights, params: Params) -> list[int]:
    """You give what would come after every token of the prompt. All but the last of these are known
    already: only the last is asked for."""
    hidden = transformer(tokens, weights, params)
    predictions: list[int] = (hidden @ weights["output.weight"].T).argmax(-1).tolist()
    return predictions


@mistake("predict_next_token", "the embedding matrix in place of the output matrix")
def tied_output(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You score with `tok_embeddings.weight`. Some models use one matrix for both ends; Llama 3 8B
    has another one for the output, `output.weight`."""
    hidden = transformer(tokens, weights, params)
    return int(next_token_logits(hidden, weights["tok_embeddings.weight"]).argmax())


@mistake("predict_next_token", "the final norm is applied twice")
def normed_twice(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You normalise once more before the output matrix. The result of `transformer` has been
    through the final norm already, and its weight would count twice."""
    hidden = transformer(tokens, weights, params)
    again = rms_norm(hidden, weights["norm.weight"], params["norm_eps"])
    return int(next_token_logits(again, weights["output.weight"]).argmax())


@mistake("predict_next_token", "the model reads the last token alone")
def last_token_alone(tokens: Tensor, weights: Weights, params: Params) -> int:
    """You run the model on the last token only, which then knows nothing of the prompt. Run it on
    all tokens, and take the last vector of what comes out."""
    return predict_next_token(tokens[-1:], weights, params)


def answer_to(
    tokens: list[int], tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """Give the piece that comes after some tokens."""
    next_token = predict_next_token(torch.tensor(tokens), weights, params)
    return token_pieces(tokenizer, [next_token])[0]


@mistake("complete", "the prompt comes back too")
def prompt_and_piece(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You give back the prompt with the new piece behind it. Only the new piece is asked for."""
    return prompt + complete(prompt, tokenizer, weights, params)


@mistake("complete", "all tokens are decoded")
def everything_decoded(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You decode the prompt's tokens and the new one together, begin-of-text among them. Only the
    new token is to be decoded."""
    tokens = encode_prompt(tokenizer, prompt)
    return tokenizer.decode([*tokens, predict_next_token(torch.tensor(tokens), weights, params)])


@mistake("complete", "the id in place of the text")
def id_not_text(prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params) -> int:
    """You give back the id of the new token. One step is missing: the tokenizer turns it into
    text."""
    return predict_next_token(torch.tensor(encode_prompt(tokenizer, prompt)), weights, params)


@mistake("complete", "a list in place of the text")
def list_of_pieces(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> list[str]:
    """The piece is right, but it comes in a list: `token_pieces` gives one string a token, and you
    asked it about one token. Take that string out."""
    return [complete(prompt, tokenizer, weights, params)]


@mistake("complete", "bytes in place of the text")
def bytes_not_text(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> bytes:
    """The piece is right, but it is bytes. `token_pieces` of stage 5 gives text."""
    return complete(prompt, tokenizer, weights, params).encode()


@mistake("complete", "begin-of-text is missing")
def no_begin_of_text(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You encode the prompt without begin-of-text. Every text that the model was trained on starts
    with it, and `encode_prompt` of stage 5 puts it there."""
    return answer_to(tokenizer.encode_ordinary(prompt), tokenizer, weights, params)


@mistake("complete", "begin-of-text stands there twice")
def begin_of_text_twice(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You put begin-of-text in front of what `encode_prompt` gives, which has it already. The
    model then reads a prompt that begins twice."""
    tokens = encode_prompt(tokenizer, prompt)
    return answer_to([tokens[0], *tokens], tokenizer, weights, params)


@mistake("complete", "the prompt is stripped")
def prompt_stripped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You take the white space off the ends of the prompt. A space is a token like any other: the
    prompt of this kata ends in one, and its answer comes after it."""
    return complete(prompt.strip(), tokenizer, weights, params)


@mistake("complete", "the piece is stripped")
def piece_stripped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You take the white space off the piece. Most pieces begin with a space, and without it the
    next word sticks to the one before."""
    return complete(prompt, tokenizer, weights, params).strip()


@mistake("complete", "text becomes a special token")
def special_in_the_prompt(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """A prompt in which somebody has written `<|eot_id|>` brings in the special token of that name.
    What people type stays text: `encode_prompt` of stage 5 sees to it."""
    begin = tokenizer.encode_single_token("<|begin_of_text|>")
    tokens = [begin, *tokenizer.encode(prompt, allowed_special="all")]
    return answer_to(tokens, tokenizer, weights, params)


@mistake("complete", "special tokens give no text")
def special_pieces_dropped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """When the model says a special token, you give back an empty text. It is a piece like others
    here, and whoever asked must see that the model wants to stop."""
    piece = complete(prompt, tokenizer, weights, params)
    return "" if piece in tokenizer.special_tokens_set else piece


@mistake("complete", "line breaks are taken off the prompt")
def line_breaks_stripped(
    prompt: str, tokenizer: tiktoken.Encoding, weights: Weights, params: Params
) -> str:
    """You take the line breaks off the ends of the prompt. A line break is a token like any other,
    and what comes after it is not what comes after the word before."""
    return complete(prompt.strip("\n"), tokenizer, weights, params)
