"""Stage 6: the dialog prompt of the Instruct models.

Lesson: lessons/s06_chat_format.md
"""

import tiktoken


def encode_chat(tokenizer: tiktoken.Encoding, messages: list[dict[str, str]]) -> list[int]:
    """Encode a dialog in the format that the Instruct models were trained on.

    The prompt starts with begin-of-text. Each message adds a header with its role, a blank line,
    its content with whitespace stripped from both ends, and end-of-turn. The prompt ends with the
    assistant header and its blank line, after which the model begins its answer.

    Args:
        tokenizer: as returned by stage 5.
        messages: dicts with the keys `role` ("system", "user" or "assistant", in any order) and
            `content`. Encode both values as ordinary text: `<|eot_id|>` in `content` never becomes
            a special token. Don't modify the messages.

    Returns:
        the ids of the whole prompt, as one flat list.

    Source: Meta's `llama/tokenizer.py` (`ChatFormat.encode_dialog_prompt`).
    """
    raise NotImplementedError("encode_chat is not written yet")
