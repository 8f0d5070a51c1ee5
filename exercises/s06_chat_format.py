"""Stage 6: the dialog prompt of the Instruct models.

Lesson: lessons/s06_chat_format.md
"""

import tiktoken


def encode_chat(tokenizer: tiktoken.Encoding, messages: list[dict[str, str]]) -> list[int]:
    """Encode a dialog the way the Instruct models were trained on it.

    Begin-of-text once; then for each message a header with its role, a blank line, its content
    without white space at either end, and end-of-turn; at last an open header for the assistant,
    whose answer the model is to write.

    Args:
        tokenizer: as made in stage 5.
        messages: dicts with the keys `role` ("system", "user" or "assistant") and `content`.
            Neither can bring in a special token: `<|eot_id|>` in a content stays text.

    Returns:
        the ids of the whole prompt.

    Source: Meta's `llama/tokenizer.py` (`ChatFormat.encode_dialog_prompt`).
    """
    raise NotImplementedError("encode_chat is not written yet")
