"""Errors about shapes, dimensions and indices of tensors."""

from grader.suite.usual_errors.advise import advise

SHAPES = (
    advise(
        "RuntimeError",
        r"mat1 and mat2 shapes cannot be multiplied|size mismatch, got input",
        "`F.linear` and `nn.Linear` transpose the weight themselves: its last size must equal the "
        "last size of what it is multiplied with.",
        line=r"\b[Ll]inear\b",
    ),
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
        r"expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\)",
        r"\2 values can't fill \1 places: both sizes must be equal, or that of the values 1.",
    ),
    advise(
        "RuntimeError",
        r"value tensor of shape .* cannot be broadcast to indexing result",
        "The values have another shape than the place that they are put in.",
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
        "ValueError",
        r"expected sequence of length \d+ at dim",
        "A tensor can be made of lists only if all of them have the same length.",
    ),
    advise(
        "RuntimeError",
        r"einsum\(\): the number of subscripts",
        "In `einsum`, every tensor needs a letter for each of its dimensions.",
    ),
    advise(
        "RuntimeError",
        r"einsum\(\): subscript (\w) has size (\d+) .*previously seen size (\d+)",
        r"In `einsum`, a letter stands for the same size in all tensors; here \1 is \3 in one of "
        r"them and \2 in another.",
    ),
    advise(
        "RuntimeError",
        r"einsum\(\): (fewer|more) operands",
        "In `einsum`, commas separate the tensors: there must be a group of letters for each.",
    ),
    advise(
        "RuntimeError",
        r"permute\(.*(number of dimensions|duplicate dims)",
        "`permute` must be given each dimension exactly once.",
    ),
    advise(
        "RuntimeError",
        r"only one dimension can be inferred",
        "`-1` stands for the size that follows from all others, so it can be given only once.",
    ),
    advise(
        "RuntimeError",
        r"1D tensors expected",
        "`torch.dot` takes two vectors; `@` multiplies matrices, too, and tensors of more "
        "dimensions.",
    ),
    advise(
        "RuntimeError",
        r"must be a matrix|must be a 3D tensor",
        "`mm` multiplies two matrices, `bmm` two tensors of three dimensions, and `@` either.",
    ),
    advise(
        "RuntimeError",
        r"t\(\) expects a tensor with <= 2 dimensions",
        "`t()` is for matrices; `transpose(-2, -1)` swaps the last two dimensions of any tensor.",
    ),
    advise(
        "RuntimeError",
        r"Tensor must have a last dimension of size 2|must have a stride divisible by 2",
        "`torch.view_as_complex` turns two neighboring values into a complex number, so the last "
        "size must be 2.",
    ),
    advise(
        "RuntimeError",
        r"Given normalized_shape",
        "`normalized_shape` holds the sizes of the last dimensions, over which it normalizes.",
    ),
    advise(
        "IndexError",
        r"Dimension out of range \(expected to be in range of \[(-?\d+), (-?\d+)\]",
        r"The tensor has fewer dimensions than this `dim` needs: `dim` can be \1 to \2.",
    ),
    advise(
        "IndexError",
        r"too many indices for tensor",
        "This index has more entries than the tensor has dimensions.",
    ),
    advise(
        "IndexError|TypeError",
        r"0-d(im)? tensor|tensor has no dimensions",
        "This tensor is a single number, without dimensions. Was it summed over all dimensions "
        "instead of one?",
    ),
    advise(
        "IndexError",
        r"out of (range|bounds)",
        "Indices start at 0 and end at the size minus 1; negative ones count from the end.",
    ),
    advise(
        "IndexError",
        r"only integers, slices .* are valid indices",
        "An index must be an integer: `/` gives a float, `//` an integer.",
    ),
)
