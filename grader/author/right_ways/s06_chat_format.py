"""Right and different ways of stage 6."""

import tiktoken

from grader.author.right_ways import right_way


@right_way("encode_chat")
def blank_line_with_the_content(
    tokenizer: tiktoken.Encoding, messages: list[dict[str, str]]
) -> list[int]:
    """Encode the blank line with the content: a stripped content never merges with line ends."""
    begin, start, end, over = (
        tokenizer.encode_single_token(f"<|{name}|>")
        for name in ("begin_of_text", "start_header_id", "end_header_id", "eot_id")
    )
    tokens = [begin]
    for message in messages:
        text = "\n\n" + message["content"].strip()
        tokens += [start, *tokenizer.encode_ordinary(message["role"]), end]
        tokens += [*tokenizer.encode_ordinary(text), over]
    tokens += [start, *tokenizer.encode_ordinary("assistant"), end]
    return tokens + tokenizer.encode_ordinary("\n\n")


@right_way("encode_chat")
def an_open_message_at_the_end(
    tokenizer: tiktoken.Encoding, messages: list[dict[str, str]]
) -> list[int]:
    """Encode an empty last message and drop its end-of-turn, with no special token allowed in
    texts, as Meta does."""
    tokens = tokenizer.encode("<|begin_of_text|>", allowed_special="all")
    for message in [*messages, {"role": "assistant", "content": ""}]:
        parts = (message["role"], "\n\n", message["content"].strip())
        role, blank, content = (tokenizer.encode(part, disallowed_special=()) for part in parts)
        tokens.append(tokenizer.encode_single_token("<|start_header_id|>"))
        tokens.extend(role)
        tokens.append(tokenizer.encode_single_token("<|end_header_id|>"))
        tokens.extend(blank + content)
        tokens.append(tokenizer.encode_single_token("<|eot_id|>"))
    return tokens[:-1]


@right_way("encode_chat")
def special_tokens_apart_from_text(
    tokenizer: tiktoken.Encoding, messages: list[dict[str, str]]
) -> list[int]:
    """List the parts, each marked as special or text, before anything is encoded."""
    parts: list[tuple[bool, str]] = [(True, "<|begin_of_text|>")]

    def header(role: str) -> list[tuple[bool, str]]:
        names = [(True, "<|start_header_id|>"), (False, role), (True, "<|end_header_id|>")]
        return [*names, (False, "\n\n")]

    for message in messages:
        parts += [*header(message["role"]), (False, message["content"].strip())]
        parts.append((True, "<|eot_id|>"))
    result: list[int] = []
    for is_special, text in parts + header("assistant"):
        if is_special:
            result.append(tokenizer.encode_single_token(text))
        else:
            result.extend(tokenizer.encode_ordinary(text))
    return result
