"""What the commonest errors mean, a sentence each: Python's and torch's own words assume a lot."""

import re

from grader.calls.outcome import Raised

_ADVICE = (
    (
        "RuntimeError",
        r"mat1 and mat2 shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)",
        r"In a matrix product the last size of the first must equal the first of the second; here "
        r"they are \1 and \2.",
    ),
    (
        "RuntimeError",
        r"batch2 tensor to be|size mismatch, got input|inconsistent tensor size",
        "In a matrix product the last size of the first must equal the last but one of the second, "
        "and all sizes before these must be the same.",
    ),
    (
        "RuntimeError",
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton",
        r"Sizes are lined up from the right, and each pair must be equal or have a 1 in it; here "
        r"\1 meets \2.",
    ),
    (
        "RuntimeError",
        r"shape '\[.*\]' is invalid for input of size (\d+)",
        r"A new shape must hold as many values as there are: its sizes have to multiply to \1.",
    ),
    (
        "RuntimeError",
        r"view size is not compatible with input tensor's size and stride",
        "`view` needs values that lie one after the other in memory, which they don't after "
        "`transpose`; `reshape` copies them where it must.",
    ),
    (
        "RuntimeError",
        r"(expected .* to have the same dtype|expected scalar type|must have the same dtype)",
        "Both sides must have one dtype: bring one of them to that of the other with `.to(...)`.",
    ),
    (
        "RuntimeError",
        r"on the same device|on the expected device",
        "All tensors of an operation must be on one device: make new ones on that of an argument.",
    ),
    (
        "RuntimeError",
        r"Boolean value of Tensor with more than one value is ambiguous",
        "`if`, `and`, `or` and `not` need one truth, and a tensor has one for each value.",
    ),
    (
        "RuntimeError",
        r"a Tensor with \d+ elements cannot be converted to Scalar",
        "Only a tensor with a single value can become a Python number.",
    ),
    (
        "ValueError",
        r"only one element tensors can be converted to Python scalars",
        "Only a tensor with a single value can become a Python number. To put tensors together, "
        "use `torch.stack` or `torch.cat`.",
    ),
    (
        "RuntimeError",
        r"(Tensors must have same number of dimensions|Sizes of tensors must match except)",
        "`torch.cat` joins tensors that have the same sizes everywhere but along `dim`.",
    ),
    (
        "RuntimeError",
        r"stack expects each tensor to be equal size",
        "`torch.stack` puts tensors of one shape on top of each other; `torch.cat` joins them "
        "along a dimension that they have.",
    ),
    (
        "RuntimeError",
        r"Tensor must have a last dimension of size 2|must have a stride divisible by 2",
        "`torch.view_as_complex` makes a complex number of two neighbors: the last size must be 2.",
    ),
    (
        "RuntimeError",
        r"leaf Variable that requires grad is being used in an in-place operation",
        "Operations that end in `_`, and `+=`, change the caller's tensor: make a new one instead.",
    ),
    (
        "RuntimeError",
        r"result type \w+ can't be cast to the desired output type",
        "`+=` and the like keep the dtype of the left side, which can't hold the result.",
    ),
    (
        "IndexError",
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\]",
        r"The tensor has fewer dimensions than this `dim` asks for: \1 to \2 are there.",
    ),
    (
        "IndexError",
        r"out of (range|bounds)",
        "Indices begin at 0 and end one before the size; negative ones count from the end.",
    ),
    (
        "IndexError",
        r"tensors used as indices must be",
        "An index must be a tensor of integers: `torch.tensor([...])` of Python ints is one.",
    ),
    (
        "IndexError",
        r"only integers, slices .* are valid indices",
        "An index must be an integer: `/` gives a float, `//` an integer.",
    ),
    (
        "TypeError",
        r"indices must be integers (or slices, not float|or None)"
        r"|'float' object cannot be interpreted as",
        "This must be an integer: `/` gives a float, `//` an integer.",
    ),
    (
        "TypeError",
        r"(\w+)\(\): argument '\w+' \(position 1\) must be Tensor, not (int|float)",
        r"`torch.\1` takes a tensor; Python numbers have `math.\1`, and `** 0.5` for a root.",
    ),
    (
        "TypeError",
        r"must be tuple of Tensors, not Tensor|expected Tensor as element",
        "This wants a list of tensors.",
    ),
    (
        "TypeError",
        r"'torch.Size' object is not callable",
        "`shape` is no function: `x.shape[0]`, without parentheses.",
    ),
    (
        "TypeError",
        r"'(Tensor|list|dict|int|float|str)' object is not callable",
        r"Parentheses call a function, and this is of type \1. Is an operator missing before them, "
        r"or has a value a function's name?",
    ),
    (
        "(TypeError|AttributeError)",
        r"'?NoneType'?",
        "Something here is None. Methods that change a list or a dict in place (`append`, "
        "`insert`, `sort`, `update`) return None, and so does a function without `return`.",
    ),
    (
        "TypeError",
        r"bytes-like object is required, not 'str'|can't concat str to bytes|must be str, not byte"
        r"|can only concatenate str \(not \"bytes\"\)|string argument without an encoding"
        r"|expected a? ?bytes-like object",
        "Text and bytes don't mix: `encode` makes bytes of text, `decode` makes text of bytes.",
    ),
    (
        "AttributeError",
        r"'(str|bytes)' object has no attribute '(decode|encode)'",
        r"This is \1 already: `encode` makes bytes of text, `decode` makes text of bytes.",
    ),
    (
        "AttributeError",
        r"'(list|dict|tuple|int|float)' object has no attribute '\w+'",
        r"This is of type \1, and no tensor.",
    ),
    (
        "TypeError",
        r"unsupported operand type\(s\) for .*'(list|dict|str|tuple)'",
        r"Python computes with numbers and tensors: of a \1 make a tensor first.",
    ),
    (
        "UnboundLocalError",
        r"",
        "A name that a function assigns anywhere is its own from the first line on: give it a "
        "value before it is used.",
    ),
    (
        "RecursionError",
        r"",
        "The function calls itself again and again. Is its name that of what it means to call?",
    ),
    (
        "UnpicklingError|Exception",
        r"Weights only load failed",
        "`torch.load` with `weights_only=True` refuses files that hold anything but tensors.",
    ),
    (
        "Exception|error",
        r"bad escape \\p",
        r"Python's own `re` does not know `\\p{L}`: the module `regex` does.",
    ),
)


def advice_on(raised: Raised) -> str:
    """Return what an error usually means; '' for one that is not known."""
    for class_name, message, advice in _ADVICE:
        found = re.search(message, raised.message)
        if found and re.fullmatch(class_name, raised.class_name):
            return found.expand(advice)
    return ""
