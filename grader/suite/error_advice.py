"""Explain the most common errors in a sentence each: the words of Python and torch assume a lot."""

import re

from grader.calls.outcome import Raised
from grader.language import mark, tr


def advise(class_name: str, message: str, advice: str) -> tuple[str, str, str]:
    """Return the patterns of an error's class and of its message, and what the error usually means.

    The advice is translated where it is given; its `\\1` is what the message's first group holds.
    """
    return class_name, message, advice


_OF_NONE = r"'?NoneType'?"
_ADVICE = (
    advise(
        "RuntimeError",
        r"mat1 and mat2 shapes cannot be multiplied \(\d+x(\d+) and (\d+)x\d+\)",
        r"In a matrix product the last size of the first matrix must equal the first size of the "
        r"second; here they are \1 and \2.",
    ),
    advise(
        "RuntimeError",
        r"batch2 tensor to be|size mismatch, got input|inconsistent tensor size",
        "In a matrix product the last size of the first tensor must equal the second-to-last size "
        "of the second, and all sizes before these must be equal.",
    ),
    advise(
        "RuntimeError",
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton",
        r"Sizes are aligned from the right, and each pair must be equal or contain a 1; here \1 "
        r"meets \2.",
    ),
    advise(
        "RuntimeError",
        r"shape '\[.*\]' is invalid for input of size (\d+)",
        r"A new shape must hold as many values as there are: its sizes must multiply to \1.",
    ),
    advise(
        "RuntimeError",
        r"view size is not compatible with input tensor's size and stride",
        "`view` needs values that are in order in memory, and `transpose` changes their order; "
        "`reshape` copies them if it has to.",
    ),
    advise(
        "RuntimeError",
        r"(expected .* to have the same dtype|expected scalar type|must have the same dtype)",
        "Both tensors must have the same dtype: convert one to the dtype of the other with "
        "`.to(...)`.",
    ),
    advise(
        "RuntimeError",
        r"on the same device|on the expected device",
        "All tensors in an operation must be on the same device: create new ones on the device of "
        "an argument.",
    ),
    advise(
        "RuntimeError",
        r"Boolean value of Tensor with more than one value is ambiguous",
        "`if`, `and`, `or` and `not` need a single True or False; a tensor has one for each value.",
    ),
    advise(
        "RuntimeError",
        r"a Tensor with \d+ elements cannot be converted to Scalar",
        "Only a tensor with a single value can be turned into a Python number.",
    ),
    advise(
        "ValueError",
        r"only one element tensors can be converted to Python scalars",
        "Only a tensor with a single value can be turned into a Python number. `math` and "
        "`complex` work with numbers; for tensors there are `torch.sqrt`, `torch.complex` and so "
        "on. To put tensors together, use `torch.stack` or `torch.cat`.",
    ),
    advise(
        "RuntimeError",
        r"Index tensor must have the same number of dimensions as input tensor",
        "`gather` needs an index for each value that it picks, in a tensor with as many dimensions "
        "as the one it picks from; `unsqueeze` adds one.",
    ),
    advise(
        "RuntimeError",
        r"(Tensors must have same number of dimensions|Sizes of tensors must match except)",
        "`torch.cat` joins tensors whose sizes are equal in every dimension except `dim`.",
    ),
    advise(
        "RuntimeError",
        r"stack expects each tensor to be equal size",
        "`torch.stack` stacks tensors of the same shape along a new dimension; `torch.cat` joins "
        "tensors along a dimension that they already have.",
    ),
    advise(
        "RuntimeError",
        r"Tensor must have a last dimension of size 2|must have a stride divisible by 2",
        "`torch.view_as_complex` turns two neighboring values into a complex number, so the last "
        "size must be 2.",
    ),
    advise(
        "RuntimeError",
        r"does not require grad and does not have a grad_fn",
        "The tensors that the loss was computed with don't require gradients (make leaves with "
        "`requires_grad_()` and compute the loss with these), or gradients are switched off, or "
        "cut off on the way, as by `detach`.",
    ),
    advise(
        "RuntimeError",
        r"differentiated Tensors? .*does not require grad",
        "The tensors whose gradients you ask for don't require any: make leaves with "
        "`requires_grad_()`, and use these both for the loss and for asking.",
    ),
    advise(
        "RuntimeError",
        r"differentiated Tensors? .*appears to not have been used in the graph",
        "The loss was computed with other tensors than those whose gradients you ask for.",
    ),
    advise(
        "RuntimeError",
        r"leaf Variable that requires grad is being used in an in-place operation",
        "`+=` and methods whose names end in `_` change the caller's tensor: create a new one "
        "instead.",
    ),
    advise(
        "RuntimeError",
        r"result type \w+ can't be cast to the desired output type",
        "`+=` and other in-place operations keep the dtype of the left side, which can't hold the "
        "result.",
    ),
    advise(
        "IndexError",
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\]",
        r"The tensor has fewer dimensions than this `dim` needs: `dim` can be \1 to \2.",
    ),
    advise(
        "IndexError",
        r"out of (range|bounds)",
        "Indices start at 0 and end at the size minus 1; negative ones count from the end.",
    ),
    advise(
        "IndexError",
        r"tensors used as indices must be",
        "A tensor used as an index must hold integers, as `torch.tensor([...])` of Python ints "
        "does.",
    ),
    advise(
        "IndexError",
        r"only integers, slices .* are valid indices",
        "An index must be an integer: `/` gives a float, `//` an integer.",
    ),
    advise(
        "TypeError",
        r"indices must be integers (or slices, not float|or None)"
        r"|'float' object cannot be interpreted as",
        "This must be an integer: `/` gives a float, `//` an integer.",
    ),
    advise(
        "TypeError",
        r"(\w+)\(\): argument '\w+' \(position 1\) must be Tensor, not (int|float)",
        r"`torch.\1` takes a tensor; for Python numbers use `math.\1`, or `** 0.5` for a root.",
    ),
    advise(
        "TypeError|AttributeError",
        r"torch\.return_types\.(max|min)",
        r"With a dimension, `\1` returns two tensors: the values and their indices. `.values` is "
        r"the first of the two, and `a\1` returns the values alone.",
    ),
    advise(
        "TypeError",
        r"must be tuple of Tensors, not Tensor|expected Tensor as element",
        "This function takes a list of tensors.",
    ),
    advise(
        "TypeError",
        r"must be tuple of ints, but found element of type float|got \(float, int\)",
        "Sizes must be integers: `/` gives a float, `//` an integer.",
    ),
    advise(
        "TypeError|NotImplementedError|RuntimeError",
        r"for \^: |bitwise_xor",
        "In Python, `^` is a bitwise xor; a power is `**`.",
    ),
    advise(
        "NameError",
        r"name 'j' is not defined",
        "Python writes the imaginary unit with a number in front: `1j`.",
    ),
    advise(
        "NameError",
        r"name '(torch|math|random|regex|tiktoken|codecs|json|re|os)' is not defined",
        r"This module must be imported first: write `import \1` at the top of the file.",
    ),
    advise(
        "NameError",
        r"name '(F|np|nn)' is not defined",
        r"`\1` is a short name that many files give to a module: import it at the top of the file, "
        r"such as `import torch.nn.functional as F`.",
    ),
    advise(
        "TypeError",
        r"'torch.Size' object is not callable",
        "`shape` is not a function: write `x.shape[0]`, without parentheses.",
    ),
    advise(
        "TypeError",
        r"'(Tensor|list|dict|int|float|str)' object is not callable",
        r"Parentheses call a function, but this is of type \1. Is an operator missing before the "
        r"parentheses, or does a variable have the name of a function?",
    ),
    advise(
        "(TypeError|AttributeError)",
        _OF_NONE,
        "Something here is None. Methods that change a list or a dict in place (`append`, "
        "`insert`, `sort`, `update`) return None, and so does a function without `return`. A dict "
        "may hold None, too.",
    ),
    advise(
        "TypeError",
        r"bytes-like object is required, not 'str'|can't concat str to bytes|must be str, not byte"
        r"|can only concatenate str \(not \"bytes\"\)|string argument without an encoding"
        r"|expected a? ?bytes-like object",
        "Text and bytes don't mix: `encode` turns text into bytes, `decode` turns bytes into text.",
    ),
    advise(
        "AttributeError",
        r"'(str|bytes)' object has no attribute '(decode|encode)'",
        r"This is already \1: `encode` turns text into bytes, `decode` turns bytes into text.",
    ),
    advise(
        "AttributeError",
        r"'(list|dict|tuple|int|float)' object has no attribute '\w+'",
        r"This is of type \1, not a tensor.",
    ),
    advise(
        "TypeError",
        r"unsupported operand type\(s\) for /: 'str' and 'str'",
        "Only a `Path` can be joined with `/`: make one of the folder first.",
    ),
    advise(
        "TypeError",
        r"unsupported operand type\(s\) for .*'(list|dict|str|tuple)'",
        r"You can compute with numbers and tensors: turn this \1 into a tensor first.",
    ),
    advise(
        "UnboundLocalError",
        r"",
        "If a function assigns a name anywhere, the name is local in the whole function: give it a "
        "value before it is used.",
    ),
    advise(
        "RecursionError",
        r"",
        "The function calls itself again and again. Does it have the same name as the function "
        "that it should call?",
    ),
    advise(
        "ValueError",
        r"(not enough|too many) values to unpack",
        "There must be as many names as there are values to unpack. A tensor's shape, for example, "
        "has one for each dimension.",
    ),
    advise(
        "EOFError",
        r"EOF when reading a line",
        "`input` asks whoever is at the keyboard, but a test calls your function with arguments "
        "and reads what it returns: nobody is there to type.",
    ),
    advise(
        "UnpicklingError|Exception",
        r"Weights only load failed",
        "`torch.load` with `weights_only=True` refuses files that hold anything but tensors.",
    ),
    advise(
        "Exception|error",
        r"bad escape \\p",
        r"Python's own `re` doesn't know `\\p{L}`; the module `regex` does.",
    ),
)


_USES_GRAD = r"(?<!autograd)\.grad\b(?!\()"
_NO_GRAD_YET = mark(
    "`.grad` is None until `backward()` has run on a loss that depends on this tensor."
)


def advice_on(raised: Raised) -> str:
    """Return what an error usually means; '' if it isn't one of these."""
    if re.search(_OF_NONE, raised.message) and re.search(_USES_GRAD, _last_line(raised)):
        return tr(_NO_GRAD_YET)
    for class_name, message, advice in _ADVICE:
        found = re.search(message, raised.message)
        if found and re.fullmatch(class_name, raised.class_name):
            return found.expand(tr(advice))
    return ""


def _last_line(raised: Raised) -> str:
    """Return the text of the learner's line that raised; '' if it isn't known."""
    lines = re.findall(r"^  in .*?, line \d+: (.*)", raised.where, re.MULTILINE)
    return lines[-1] if lines else ""
