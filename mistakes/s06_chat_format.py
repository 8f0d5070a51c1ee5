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
    """Encode a dialog with other tokens in the place of the blank line after each header, and the
    contents changed by something other than `strip`."""
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
    """Your prompt starts with the first header. Like every prompt, a dialog starts with
    `<|begin_of_text|>`, once, before anything else."""
    return encode_chat(tokenizer, messages)[1:]


@mistake("encode_chat", "begin-of-text comes twice")
def begin_twice(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt starts with `<|begin_of_text|>` two times. This happens where the format puts one
    there and the tokenizer's own helper another: see which of them you need."""
    return special(tokenizer, "begin_of_text") + encode_chat(tokenizer, messages)


@mistake("encode_chat", "begin-of-text stands before every message")
def begin_before_every_message(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put `<|begin_of_text|>` before each message. To the model that is several texts, each of
    which knows nothing of the one before. The whole dialog is one text."""
    begin = special(tokenizer, "begin_of_text")
    return joined_by(tokenizer, messages, lambda one: begin + one)[1:]


@mistake("encode_chat", "end-of-text closes the prompt")
def end_of_text_added(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You end the prompt with `<|end_of_text|>`. The assistant's header before it has to stay
    open: what follows is for the model to write."""
    return encode_chat(tokenizer, messages) + special(tokenizer, "end_of_text")


@mistake("encode_chat", "messages end with end-of-text, not end-of-turn")
def end_of_text_for_end_of_turn(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You close each message with `<|end_of_text|>`. The text is not over: somebody else speaks
    next. There is a special token for the end of a turn."""
    end_of_text = special(tokenizer, "end_of_text")
    return joined_by(tokenizer, messages, lambda one: one[:-1] + end_of_text)


@mistake("encode_chat", "only one line end follows the header")
def one_line_end(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your header is followed by one line end. There is a blank line between header and content,
    which takes two; in the vocabulary the two together are another token than the one."""
    return with_blank_line(tokenizer, messages, tokenizer.encode_ordinary("\n"))


@mistake("encode_chat", "the blank line is two tokens")
def two_line_ends(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You encode the two line ends one by one. As text it looks the same, but the blank line is one
    token, 271 on Llama 3, and the model was trained on that. Encode both together."""
    return with_blank_line(tokenizer, messages, 2 * tokenizer.encode_ordinary("\n"))


@mistake("encode_chat", "the blank line after the header is missing")
def no_blank_line(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """In your prompt the content follows the header at once. A blank line stands between them."""
    return with_blank_line(tokenizer, messages, [])


@mistake("encode_chat", "no blank line follows the last header")
def no_blank_line_at_the_end(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your messages are right, but the open header at the end has no blank line after it. A header
    is the same everywhere: write it once and use it twice."""
    return encode_chat(tokenizer, messages)[:-1]


@mistake("encode_chat", "a line end follows end-of-turn")
def line_end_after_end_of_turn(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You start a new line after each `<|eot_id|>`, as other formats do. Here there is none."""
    line_end = tokenizer.encode_ordinary("\n")
    return joined_by(tokenizer, messages, lambda one: one + line_end)


@mistake("encode_chat", "the contents are not stripped")
def not_stripped(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You encode the contents as they are. The format takes the white space off both ends first:
    ` Hi` and `Hi` are two different tokens, and the model expects the second."""
    return with_contents(tokenizer, messages, lambda content: content)


@mistake("encode_chat", "the contents are stripped at the end only")
def stripped_at_the_end(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You strip the end of each content and leave the beginning. Both are stripped."""
    return with_contents(tokenizer, messages, str.rstrip)


@mistake("encode_chat", "the contents are stripped at the beginning only")
def stripped_at_the_beginning(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You strip the beginning of each content and leave the end. Both are stripped."""
    return with_contents(tokenizer, messages, str.lstrip)


@mistake("encode_chat", "only spaces are stripped")
def only_spaces_stripped(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You strip spaces and leave line ends and tabs. All white space goes: see what `strip` does
    without an argument."""
    return with_contents(tokenizer, messages, lambda content: content.strip(" "))


@mistake("encode_chat", "white space inside the contents is lost")
def white_space_collapsed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You squeeze every run of white space into one space. Only the two ends are stripped; lines
    and indents inside a content are what somebody wrote."""
    return with_contents(tokenizer, messages, lambda content: " ".join(content.split()))


@mistake("encode_chat", "end-of-turn is missing")
def no_end_of_turn(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your messages have no end. Without `<|eot_id|>` after each content the model cannot tell that
    it is another's turn."""
    return joined_by(tokenizer, messages, lambda one: one[:-1])


@mistake("encode_chat", "end-of-turn stands between messages only")
def no_end_of_turn_after_the_last(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put `<|eot_id|>` between the messages. It ends every message, the last one too."""
    before = encode_chat(tokenizer, messages)[: -len(open_header(tokenizer))]
    return (before[:-1] if messages else before) + open_header(tokenizer)


@mistake("encode_chat", "the assistant's header at the end is missing")
def no_open_header(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt ends with the last message. The model would first have to say who speaks next,
    and might go on as the user. Open the assistant's turn for it."""
    return encode_chat(tokenizer, messages)[: -len(open_header(tokenizer))]


@mistake("encode_chat", "the assistant's turn is closed at once")
def open_header_closed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You treat the header at the end as an empty message and close it with `<|eot_id|>`. That says
    the assistant has nothing to answer: leave it open."""
    return encode_chat(tokenizer, messages) + special(tokenizer, "eot_id")


@mistake("encode_chat", "the header at the end depends on who spoke last")
def open_header_after_user_only(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You open the assistant's turn only when the user spoke last. It is opened always: what you
    encode is the prompt for the next answer, whoever spoke before."""
    tokens = encode_chat(tokenizer, messages)
    asked = bool(messages) and messages[-1]["role"] == "user"
    return tokens if asked else tokens[: -len(open_header(tokenizer))]


@mistake("encode_chat", "special tokens in a content become real")
def special_allowed_in_content(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You allow special tokens in the contents. A user who types `<|eot_id|>` and a header then
    speaks as the system. Contents are ordinary text, whatever they look like."""
    tokens = special(tokenizer, "begin_of_text")
    for message in messages:
        tokens += role_part(tokenizer, message["role"]) + tokenizer.encode_ordinary("\n\n")
        tokens += tokenizer.encode(message["content"].strip(), allowed_special="all")
        tokens += special(tokenizer, "eot_id")
    return tokens + open_header(tokenizer)


@mistake("encode_chat", "the whole prompt is written as text with special tokens allowed")
def one_text_with_special_allowed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You build the prompt as one string and encode it with all special tokens allowed. Then nobody
    can tell your own `<|eot_id|>` from one that a user or a role brought in. Put the special tokens
    in as ids, and encode the texts apart from them."""
    return tokenizer.encode(as_one_text(messages), allowed_special="all")


@mistake("encode_chat", "the special tokens are encoded as text")
def names_as_text(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You write the names of the special tokens into the text and encode it as ordinary text, so
    the model sees brackets and bars. Ask the tokenizer for the id of each name."""
    return tokenizer.encode_ordinary(as_one_text(messages))


@mistake("encode_chat", "text that looks like a special token is refused")
def refuses_special_text(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You use `encode` as it is, and it raises an error when a text contains the name of a special
    token. A question about `<|eot_id|>` is a fair question: encode it as ordinary text."""
    for message in messages:
        tokenizer.encode(message["role"])
        tokenizer.encode(message["content"].strip())
    return encode_chat(tokenizer, messages)


@mistake("encode_chat", "the special ids are those of Llama 3's vocabulary")
def ids_fixed(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You have written 128000, 128006, 128007 and 128009 into your code. In another vocabulary the
    special tokens have other ids: the tokenizer knows them by name."""
    ordinary = tokenizer.n_vocab - 256
    tokens = encode_chat(tokenizer, messages)
    return [token - ordinary + 128000 if token >= ordinary else token for token in tokens]


@mistake("encode_chat", "system messages are left out")
def system_left_out(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You encode what user and assistant said and skip the system's message. It is a message like
    the others, with a header of its own."""
    return encode_chat(tokenizer, [one for one in messages if one["role"] != "system"])


@mistake("encode_chat", "system messages are moved to the front")
def system_moved_to_the_front(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You put the system's messages before all others. Mostly one comes first anyway, but it may
    come later or twice: messages stay in the order in which they were said."""
    return encode_chat(tokenizer, sorted(messages, key=lambda one: one["role"] != "system"))


@mistake("encode_chat", "system messages are joined")
def system_joined(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You make one message of all that the system said and put it in front. Each message keeps its
    own header, its own end-of-turn and its place in the dialog."""
    system = [one["content"] for one in messages if one["role"] == "system"]
    others = [one for one in messages if one["role"] != "system"]
    joined = [{"role": "system", "content": "\n".join(system)}] if system else []
    return encode_chat(tokenizer, joined + others)


@mistake("encode_chat", "a message that was said before is left out")
def repeated_left_out(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You drop a message when the same one came before. Who repeats a question has asked it twice:
    every message is part of the dialog."""
    kept = [one for place, one in enumerate(messages) if one not in messages[:place]]
    return encode_chat(tokenizer, kept)


@mistake("encode_chat", "a system message is added")
def system_added(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Where the dialog has no system message you add one. Some models come with such a sentence;
    the format of Llama 3 adds none."""
    if any(message["role"] == "system" for message in messages):
        return encode_chat(tokenizer, messages)
    first = {"role": "system", "content": "You are a helpful assistant."}
    return encode_chat(tokenizer, [first, *messages])


@mistake("encode_chat", "only the last message is encoded")
def only_the_last(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your prompt holds the last message alone. The model remembers nothing between two answers:
    all that was said has to be in the prompt."""
    return encode_chat(tokenizer, messages[-1:])


@mistake("encode_chat", "empty messages are left out")
def empty_left_out(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """You skip messages without content. They have had their turn all the same."""
    return encode_chat(tokenizer, [one for one in messages if one["content"].strip()])


@mistake("encode_chat", "lists stand inside the list")
def lists_in_the_list(tokenizer: tiktoken.Encoding, messages: Messages) -> list[Any]:
    """You append lists of ids to the list of ids. The result is to be one flat list of numbers: see
    how `append` and `extend` differ."""
    parts = [one_message(tokenizer, message) for message in messages]
    return [*special(tokenizer, "begin_of_text"), *parts, open_header(tokenizer)]


@mistake("encode_chat", "the messages are changed")
def changes_the_messages(tokenizer: tiktoken.Encoding, messages: Messages) -> list[int]:
    """Your ids are right, but you write the stripped contents back into the messages. They belong
    to the caller, who may want to show them as they were."""
    for message in messages:
        message["content"] = message["content"].strip()
    return encode_chat(tokenizer, messages)
