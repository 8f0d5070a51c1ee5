"""Stage 6: the dialog prompt of the Instruct models.

Lesson: lessons/s06_chat_format.md
"""

import tiktoken


def encode_chat(tokenizer: tiktoken.Encoding, messages: list[dict[str, str]]) -> list[int]:
    """Encode a dialog the way the Instruct models were trained on it.

    The prompt is begin-of-text; then for each message a header with its role, a blank line, its
    content without white space at either end, and end-of-turn; finally the assistant header with
    its blank line, where the model begins its answer.

    Args:
        tokenizer: as returned by stage 5.
        messages: dicts with the keys `role` ("system", "user" or "assistant", in any order) and
            `content`. Neither can bring in a special token: `<|eot_id|>` in `content` stays text.
            The messages must not change.

    Returns:
        the ids of the whole prompt, in one flat list.

    Source: Meta's `llama/tokenizer.py` (`ChatFormat.encode_dialog_prompt`).
    """
    raise NotImplementedError("encode_chat is not written yet")
