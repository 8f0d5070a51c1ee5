"""Errors about names and types of Python's own values."""

from grader.suite.usual_errors.advise import advise

OF_NONE = (
    advise(
        "TypeError|AttributeError",
        r"'?NoneType'?",
        "`.grad` is None until `backward()` has run on a loss that depends on this tensor.",
        line=r"(?<!autograd)\.grad\b(?!\()",
    ),
    advise(
        "TypeError|AttributeError",
        r"'?NoneType'?",
        "Something here is None. Methods that change a list or a dict in place (`append`, "
        "`insert`, `sort`, `update`) return None, and so does a function without `return`, or "
        "`get` if there is no such key. A dict may hold None, too, and an argument may be None.",
    ),
)
NAMES_AND_TYPES = (
    advise(
        "TypeError|AttributeError",
        r"('|not )(builtin_function_or_method|method|function)\b",
        "Without parentheses a function isn't called: `x.sum` is the function, `x.sum()` its "
        "result.",
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
        "NameError",
        r"name '(\w+)' is not defined",
        r"Nothing here is called \1. Is it misspelled, or a variable of another function? What the "
        r"stub imports must stay imported.",
    ),
    advise(
        "ModuleNotFoundError",
        r"No module named '(s\d\d_\w+)'",
        r"Earlier stages are imported from their folder: `from exercises.\1 import ...`.",
    ),
    advise(
        "ModuleNotFoundError",
        r"No module named",
        "This module isn't installed here. The stage can be written with what its stub imports.",
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
        "TypeError",
        r"'torch.Size' object is not callable",
        "`shape` is not a function: write `x.shape[0]`, without parentheses.",
    ),
    advise(
        "TypeError",
        r"'(Tensor|list|dict|int|float|str)' object is not callable",
        r"Parentheses call a function, but this is of type \1. An index stands in square brackets. "
        r"Or is an operator missing, or does a variable have the name of a function?",
    ),
    advise(
        "TypeError",
        r"indices must be integers (or slices, not float|or None)"
        r"|'float' object cannot be interpreted as",
        "This must be an integer: `/` gives a float, `//` an integer.",
    ),
    advise(
        "TypeError|NotImplementedError|RuntimeError",
        r"for \^: |bitwise_xor",
        "In Python, `^` is a bitwise xor; a power is `**`.",
    ),
    advise(
        "TypeError|AttributeError",
        r"'(int|float)' object (is not iterable|is not subscriptable|has no attribute 'decode')"
        r"|object of type '(int|float)' has no len",
        "This is a single number, where a list or something like it is needed. `for i in n` is "
        "`for i in range(n)`, `(n)` is just `n` while `(n,)` is a tuple, and an item of `bytes` is "
        "a number, too.",
    ),
    advise(
        "AttributeError",
        r"'(list|dict|tuple|int|float)' object has no attribute '"
        r"(shape|size|dtype|device|view|reshape|float|to|T|mean|sum|pow|sqrt|dim|transpose|squeeze"
        r"|unsqueeze|softmax|item|tolist|clone|detach)'",
        r"This is of type \1, not a tensor.",
    ),
    advise(
        "AttributeError",
        r"'(list|dict|tuple|set|str|bytes)' object has no attribute "
        r"'(append|add|push|extend|update)'",
        r"A value of type \1 has no such method: `append` adds an entry to a list, `add` to a set, "
        r"and `d[key] = value` to a dict. A tuple, a text and bytes can't be changed.",
    ),
    advise(
        "AttributeError",
        r"'dict' object has no attribute '(\w+)'",
        r'An entry of a dict is written in brackets: `d["\1"]`.',
    ),
    advise(
        "TypeError",
        r"'(tuple|str|bytes|range)' object does not support item assignment",
        r"A value of type \1 can't be changed: build a new one, or work with a list (for bytes, "
        r"with a `bytearray`).",
    ),
    advise(
        "TypeError",
        r"unhashable type: '(list|bytearray|dict|set)'",
        r"Keys of a dict and entries of a set can't be of type \1, because it can change: take a "
        r"`tuple` for a list, and `bytes` for a `bytearray`.",
    ),
    advise(
        "TypeError",
        r"can only concatenate (list|tuple) \(not \"(\w+)\"\)",
        r"`+` joins a \1 only with another \1.",
    ),
    advise(
        "TypeError",
        r"can't multiply sequence by non-int",
        "A list or a text times a number repeats it. To multiply the numbers in a list, make it a "
        "tensor.",
    ),
    advise(
        "TypeError",
        r"not supported between instances of '(\w+)' and '(\w+)'",
        r"Values of type \1 and of type \2 have no order: convert one, or compare what they hold.",
    ),
    advise(
        "TypeError",
        r"for \+: 'int' and 'list'",
        "A number and a list can't be added: a list with one number is `[n]`. (`sum` begins with "
        "the number 0; to join lists, give it an empty one: `sum(lists, [])`.)",
    ),
    advise(
        "TypeError",
        r"unsupported operand type\(s\) for /: 'str' and 'str'",
        "Only a `Path` can be joined with `/`: make one of the folder first.",
    ),
    advise(
        "TypeError",
        r"unsupported operand type\(s\) for .*'str'"
        r"|'str' object cannot be interpreted as an integer",
        "`int(...)` and `float(...)` turn text into a number.",
    ),
    advise(
        "TypeError",
        r"unsupported operand type\(s\) for .*'(list|dict|tuple)'",
        r"You can compute with numbers and tensors: turn this \1 into a tensor first.",
    ),
    advise(
        "ValueError",
        r"(not enough|too many) values to unpack",
        "There must be as many names as there are values to unpack: a tensor's shape has one for "
        "each dimension, and `split()` gives one for each field of a line.",
    ),
    advise(
        "TypeError",
        r"takes (from \d+ to )?\d+ positional arguments? but \d+ (was|were) given",
        "That is too many arguments without a name. Some parameters can only be given by name, as "
        "in `f(a, name=b)`, and a method gets its object as the first argument.",
    ),
    advise(
        "TypeError",
        r"got an unexpected keyword argument '(\w+)'",
        r"The function has no parameter called `\1`: `help(...)` shows their names.",
    ),
    advise(
        "AssertionError",
        r"",
        "Your `assert` failed: is what it says true of every argument that the stub allows? To "
        "refuse one, use `raise ValueError(...)`, which can say what is wrong with it.",
        line=r"\bassert\b",  # others are a library's
    ),
    advise(
        "ValueError",
        r"\b(min|max)\(\) (arg|iterable argument) is (an )?empty",
        r"There is nothing to take the \1 of: ask first whether there is anything, or give "
        r"`default=`.",
    ),
    advise(
        "StopIteration",
        r"",
        "`next` found nothing more; its second argument is what it returns in that case.",
    ),
    advise(
        "ValueError",
        r"substring not found|subsection not found|is not in (list|tuple)",
        "What is looked for isn't there; `in` tells beforehand.",
    ),
    advise(
        "EOFError",
        r"EOF when reading a line",
        "`input` asks whoever is at the keyboard, but a test calls your function with arguments "
        "and reads what it returns: nobody is there to type.",
    ),
)
