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
    """Your prompt doesn't start with `<|begin_of_text|>`. A dialog is a prompt like any other: the
    token comes once, before everything else."""
    return encode_chat(tokenizer, messages)[1:]


@mistake("encode_chat", "begin-of-text comes twice")
def begin_twice(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt starts with `<|begin_of_text|>` twice, as happens when the format adds one and a
    helper such as `encode_prompt` adds another. The model then reads an empty text before yours."""
    return special(tokenizer, "begin_of_text") + encode_chat(tokenizer, messages)


@mistake("encode_chat", "begin-of-text comes before every message")
def begin_before_every_message(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put `<|begin_of_text|>` before each message. To the model those are several separate
    texts; the whole dialog is one."""
    begin = special(tokenizer, "begin_of_text")
    return joined_by(tokenizer, messages, lambda one: begin + one)[1:]


@mistake("encode_chat", "end-of-text is added at the end")
def end_of_text_added(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You end the prompt with `<|end_of_text|>`. Nothing may come after the assistant header: the
    model continues there."""
    return encode_chat(tokenizer, messages) + special(tokenizer, "end_of_text")


@mistake("encode_chat", "messages end with end-of-text, not end-of-turn")
def end_of_text_for_end_of_turn(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You close each message with `<|end_of_text|>`. The text isn't over, because someone else
    speaks next. There is a special token for the end of a turn."""
    end_of_text = special(tokenizer, "end_of_text")
    return joined_by(tokenizer, messages, lambda one: one[:-1] + end_of_text)


@mistake("encode_chat", "only one line end follows the header")
def one_line_end(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put one line end after the header. A blank line takes two, and in the vocabulary two line
    ends together are a different token than one."""
    return with_blank_line(tokenizer, messages, tokenizer.encode_ordinary("\n"))


@mistake("encode_chat", "the blank line is two tokens")
def two_line_ends(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You encode the two line ends separately. As text it looks the same, but the blank line is a
    single token (271 in Llama 3), and the model was trained on that. Encode both together."""
    return with_blank_line(tokenizer, messages, 2 * tokenizer.encode_ordinary("\n"))


@mistake("encode_chat", "the blank line after the header is missing")
def no_blank_line(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put the content right after the header. A blank line belongs between them."""
    return with_blank_line(tokenizer, messages, [])


@mistake("encode_chat", "no blank line follows the last header")
def no_blank_line_at_the_end(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You leave out the blank line after the assistant header at the end. A header is the same
    everywhere: write it once and use it twice."""
    return encode_chat(tokenizer, messages)[:-1]


@mistake("encode_chat", "a line end follows end-of-turn")
def line_end_after_end_of_turn(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You add a line end after each `<|eot_id|>`, as other chat formats do. In Llama 3's the next
    header follows immediately."""
    line_end = tokenizer.encode_ordinary("\n")
    return joined_by(tokenizer, messages, lambda one: one + line_end)


@mistake("encode_chat", "the content is not stripped")
def not_stripped(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You encode the content of a message as it is. The format first removes the white space at
    both ends: ` Hi` and `Hi` are different tokens, and the model expects the second."""
    return with_contents(tokenizer, messages, lambda content: content)


@mistake("encode_chat", "the content is stripped at the end only")
def stripped_at_the_end(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You strip the end of the content and keep the white space at its beginning. The format strips
    both ends."""
    return with_contents(tokenizer, messages, str.rstrip)


@mistake("encode_chat", "the content is stripped at the beginning only")
def stripped_at_the_beginning(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You strip the beginning of the content and keep the white space at its end. The format strips
    both ends."""
    return with_contents(tokenizer, messages, str.lstrip)


@mistake("encode_chat", "only spaces are stripped")
def only_spaces_stripped(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You strip spaces but keep line ends and tabs. All white space at the ends has to go: check
    what `strip` does without an argument."""
    return with_contents(tokenizer, messages, lambda content: content.strip(" "))


@mistake("encode_chat", "white space inside the content is lost")
def white_space_collapsed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You turn every run of white space into a single space. Only the two ends are stripped; line
    ends and indentation inside the content stay as they were written."""
    return with_contents(tokenizer, messages, lambda content: " ".join(content.split()))


@mistake("encode_chat", "end-of-turn is missing")
def no_end_of_turn(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your messages have no `<|eot_id|>` after their content. Without it the model can't tell where
    one turn ends and the next begins."""
    return joined_by(tokenizer, messages, lambda one: one[:-1])


@mistake("encode_chat", "end-of-turn comes between messages only")
def no_end_of_turn_after_the_last(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put `<|eot_id|>` between the messages and not after the last one. It ends every
    message."""
    before = encode_chat(tokenizer, messages)[: -len(open_header(tokenizer))]
    return (before[:-1] if messages else before) + open_header(tokenizer)


@mistake("encode_chat", "the assistant header at the end is missing")
def no_open_header(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt doesn't end with an assistant header. The model would have to say who speaks
    next, and might continue as the user. Open the assistant's turn for it."""
    return encode_chat(tokenizer, messages)[: -len(open_header(tokenizer))]


@mistake("encode_chat", "end-of-turn is added at the very end")
def open_header_closed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You add an `<|eot_id|>` at the end of the prompt, which tells the model that the assistant's
    turn is already over. Leave that turn open."""
    return encode_chat(tokenizer, messages) + special(tokenizer, "eot_id")


@mistake("encode_chat", "the last header depends on who spoke last")
def open_header_after_user_only(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You add the assistant header only when the user spoke last. It always belongs there, because
    you encode the prompt for the next answer, whoever spoke before."""
    tokens = encode_chat(tokenizer, messages)
    asked = bool(messages) and messages[-1]["role"] == "user"
    return tokens if asked else tokens[: -len(open_header(tokenizer))]


@mistake("encode_chat", "special tokens in the content become real")
def special_allowed_in_content(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Special tokens that the content of a message spells out become real in your prompt. A user
    who types `<|eot_id|>` and a header then speaks as the system. Content is ordinary text,
    whatever it looks like."""
    tokens = special(tokenizer, "begin_of_text")
    for message in messages:
        tokens += role_part(tokenizer, message["role"]) + tokenizer.encode_ordinary("\n\n")
        tokens += tokenizer.encode(message["content"].strip(), allowed_special="all")
        tokens += special(tokenizer, "eot_id")
    return tokens + open_header(tokenizer)


@mistake("encode_chat", "special tokens in content and roles become real")
def one_text_with_special_allowed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Special tokens that the content or the role of a message spells out become real in your
    prompt, for example because you encode all of it as one string. Then nobody can tell your own
    `<|eot_id|>` from one that a user typed. Insert special tokens as ids, and encode the texts
    separately."""
    return tokenizer.encode(as_one_text(messages), allowed_special="all")


@mistake("encode_chat", "the special tokens are encoded as text")
def names_as_text(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You encode the names of the special tokens as ordinary text, so the model sees brackets and
    bars. Ask the tokenizer for the id of each name."""
    return tokenizer.encode_ordinary(as_one_text(messages))


@mistake("encode_chat", "text that looks like a special token is refused")
def refuses_special_text(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your code raises an error when the role or the content of a message contains the name of a
    special token, as `encode` does unless told otherwise. A question about `<|eot_id|>` is a fair
    question: encode it as ordinary text."""
    for message in messages:
        tokenizer.encode(message["role"])
        tokenizer.encode(message["content"].strip())
    return encode_chat(tokenizer, messages)


@mistake("encode_chat", "the special ids are those of Llama 3's vocabulary")
def ids_fixed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your special ids are 128000, 128006, 128007 and 128009 for every tokenizer. In another
    vocabulary they are different, and the tokenizer knows them by name."""
    ordinary = tokenizer.n_vocab - 256
    tokens = encode_chat(tokenizer, messages)
    return [token - ordinary + 128000 if token >= ordinary else token for token in tokens]


@mistake("encode_chat", "system messages are left out")
def system_left_out(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You skip system messages. They are messages like the others, with a header of their own."""
    return encode_chat(tokenizer, [one for one in messages if one["role"] != "system"])


@mistake("encode_chat", "system messages are moved to the front")
def system_moved_to_the_front(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put the system messages before all others. Usually there is one and it does come first,
    but messages stay in the order in which they were said."""
    return encode_chat(tokenizer, sorted(messages, key=lambda one: one["role"] != "system"))


@mistake("encode_chat", "system messages are joined")
def system_joined(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You join the system messages into one at the front. Each message keeps its own header, its
    own end-of-turn, and its place in the dialog."""
    system = [one["content"] for one in messages if one["role"] == "system"]
    others = [one for one in messages if one["role"] != "system"]
    joined = [{"role": "system", "content": "\n".join(system)}] if system else []
    return encode_chat(tokenizer, joined + others)


@mistake("encode_chat", "repeated messages are left out")
def repeated_left_out(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You drop a message if the same one came before. Someone who repeats a question has asked it
    twice: every message is part of the dialog."""
    kept = [one for place, one in enumerate(messages) if one not in messages[:place]]
    return encode_chat(tokenizer, kept)


@mistake("encode_chat", "a system message is added")
def system_added(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You add a system message where the dialog has none. Some models come with one; Llama 3's
    format adds nothing."""
    if any(message["role"] == "system" for message in messages):
        return encode_chat(tokenizer, messages)
    first = {"role": "system", "content": "You are a helpful assistant."}
    return encode_chat(tokenizer, [first, *messages])


@mistake("encode_chat", "only the last message is encoded")
def only_the_last(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt contains only the last message. The model remembers nothing from one answer to
    the next, so the whole dialog has to be in the prompt."""
    return encode_chat(tokenizer, messages[-1:])


@mistake("encode_chat", "empty messages are left out")
def empty_left_out(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You skip messages without content. They are turns all the same, with a header and an end."""
    return encode_chat(tokenizer, [one for one in messages if one["content"].strip()])


@mistake("encode_chat", "there are lists inside the list")
def lists_in_the_list(tokenizer: tiktoken.Encoding, messages: Messages) -> list[Any]:
    """You return lists of ids inside a list. The result should be one flat list of integers: check
    how `append` and `extend` differ."""
    parts = [one_message(tokenizer, message) for message in messages]
    return [*special(tokenizer, "begin_of_text"), *parts, open_header(tokenizer)]


@mistake("encode_chat", "the messages are changed")
def changes_the_messages(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your ids are right, but you change the messages, for example by writing the stripped content
    back. They belong to the caller, who may still need them as they were."""
    for message in messages:
        message["content"] = message["content"].strip()
    return encode_chat(tokenizer, messages)
