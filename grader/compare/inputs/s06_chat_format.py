"""A dialog."""

from grader.compare.inputs import Inputs
from grader.compare.sample_model import Model
from grader.compare.sample_text import EIGHT_B
from grader.compare.sizes import listed
from grader.language import tr


def encode_chat(model: Model) -> Inputs:
    text = model.text
    count = 41 if model.size == EIGHT_B else 3
    step = len(text.prompt) // count
    contents = [text.prompt[i * step : (i + 1) * step] for i in range(count)]
    roles = ["system", *(("user", "assistant")[i % 2] for i in range(count - 1))]
    messages = [
        {"role": role, "content": content} for role, content in zip(roles, contents, strict=True)
    ]
    said = tr("{count} messages of {length} characters", count=count, length=step)
    return Inputs((text.tokenizer, messages), listed(said, text.vocabulary))
