"""Errors about dtypes, devices, gradients and the names of torch's functions."""

from grader.suite.usual_errors.advise import advise

TORCH_CALLS = (
    advise(
        "RuntimeError",
        r"(expected .* to have the same dtype|expected scalar type|must have the same dtype)",
        "Both tensors must have the same dtype: convert one to the dtype of the other with "
        "`.to(...)`.",
    ),
    advise(
        "RuntimeError",
        r"Expected both inputs to be Half, Float or Double"
        r"|Expected object of scalar type \w+ but got scalar type",
        "Both tensors must have the same floating-point dtype: convert one with `.to(...)`.",
    ),
    advise(
        "TypeError",
        r"Got unsupported ScalarType BFloat16",
        "NumPy has no bfloat16: work with torch's own functions.",
    ),
    advise(
        "RuntimeError",
        r"view_as_complex is only supported for half",
        "`torch.view_as_complex` doesn't take this dtype: convert the tensor with `.float()` "
        "first.",
    ),
    advise(
        "RuntimeError",
        r"view_as_real is only supported for complex",
        "This tensor holds real numbers already; `torch.view_as_complex` makes complex ones of "
        "them.",
    ),
    advise(
        "RuntimeError",
        r"result type \w+ can't be cast to the desired output type",
        "`+=` and other in-place operations keep the dtype of the left side, which can't hold the "
        "result.",
    ),
    advise(
        "NotImplementedError|RuntimeError",
        r"not implemented for '(Long|Int|Bool|Byte)'|Input dtype must be either a floating",
        "This operation needs floating-point numbers: convert the tensor, as with `.float()`.",
    ),
    advise(
        "NotImplementedError|RuntimeError",
        r"not implemented for 'Complex",
        "Complex numbers have no order, and some operations don't take them: `.real`, `.imag`, "
        "`.abs()` and `torch.view_as_real` give real numbers.",
    ),
    advise(
        "RuntimeError",
        r"only supports boolean masks|expected condition to be a boolean tensor",
        "A mask must hold True or False: `.bool()` or a comparison makes one.",
    ),
    advise(
        "IndexError|RuntimeError",
        r"tensors used as indices must be|'indices' to have one of the following scalar types",
        "A tensor used as an index must hold int64 numbers, as `torch.tensor([...])` of Python "
        "ints does.",
    ),
    advise(
        "TypeError",
        r"invalid data type 'str'",
        "The entries of a tensor have no names: an index is a number, a slice or another tensor.",
    ),
    advise(
        "RuntimeError",
        r"expected target dtype to be Long|floating point type for target with class probabilities",
        "`cross_entropy` takes the ids of the right classes as integers, one for each row of "
        "logits.",
    ),
    advise(
        "AttributeError",
        r"module 'torch(\.\w+)*' has no attribute '(band_part|tri|triangular|tri_lower)'",
        "Torch's functions for triangles are `torch.tril` and `torch.triu`.",
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
        "TypeError",
        r"only integer tensors of a single element can be converted to an index",
        "One integer is needed here; the sizes of a tensor are in its `shape`.",
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
        "TypeError",
        r"\b(sqrt|exp|log|log2|sin|cos|tan|sinh|cosh|tanh|floor|ceil)\(\): "
        r"argument '\w+' \(position 1\) must be Tensor, not (int|float)",
        r"`torch.\1` takes a tensor; for Python numbers use `math.\1`, or `** 0.5` for a root.",
    ),
    advise(
        "TypeError",
        r"\(position 1\) must be Tensor, not (int|float|list|tuple)",
        r"This is of type \1, not a tensor: `torch.tensor(...)` makes one.",
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
        r"must be tuple of ints, but found element of type float"
        r"|tuple of ints,but got float|got \(float, int\)",
        "Sizes must be integers: `/` gives a float, `//` an integer.",
    ),
    advise(
        "TypeError",
        r"must be tuple of ints, not int",
        "A shape is a tuple, also of a vector: `(n,)`.",
    ),
    advise(
        "TypeError",
        r"(\w+)\(\) missing 1 required positional arguments?: \"dim\"",
        r"`\1` must know along which dimension: `dim=-1` is the last.",
    ),
    advise(
        "TypeError",
        r"for @: .*'(int|float)'",
        "`@` multiplies matrices and vectors; by a number, it is `*`.",
    ),
    advise(
        "ValueError",
        r"too many dimensions 'str'",
        "A tensor holds numbers, not text.",
    ),
    advise(
        "AttributeError",
        r"('Tensor' object|module 'torch') has no attribute '"
        r"(astype|copy|array|append|expand_dims|power)'",
        "torch has other names than numpy: `to` for `astype`, `clone` for `copy`, `tensor` for "
        "`array`, `cat` for `append`, `unsqueeze` for `expand_dims` and `pow` for `power`.",
    ),
    advise(
        "AttributeError",
        r"'Tensor' object has no attribute '"
        r"(cat|complex|concat|einsum|polar|stack|view_as_complex|view_as_real|zeros_like)'",
        r"`\1` is a function of torch, not of a tensor: write `torch.\1(...)`.",
    ),
    advise(
        "AttributeError",
        r"('Tensor' object|module 'torch') has no attribute '"
        r"(embedding|linear|layer_norm|normalize|pad|scaled_dot_product_attention|silu)'",
        r"`\1` is in `torch.nn.functional`, which many files import as `F`.",
    ),
    advise(
        "UnpicklingError|Exception",
        r"Weights only load failed",
        "`torch.load` with `weights_only=True` refuses files that hold anything but tensors.",
    ),
)
