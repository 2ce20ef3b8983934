"""The base of layers that apply one function to every element, with a slope that is known
elementwise too.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from th7shell.torch.side_by_side import elementwise
from th7shell.torch.tensor import resized

from ..module import Module
from .checks import REAL, c_number, nd_real, same_elements, same_type
from .output_sizes import as_large

PART_SIZE = 200_000  # elements that are worth a thread of their own, at least


class Elementwise(Module, abstract=True):
    """A function of every element: a subclass names its kernels `_forward` and `_backward`, and
    the constants they take besides arrays in `_constants`.

    With `inplace` the input's own memory takes the output, and gradOutput's the gradInput. Each
    class gets methods of its own, bound to its kernels, so that another class may borrow them.
    """

    inplace: Any = None
    _by_output = False  # whether the slope is computed from the output
    _forward: Any
    _backward: Any

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "_forward" in cls.__dict__ and "updateOutput" not in cls.__dict__:
            forward = forward_method(cls._forward, cls._constants)
            setattr(cls, forward.__name__, forward)
        if "_backward" in cls.__dict__ and "updateGradInput" not in cls.__dict__:
            backward = backward_method(cls._backward, cls._constants, cls._by_output)
            setattr(cls, backward.__name__, backward)

    _shape_after = as_large

    def _constants(self) -> tuple:
        """What the kernels take besides arrays."""
        return ()


def forward_method(kernel: Any, constants: Any) -> Any:
    """`updateOutput` of a layer with this kernel."""
    without = constants is Elementwise._constants

    def updateOutput(self: Any, input: Any = None, *_: Any) -> Any:
        x = input.nd if input.__class__ in REAL else nd_real(input)
        out = self.output
        y = out.nd
        if (
            x.shape != y.shape
            or x.dtype is not y.dtype
            or not x.size
            or getattr(self, "inplace", None)
        ):
            y = own_array(self, "output", input, x, 3)
        known = () if without else constants(self)
        if None in known:
            numbers(known, 4)
        if x.size < 2 * PART_SIZE:
            kernel(x, y, *known)
        else:
            elementwise(kernel, PART_SIZE, x, y, *known)
        return out

    return updateOutput


def backward_method(kernel: Any, constants: Any, by_output: bool) -> Any:
    """`updateGradInput` of a layer with this kernel, which needs the output or does without."""
    without = constants is Elementwise._constants

    def updateGradInput(self: Any, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if by_output and input is None:
            input = self.output  # the original never looks at the input there
        x = input.nd if input.__class__ in REAL else nd_real(input)
        g = gradOutput.nd if gradOutput.__class__ in REAL else nd_real(gradOutput, "gradOutput")
        y, gx = self.output.nd if by_output else x, self.gradInput.nd
        ready = (
            x.shape == g.shape == y.shape == gx.shape
            and x.dtype is g.dtype is gx.dtype
            and x.size
            and not getattr(self, "inplace", None)
        )
        if not ready:
            x, g = gradient_arrays(input, gradOutput)
            if by_output:
                same_elements(y, g, "output")
            y = y.reshape(x.shape)
        known = () if without else constants(self)
        if None in known:
            numbers(known, 5 + by_output)
        if not ready:
            gx = own_array(self, "gradInput", gradOutput, g, 4)
        if x.size < 2 * PART_SIZE:
            kernel(x, y, g, gx, *known)
        else:
            elementwise(kernel, PART_SIZE, x, y, g, gx, *known)
        return self.gradInput

    return updateGradInput


def numbers(constants: tuple, position: int) -> tuple:
    """Constants of a kernel, none of them nil; the first is the kernel's argument `position`."""
    if None in constants:
        c_number(None, position + constants.index(None))
    return constants


def gradient_arrays(input: Any, gradOutput: Any) -> tuple[NDArray, NDArray]:
    """The arrays of input and gradOutput, which must have as many elements; the gradient takes
    the input's shape.
    """
    x, g = nd_real(input), nd_real(gradOutput, "gradOutput")
    if x.dtype is not g.dtype:
        same_type(x, g, 3)
    if x.shape != g.shape:
        same_elements(x, g)
        g = g.reshape(x.shape)
    return x, g


def own_array(module: Any, name: str, source: Any, x: NDArray, position: int) -> NDArray:
    """The array of a layer's own `output` or `gradInput` for a result like x; in place, it is x
    itself.
    """
    tensor = getattr(module, name)
    if x.dtype is not tensor.nd.dtype:
        same_type(x, tensor.nd, position)
    if getattr(module, "inplace", None):
        tensor.set(source)
        return tensor.nd
    return resized(tensor, x.shape)
