"""Errors about text and bytes."""

from grader.suite.usual_errors.advise import advise

TEXTS = (
    advise(
        "TypeError",
        r"sequence item \d+: expected a bytes-like object, int found|can't concat int to bytes",
        "`bytes([n])` turns a number from 0 to 255 into a byte.",
    ),
    advise(
        "TypeError",
        r"sequence item \d+: expected str instance, (int|float|Tensor) found"
        r"|can only concatenate str \(not \"(int|float|Tensor)\"\)|must be str, not int",
        "Text can only be joined with text: `str(...)` turns a number into text.",
    ),
    advise(
        "TypeError",
        r"bytes-like object is required, not 'str'|can't concat str to bytes|must be str, not byte"
        r"|can only concatenate str \(not \"bytes\"\)|string argument without an encoding"
        r"|expected a? ?bytes-like object|requires string as left operand, not bytes"
        r"|for '(str|bytes)' objects doesn't apply to a '(str|bytes)'"
        r"|expected str instance, bytes found",
        "Text and bytes don't mix: `encode` turns text into bytes, `decode` turns bytes into text.",
    ),
    advise(
        "AttributeError",
        r"'(str|bytes)' object has no attribute '(decode|encode)'",
        r"This is already \1: `encode` turns text into bytes, `decode` turns bytes into text.",
    ),
    advise(
        "TypeError",
        r"ord\(\) expected a character, but string of length",
        "`ord` takes one character; the bytes of a text are `text.encode()`.",
    ),
    advise(
        "TypeError",
        r"initial_value must be str or None, not bytes",
        "`io.StringIO` takes text; bytes need `io.BytesIO`, or their own method `splitlines`.",
    ),
    advise(
        "TypeError",
        r"'int' object is not an instance of 'Sequence'",
        "This takes a list of ids, even for one token: `[token]`.",
    ),
    advise(
        "ValueError",
        r"^Expecting value: line \d+ column \d+",
        "This text isn't JSON.",
    ),
    advise(
        "ValueError",
        r"disallowed special token",
        "`encode` refuses text that looks like a special token. In a prompt all of it is text, "
        "and `encode_ordinary` treats it so.",
    ),
    advise(
        "Exception",
        r"persistent id instruction was encountered",
        "A .pth file is not a plain pickle: `torch.load` reads it.",
    ),
    advise(
        "OSError",
        r"Max retries exceeded|Name or service not known|Temporary failure in name resolution",
        "Nothing needs to be downloaded: work with what your function is given.",
    ),
    advise(
        "ValueError",
        r"bytes must be in range\(0, 256\)",
        "A byte is a number from 0 to 255; the id of a token can be larger.",
    ),
    advise(
        "UnicodeDecodeError",
        r"",
        "These bytes alone are not text. One character can take several bytes, and tokens may "
        "split it: work with the bytes themselves, or join them before you decode.",
    ),
    advise(
        "ValueError",
        r"Incorrect padding|Invalid base64-encoded|Only base64 data is allowed",
        "Is this the base64 text alone, without what else is in its line?",
    ),
    advise(
        "ValueError",
        r"invalid literal for int\(\)",
        "`int` needs a text of digits: print what it gets, which may be another part than you "
        "meant.",
    ),
    advise(
        "TypeError",
        r"Can't extract `str` to `Vec`",
        "The tokens that tiktoken gets must be bytes, not text.",
    ),
    advise(
        "Exception|error",
        r"nothing to repeat",
        "Before `?`, `*` and `+` stands what is repeated. Under `(?x)` a space in a pattern counts "
        "for nothing: write `[ ]`.",
    ),
    advise(
        "Exception|error",
        r"bad escape \\p",
        r"Python's own `re` doesn't know `\\p{L}`; the module `regex` does.",
    ),
)
