"""The base of layers that apply one function to every element, with a slope that is known
elementwise too.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ..torch.tensor import resized
from .checks import nd_real, same_elements, same_type
from .module import Module


class Elementwise(Module, abstract=True):
    """A function of every element: a subclass names its kernels `_forward` and `_backward`.

    With `inplace` the input's own memory takes the output, and gradOutput's the gradInput.
    """

    inplace = False
    _by_output = False  # whether the slope is computed from the output
    _forward: Any
    _backward: Any

    def _constants(self) -> tuple:
        """What the kernels take besides arrays."""
        return ()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        self._forward(x, own_array(self, "output", input, x, 3), *self._constants())
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = gradient_arrays(input, gradOutput)
        y = x
        if self._by_output:
            y = self.output.nd
            same_elements(y, g, "output")
            y = y.reshape(x.shape)
        self._backward(x, y, g, own_array(self, "gradInput", gradOutput, g, 4), *self._constants())
        return self.gradInput


def gradient_arrays(input: Any, gradOutput: Any) -> tuple[NDArray, NDArray]:
    """The arrays of input and gradOutput, which must have as many elements; the gradient takes
    the input's shape.
    """
    x, g = nd_real(input), nd_real(gradOutput, "gradOutput")
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
    same_type(x, tensor.nd, position)
    if module.inplace:
        tensor.set(source)
        return tensor.nd
    return resized(tensor, x.shape)
