"""Vectors as stage 18 returns them, and the inputs of stage 18."""

from grader.answer.answer import PROMPT
from grader.compare.inputs import Inputs
from grader.compare.inputs.s18_transformer import transformer
from grader.compare.sample_model import QUARTER, TOKENS, Model
from grader.compare.sizes import listed, tokens
from grader.language import tr


def next_token_logits(model: Model) -> Inputs:
    model = model.cut(**QUARTER)
    sizes = listed(tokens(TOKENS), model.width, model.vocabulary)
    return Inputs((model.vectors(), model.weight("output.weight")), sizes)


predict_next_token = transformer


def complete(model: Model) -> Inputs:
    whole = transformer(model)
    _, weights, params = whole.args
    args = (PROMPT, model.tokenizer(), weights, params)
    return Inputs(args, listed(tr("the kata's prompt"), whole.sizes))
