"""The ways that stage 6 goes wrong."""

from typing import Any

import tiktoken

from grader.diagnosis import mistake
from solutions.s06_chat_format import encode_chat

Messages = list[dict[str, str]]


def special(tokenizer: tiktoken.Encoding, name: str) -> list[int]:
    return [tokenizer.encode_single_token(f"<|{name}|>")]


def role_part(tokenizer: tiktoken.Encoding, role: str) -> list[int]:
    text = tokenizer.encode_ordinary(role)
    return [*special(tokenizer, "start_header_id"), *text, *special(tokenizer, "end_header_id")]


def one_message(tokenizer: tiktoken.Encoding, message: dict[str, str]) -> list[int]:
    return encode_chat(tokenizer, [message])[1 : -len(open_header(tokenizer))]


def open_header(tokenizer: tiktoken.Encoding) -> list[int]:
    return encode_chat(tokenizer, [])[1:]


def with_blank_line(
    tokenizer: tiktoken.Encoding, messages: Messages, blank: list[int], change: Any = str.strip
) -> list[int]:
    """Encode a dialog with `blank` after each header and with content that `change` has changed."""
    tokens = special(tokenizer, "begin_of_text")
    for message in messages:
        tokens += role_part(tokenizer, message["role"]) + blank
        tokens += tokenizer.encode_ordinary(change(message["content"]))
        tokens += special(tokenizer, "eot_id")
    return tokens + role_part(tokenizer, "assistant") + blank


def with_contents(tokenizer: tiktoken.Encoding, messages: Messages, change: Any) -> list[int]:
    return with_blank_line(tokenizer, messages, tokenizer.encode_ordinary("\n\n"), change)


def joined_by(tokenizer: tiktoken.Encoding, messages: Messages, change: Any) -> list[int]:
    """Encode a dialog in which the tokens of each message are changed."""
    parts = [token for one in messages for token in change(one_message(tokenizer, one))]
    return [*special(tokenizer, "begin_of_text"), *parts, *open_header(tokenizer)]


def as_one_text(messages: Messages) -> str:
    text = "<|begin_of_text|>"
    for message in [*messages, {"role": "assistant", "content": ""}]:
        text += f"<|start_header_id|>{message['role']}<|end_header_id|>\n\n"
        text += f"{message['content'].strip()}<|eot_id|>"
    return text.removesuffix("<|eot_id|>")


@mistake("encode_chat", "begin-of-text is missing")
def no_begin(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt doesn't start with `<|begin_of_text|>`. A dialog needs it like any other prompt:
    once, before everything else."""
    return encode_chat(tokenizer, messages)[1:]


@mistake("encode_chat", "begin-of-text comes twice")
def begin_twice(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt starts with `<|begin_of_text|>` twice, as happens when `encode_chat` adds one and
    a helper such as `encode_prompt` adds another. The model then reads an empty text before
    yours."""
    return special(tokenizer, "begin_of_text") + encode_chat(tokenizer, messages)


@mistake("encode_chat", "begin-of-text comes before every message")
def begin_before_every_message(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put `<|begin_of_text|>` before every message. The model then reads each message as a
    separate text, but the whole dialog is one text."""
    begin = special(tokenizer, "begin_of_text")
    return joined_by(tokenizer, messages, lambda one: begin + one)[1:]


@mistake("encode_chat", "end-of-text is added at the end")
def end_of_text_added(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You end the prompt with `<|end_of_text|>`. Nothing may follow the assistant header, because
    the model continues right there."""
    return encode_chat(tokenizer, messages) + special(tokenizer, "end_of_text")


@mistake("encode_chat", "messages end with end-of-text, not end-of-turn")
def end_of_text_for_end_of_turn(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You close each message with `<|end_of_text|>`. The text isn't over, because someone else
    speaks next. Use the special token for the end of a turn."""
    end_of_text = special(tokenizer, "end_of_text")
    return joined_by(tokenizer, messages, lambda one: one[:-1] + end_of_text)


@mistake("encode_chat", "only one line break follows the header")
def one_line_end(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put only one line break after the header. A blank line takes two, and the token for two
    line breaks isn't the token for one."""
    return with_blank_line(tokenizer, messages, tokenizer.encode_ordinary("\n"))


@mistake("encode_chat", "the blank line is two tokens")
def two_line_ends(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You encode the two line breaks separately. The text is the same, but the model was trained
    with the blank line as a single token (271 in Llama 3). Encode both together."""
    return with_blank_line(tokenizer, messages, 2 * tokenizer.encode_ordinary("\n"))


@mistake("encode_chat", "the blank line after the header is missing")
def no_blank_line(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put the content right after the header. A blank line belongs between the header and the
    content."""
    return with_blank_line(tokenizer, messages, [])


@mistake("encode_chat", "no blank line follows the last header")
def no_blank_line_at_the_end(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You leave out the blank line after the final assistant header. That header has the same form
    as the others, so you can build it with the same code."""
    return encode_chat(tokenizer, messages)[:-1]


@mistake("encode_chat", "a line break follows end-of-turn")
def line_end_after_end_of_turn(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You add a line break after each `<|eot_id|>`, as some other chat formats do. In Llama 3's
    format, the next header follows immediately."""
    line_end = tokenizer.encode_ordinary("\n")
    return joined_by(tokenizer, messages, lambda one: one + line_end)


@mistake("encode_chat", "the content is not stripped")
def not_stripped(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You encode a message's content as it is. Llama 3's format first strips whitespace from both
    ends: ` Hi` and `Hi` are different tokens, and the model expects `Hi`."""
    return with_contents(tokenizer, messages, lambda content: content)


@mistake("encode_chat", "the content is stripped only at the end")
def stripped_at_the_end(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You strip the end of the content but keep the whitespace at its beginning. Llama 3's format
    strips both ends."""
    return with_contents(tokenizer, messages, str.rstrip)


@mistake("encode_chat", "the content is stripped only at the beginning")
def stripped_at_the_beginning(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You strip the beginning of the content but keep the whitespace at its end. Llama 3's format
    strips both ends."""
    return with_contents(tokenizer, messages, str.lstrip)


@mistake("encode_chat", "only spaces are stripped")
def only_spaces_stripped(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You strip spaces but keep line breaks and tabs. All whitespace at both ends has to go: check
    what `strip` does without an argument."""
    return with_contents(tokenizer, messages, lambda content: content.strip(" "))


@mistake("encode_chat", "whitespace inside the content is lost")
def white_space_collapsed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You turn every run of whitespace into a single space. Strip only the two ends, and keep line
    breaks and indentation inside the content as they are."""
    return with_contents(tokenizer, messages, lambda content: " ".join(content.split()))


@mistake("encode_chat", "end-of-turn is missing")
def no_end_of_turn(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You leave out `<|eot_id|>` after the content. Without it, the model can't tell where one turn
    ends and the next begins."""
    return joined_by(tokenizer, messages, lambda one: one[:-1])


@mistake("encode_chat", "end-of-turn comes only between messages")
def no_end_of_turn_after_the_last(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put `<|eot_id|>` between the messages but not after the last one. Every message has to
    end with it."""
    before = encode_chat(tokenizer, messages)[: -len(open_header(tokenizer))]
    return (before[:-1] if messages else before) + open_header(tokenizer)


@mistake("encode_chat", "the assistant header at the end is missing")
def no_open_header(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt doesn't end with an assistant header. Without it, the model has to decide who
    speaks next, and it might continue as the user. Open the assistant's turn for the model."""
    return encode_chat(tokenizer, messages)[: -len(open_header(tokenizer))]


@mistake("encode_chat", "end-of-turn is added at the very end")
def open_header_closed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You end the prompt with `<|eot_id|>`, which tells the model that the assistant's turn is
    already over. Leave that turn open."""
    return encode_chat(tokenizer, messages) + special(tokenizer, "eot_id")


@mistake("encode_chat", "the last header depends on who spoke last")
def open_header_after_user_only(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You add the assistant header only if the user spoke last. Always add it: the assistant speaks
    next, whoever spoke before."""
    tokens = encode_chat(tokenizer, messages)
    asked = bool(messages) and messages[-1]["role"] == "user"
    return tokens if asked else tokens[: -len(open_header(tokenizer))]


@mistake("encode_chat", "text in the content becomes a special token")
def special_allowed_in_content(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """If a message's content spells out a special token, the real token ends up in your prompt. A
    user can type `<|eot_id|>` and a header, and then speak as the system. Content is ordinary text,
    whatever it contains."""
    tokens = special(tokenizer, "begin_of_text")
    for message in messages:
        tokens += role_part(tokenizer, message["role"]) + tokenizer.encode_ordinary("\n\n")
        tokens += tokenizer.encode(message["content"].strip(), allowed_special="all")
        tokens += special(tokenizer, "eot_id")
    return tokens + open_header(tokenizer)


@mistake("encode_chat", "text in contents and roles becomes special tokens")
def one_text_with_special_allowed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """If a message's content or role spells out a special token, the real token ends up in your
    prompt. That happens, for example, if you encode everything as one string. An `<|eot_id|>` that
    a user typed then looks just like your own. Insert special tokens as ids, and encode the texts
    separately."""
    return tokenizer.encode(as_one_text(messages), allowed_special="all")


@mistake("encode_chat", "the special tokens are encoded as text")
def names_as_text(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You encode the special tokens' names as ordinary text, so the model sees brackets and bars.
    Ask the tokenizer for the id of each name."""
    return tokenizer.encode_ordinary(as_one_text(messages))


@mistake("encode_chat", "text that looks like a special token raises an error")
def refuses_special_text(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your code raises an error if a message's role or content spells out a special token, as
    tiktoken's `encode` does by default. A user may well ask about `<|eot_id|>`, so encode the name
    as ordinary text."""
    for message in messages:
        tokenizer.encode(message["role"])
        tokenizer.encode(message["content"].strip())
    return encode_chat(tokenizer, messages)


@mistake("encode_chat", "the special ids are always Llama 3's")
def ids_fixed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You use the special ids 128000, 128006, 128007 and 128009 for every tokenizer. Other
    vocabularies have other ids, so ask the tokenizer for each one by name."""
    ordinary = tokenizer.n_vocab - 256
    tokens = encode_chat(tokenizer, messages)
    return [token - ordinary + 128000 if token >= ordinary else token for token in tokens]


@mistake("encode_chat", "system messages are left out")
def system_left_out(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You skip system messages. They are messages like any other, with a header of their own."""
    return encode_chat(tokenizer, [one for one in messages if one["role"] != "system"])


@mistake("encode_chat", "system messages are moved to the front")
def system_moved_to_the_front(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You move system messages to the front. Usually there's only one, and it does come first, but
    messages stay in the order in which they were said."""
    return encode_chat(tokenizer, sorted(messages, key=lambda one: one["role"] != "system"))


@mistake("encode_chat", "the system messages are joined into one")
def system_joined(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You join the system messages into one at the front. Each message should keep its own header,
    its own end-of-turn, and its place in the dialog."""
    system = [one["content"] for one in messages if one["role"] == "system"]
    others = [one for one in messages if one["role"] != "system"]
    joined = [{"role": "system", "content": "\n".join(system)}] if system else []
    return encode_chat(tokenizer, joined + others)


@mistake("encode_chat", "repeated messages are left out")
def repeated_left_out(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You drop a message if an identical one came before it. Someone who repeats a question has
    asked it twice, so both messages are part of the dialog."""
    kept = [one for place, one in enumerate(messages) if one not in messages[:place]]
    return encode_chat(tokenizer, kept)


@mistake("encode_chat", "a system message is added")
def system_added(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You add a system message if the dialog has none. Some models have a default system message,
    but Llama 3's format adds nothing."""
    if any(message["role"] == "system" for message in messages):
        return encode_chat(tokenizer, messages)
    first = {"role": "system", "content": "You are a helpful assistant."}
    return encode_chat(tokenizer, [first, *messages])


@mistake("encode_chat", "only the last message is encoded")
def only_the_last(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt contains only the last message. The model remembers nothing between answers, so
    the prompt has to contain the whole dialog."""
    return encode_chat(tokenizer, messages[-1:])


@mistake("encode_chat", "empty messages are left out")
def empty_left_out(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You skip messages without content. They still count as turns, each with a header and an
    end-of-turn."""
    return encode_chat(tokenizer, [one for one in messages if one["content"].strip()])


@mistake("encode_chat", "there are lists inside the list")
def lists_in_the_list(tokenizer: tiktoken.Encoding, messages: Messages) -> list[Any]:
    """You return lists of ids inside a list. The result should be one flat list of integers: check
    how `append` and `extend` differ."""
    parts = [one_message(tokenizer, message) for message in messages]
    return [*special(tokenizer, "begin_of_text"), *parts, open_header(tokenizer)]


@mistake("encode_chat", "the caller's messages are modified")
def changes_the_messages(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your ids are right, but you modify the messages, for example by storing the stripped content
    in them. They belong to the caller, who may still need the originals."""
    for message in messages:
        message["content"] = message["content"].strip()
    return encode_chat(tokenizer, messages)


@mistake("encode_chat", "role and content are told apart by their order")
def by_order(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You take a message's first value for its role and the second for its content. The keys of a
    dict may come in any order: ask for `role` and `content` by name."""
    named = [dict(zip(("role", "content"), one.values(), strict=True)) for one in messages]
    return encode_chat(tokenizer, named)


@mistake("encode_chat", "line breaks are changed")
def line_breaks_changed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You write `\\n` for every `\\r\\n` and `\\r`. Of a content, only the whitespace at its ends
    goes; everything inside stays as it is."""

    def with_line_feeds(content: str) -> str:
        return content.strip().replace("\r\n", "\n").replace("\r", "\n")

    return with_contents(tokenizer, messages, with_line_feeds)
