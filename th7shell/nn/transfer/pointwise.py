"""Transfer functions without parameters: a class names its constants and its two kernels."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError, lua_type, tostring
from th7shell.lua.callers import nothing
from th7shell.lua.rounding import formatted
from th7shell.torch.classes import torch_type

from ..helpers.checks import boolean_flag
from ..helpers.elementwise import Elementwise
from ..kernels import activation as kernels
from ..module import call


class Tanh(Elementwise, name="nn.Tanh"):
    """Hyperbolic tangent, y = tanh(x), of every element.

    Any shape. Source: torch/nn, doc/transfer.md.

    >>> nn.Tanh().forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.tanh)
    _by_output = True
    _backward = staticmethod(kernels.tanh_gradient)


class TanhShrink(Elementwise, name="nn.TanhShrink", arguments=""):
    """y = x - tanh(x) of every element.

    Field: tanh, the nn.Tanh that it is made of. Source: torch/nn, doc/transfer.md.

    >>> nn.TanhShrink().forward(torch.randn(3))
    """

    def __post_init__(self) -> None:
        self.tanh = Tanh()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        curve = call(self.tanh, "updateOutput", input)
        return self.output.resizeAs(input).copy(input).add(-1, curve)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        slope = call(self.tanh, "updateGradInput", input, gradOutput)
        return self.gradInput.resizeAs(input).copy(gradOutput).add(-1, slope)


class Sigmoid(Elementwise, name="nn.Sigmoid"):
    """Logistic function, y = 1 / (1 + e⁻ˣ), of every element.

    Any shape. Source: torch/nn, doc/transfer.md.

    >>> nn.Sigmoid().forward(torch.zeros(2))
    """

    _forward = staticmethod(kernels.sigmoid)
    _by_output = True
    _backward = staticmethod(kernels.sigmoid_gradient)


class LogSigmoid(Elementwise, name="nn.LogSigmoid"):
    """y = log(1 / (1 + e⁻ˣ)) of every element, without overflow.

    Any shape. Source: torch/nn, doc/transfer.md.

    >>> nn.LogSigmoid().forward(torch.randn(3))
    """

    _buffers = ("buffer",)
    _forward = staticmethod(kernels.log_sigmoid)
    _backward = staticmethod(kernels.log_sigmoid_gradient)


class Threshold(Elementwise, name="nn.Threshold", arguments="threshold=1e-6 value=0 inplace=false"):
    """y = x where x > threshold, else a constant.

    Fields: threshold, val, inplace. In place the value must not exceed the threshold. Source:
    torch/nn, doc/transfer.md.

    >>> nn.Threshold(0.1, 0).forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.threshold)
    _backward = staticmethod(kernels.threshold_gradient)

    def __post_init__(self, value: Any, inplace: Any) -> None:
        if any(lua_type(n) != "number" for n in (self.threshold, value)):
            raise TorchError("nn.Threshold(threshold, value)")
        self.val = value
        self.inplace = boolean_flag(inplace)
        self.validateParameters()

    def validateParameters(self, *_: Any) -> Any:
        """Refuse an in-place value above the threshold."""
        if self.inplace and self.val > self.threshold:
            raise TorchError(
                f"in-place processing requires value ({tostring(self.val)}) not exceed threshold "
                f"({tostring(self.threshold)})"
            )
        return nothing()

    def _constants(self) -> tuple:
        if self.inplace:
            self.validateParameters()
        return self.threshold, self.val


class ReLU(Threshold, name="nn.ReLU", arguments="inplace=false"):
    """Rectified linear unit, y = max(0, x).

    In place the input is overwritten. Source: torch/nn, doc/transfer.md.

    >>> nn.ReLU().forward(torch.randn(3))
    """

    def __post_init__(self) -> None:
        self.threshold = 0


class HardTanh(Elementwise, name="nn.HardTanh", arguments="min_value=-1 max_value=1 inplace=false"):
    """y = x clamped to [min_value, max_value].

    Fields: min_val, max_val, inplace. Source: torch/nn, doc/transfer.md.

    >>> nn.HardTanh().forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.hard_tanh)
    _backward = staticmethod(kernels.hard_tanh_gradient)

    def __post_init__(self, min_value: Any, max_value: Any, inplace: Any) -> None:
        self.min_val = min_value
        self.max_val = max_value
        self.inplace = boolean_flag(inplace)
        if self.max_val <= self.min_val:
            raise TorchError("max_value must be larger than min_value")

    def _constants(self) -> tuple:
        if self.min_val is None:  # saved by an older version
            self.min_val = -1
        if self.max_val is None:
            self.max_val = 1
        return self.min_val, self.max_val


class Clamp(HardTanh, name="nn.Clamp", arguments="min_value max_value"):
    """y = x clamped to [min_value, max_value]: HardTanh under another name.

    Source: torch/nn, doc/transfer.md.

    >>> nn.Clamp(-0.1, 0.5).forward(torch.randn(3))
    """


class ReLU6(Elementwise, name="nn.ReLU6", arguments="inplace=false"):
    """y = min(max(0, x), 6).

    Source: torch/nn, doc/transfer.md; Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10,
    2010.

    >>> nn.ReLU6().forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.hard_tanh)
    _backward = staticmethod(kernels.hard_tanh_gradient)

    def __post_init__(self, inplace: Any) -> None:
        self.inplace = boolean_flag(inplace)

    def _constants(self) -> tuple:
        return 0, 6


class Shrink(Elementwise, abstract=True, arguments="lambda=0.5"):
    """What both shrinks share: the field lambda and the slope."""

    _backward = staticmethod(kernels.hard_shrink_gradient)

    def _constants(self) -> tuple:
        return (self["lambda"],)


class HardShrink(Shrink, name="nn.HardShrink"):
    """y = x where |x| > lambda, else 0.

    Source: torch/nn, doc/transfer.md.

    >>> nn.HardShrink(0.3).forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.hard_shrink)


class SoftShrink(Shrink, name="nn.SoftShrink"):
    """y = x moved towards 0 by lambda, and 0 where |x| ≤ lambda.

    Source: torch/nn, doc/transfer.md.

    >>> nn.SoftShrink(0.3).forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.soft_shrink)


class SoftPlus(Elementwise, name="nn.SoftPlus", arguments="beta=1"):
    """Smooth ReLU, y = log(1 + e^(beta·x)) / beta; y = x where beta·x > 20.

    Fields: beta, threshold. Source: torch/nn, doc/transfer.md.

    >>> nn.SoftPlus().forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.soft_plus)
    _by_output = True
    _backward = staticmethod(kernels.soft_plus_gradient)

    def __post_init__(self) -> None:
        self.threshold = 20

    def _constants(self) -> tuple:
        return self.beta, self.threshold


class SoftSign(Elementwise, name="nn.SoftSign"):
    """y = x / (1 + |x|) of every element.

    Any shape. Source: torch/nn, doc/transfer.md.

    >>> nn.SoftSign().forward(torch.randn(3))
    """

    _buffers = ("temp", "tempgrad")
    _forward = staticmethod(kernels.soft_sign)
    _backward = staticmethod(kernels.soft_sign_gradient)


class ELU(Elementwise, name="nn.ELU", arguments="alpha=1 inplace=false"):
    """Exponential linear unit, y = x where x > 0, else alpha·(eˣ - 1).

    Source: torch/nn, doc/transfer.md; Clevert et al., arXiv 1511.07289, 2015.

    >>> nn.ELU().forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.elu)
    _by_output = True
    _backward = staticmethod(kernels.elu_gradient)

    alpha = 1

    def __post_init__(self) -> None:
        if lua_type(self.alpha) != "number" or lua_type(self.inplace) != "boolean":
            raise TorchError("assertion failed!")

    def _constants(self) -> tuple:
        return (self.alpha,)

    def __str__(self) -> str:
        return f"{torch_type(self)} (alpha:{formatted('%f', self.alpha)})"


class LeakyReLU(Elementwise, name="nn.LeakyReLU", arguments="negval=0.01 inplace=false"):
    """y = x where x > 0, else negval·x.

    A negative negval is never in place. Source: torch/nn, doc/transfer.md.

    >>> nn.LeakyReLU(0.2).forward(torch.randn(3))
    """

    _forward = staticmethod(kernels.leaky)
    _backward = staticmethod(kernels.leaky_gradient)

    def __post_init__(self, negval: Any, inplace: Any) -> None:
        self.negval = 0.01 if negval is None or isinstance(negval, bool) else negval
        self.inplace = bool(inplace) and self.negval >= 0

    def _constants(self) -> tuple:
        return (self.negval,)

    def __str__(self) -> str:
        return f"{torch_type(self)}({formatted('%g', self.negval)})"
